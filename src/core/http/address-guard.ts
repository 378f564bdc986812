import dns from 'node:dns/promises';
import net from 'node:net';
import ipaddr from 'ipaddr.js';

export interface ResolvedAddress {
  address: string;
  family: number;
}

/** Name → addresses. Injected so that tests can answer as a hostile name server would. */
export type Resolver = (hostname: string) => Promise<ResolvedAddress[]>;

export const systemResolver: Resolver = (hostname) => dns.lookup(hostname, { all: true, verbatim: true });

/** Global unicast (RFC 4291 §2.4); everything outside of it is local, mapped or reserved. */
const GLOBAL_V6 = ipaddr.IPv6.parseCIDR('2000::/3');
/**
 * Ranges that ipaddr.js counts as unicast, yet nobody on the public internet answers from them:
 * benchmarking (RFC 2544), documentation (RFC 5737, RFC 3849, RFC 9637) and the retired 6to4 relay (RFC 7526).
 */
const NOT_PUBLIC_V4 = [
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
].map((range) => ipaddr.IPv4.parseCIDR(range));
const NOT_PUBLIC_V6 = ['2001:db8::/32', '3fff::/20'].map((range) => ipaddr.IPv6.parseCIDR(range));

/**
 * Is this an address on the public internet? No for private, loopback, link-local (cloud metadata!), CGNAT, multicast,
 * reserved, and for every IPv6 form that carries an IPv4 address inside (mapped, compatible, NAT64, 6to4, Teredo), because
 * what they reach cannot be told from the address alone.
 */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.parse(address);
  if (parsed.range() !== 'unicast') return false;
  if (parsed instanceof ipaddr.IPv4) return !NOT_PUBLIC_V4.some((range) => parsed.match(range));
  return parsed.match(GLOBAL_V6) && !NOT_PUBLIC_V6.some((range) => parsed.match(range));
}

/** Why a URL is refused. `reason` is fit for the person who entered the URL. */
export class BlockedUrlError extends Error {
  constructor(readonly reason: string) {
    super(reason);
    this.name = 'BlockedUrlError';
  }
}

const PRIVATE_REASON = 'This address is not on the public internet. Enter a public address.';

/** Decides which user-supplied URLs may be called, by the addresses their names resolve to. */
export class AddressGuard {
  readonly #allowed: ReadonlySet<string>;

  /** @param allowHosts `host` or `host:port` that may be called although they are private (`OUTBOUND_ALLOW_HOSTS`). */
  constructor(
    allowHosts: readonly string[] = [],
    readonly resolver: Resolver = systemResolver,
  ) {
    this.#allowed = new Set(allowHosts.map((host) => host.toLowerCase()));
  }

  /** @throws BlockedUrlError for what the text of a URL alone rules out. */
  checkUrl(url: URL): void {
    if (url.protocol !== 'http:' && url.protocol !== 'https:') {
      throw new BlockedUrlError('Only http and https addresses can be called.');
    }
    if (url.username || url.password) {
      throw new BlockedUrlError('Leave the user name and password out of the address.');
    }
    const host = bareHost(url.hostname);
    if (net.isIP(host) !== 0 && !this.isAllowed(host, portOf(url)) && !isPublicAddress(host)) {
      throw new BlockedUrlError(PRIVATE_REASON);
    }
  }

  isAllowed(hostname: string, port: string): boolean {
    const host = bareHost(hostname).toLowerCase();
    return (
      this.#allowed.has(host) ||
      this.#allowed.has(`${host}:${port}`) ||
      this.#allowed.has(`[${host}]:${port}`)
    );
  }

  /**
   * Resolves a name and returns its addresses only when all of them are public: one private address among public ones is how
   * a rebinding name looks. The caller must connect to exactly these addresses and never resolve again.
   *
   * @throws BlockedUrlError
   */
  async resolvePublic(hostname: string, port: string): Promise<ResolvedAddress[]> {
    const host = bareHost(hostname);
    const family = net.isIP(host);
    const addresses = family === 0 ? await this.resolver(host) : [{ address: host, family }];
    if (this.isAllowed(host, port)) return addresses;
    if (addresses.length === 0 || addresses.some(({ address }) => !isPublicAddress(address))) {
      throw new BlockedUrlError(PRIVATE_REASON);
    }
    return addresses;
  }
}

/** `[::1]` in a URL is `::1` to the network. */
function bareHost(hostname: string): string {
  return hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
}

export function portOf(url: URL): string {
  return url.port || (url.protocol === 'https:' ? '443' : '80');
}
