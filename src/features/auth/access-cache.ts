import 'server-only';
import { cacheKey } from '@/core/cache/keys';
import { sha256hex } from '@/core/crypto/secrets';
import type { Clock } from '@/core/time/clock';
import type { AccessDirectory } from './access';
import type { IdentityToken, IdentityVerifier } from './identity';

/** The part of the cache that access uses. */
export interface AccessCache {
  getOrLoad<T>(
    key: string,
    load: () => Promise<T>,
    options: { ttlSeconds: number; layers: 'fast' },
  ): Promise<T>;
  invalidate(pattern: string): Promise<void>;
}

/** How long another instance may still honour what was withdrawn, where no Redis tells it at once. */
const TTL = { ttlSeconds: 5, layers: 'fast' } as const;

/** Asking Firebase whether a session was revoked is a call over the network; once in five seconds per session is enough. */
export class CachedIdentity implements IdentityVerifier {
  constructor(
    readonly identity: IdentityVerifier,
    readonly cache: AccessCache,
    readonly clock: Clock,
  ) {}

  verifyIdToken(token: string): Promise<IdentityToken> {
    return this.#judged(token, () => this.identity.verifyIdToken(token));
  }

  verifySessionCookie(cookie: string): Promise<IdentityToken> {
    return this.#judged(cookie, () => this.identity.verifySessionCookie(cookie));
  }

  /** After a sign-out everywhere. */
  forget(userId: string): Promise<void> {
    return this.cache.invalidate(`${cacheKey.user(userId, 'session')}_*`);
  }

  /** The claimed owner only names the entry; what is in it was verified, signature included, and failures are never kept. */
  async #judged(credential: string, verify: () => Promise<IdentityToken>): Promise<IdentityToken> {
    const claimed = claimedOwner(credential);
    if (!claimed) return verify();
    const verdict = await this.cache.getOrLoad(
      cacheKey.user(claimed, 'session', sha256hex(credential)),
      verify,
      TTL,
    );
    return verdict.expiresAt > this.clock.now() ? verdict : verify();
  }
}

/** The subject of a JWT, unverified. */
function claimedOwner(jwt: string): string | null {
  try {
    const payload: unknown = JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString('utf8'));
    const subject = payload && typeof payload === 'object' && 'sub' in payload ? payload.sub : null;
    return typeof subject === 'string' && /^[\w-]{1,128}$/.test(subject) ? subject : null;
  } catch {
    return null;
  }
}

/** Memberships, default organisations and keys, remembered for a few seconds and forgotten at once when we change them. */
export class CachedDirectory implements AccessDirectory {
  constructor(
    readonly directory: AccessDirectory,
    readonly cache: AccessCache,
  ) {}

  membership(organizationId: string, userId: string) {
    const key = cacheKey.org(organizationId, 'members', userId);
    return this.cache.getOrLoad(key, () => this.directory.membership(organizationId, userId), TTL);
  }

  defaultOrganization(userId: string) {
    const key = cacheKey.user(userId, 'default');
    return this.cache.getOrLoad(key, () => this.directory.defaultOrganization(userId), TTL);
  }

  apiKey(id: string) {
    return this.cache.getOrLoad(cacheKey.app('apiKeys', id), () => this.directory.apiKey(id), TTL);
  }

  apiKeyUsed(id: string, at: Date): Promise<void> {
    return this.directory.apiKeyUsed(id, at);
  }

  /** After any change of an organisation's members, or of the organisation's own state. */
  forgetMembers(organizationId: string): Promise<void> {
    return this.cache.invalidate(`${cacheKey.org(organizationId, 'members')}_*`);
  }

  forgetDefault(userId: string): Promise<void> {
    return this.cache.invalidate(cacheKey.user(userId, 'default'));
  }

  forgetApiKeys(): Promise<void> {
    return this.cache.invalidate('app_apiKeys_*');
  }
}
