import 'server-only';
import { z } from 'zod';
import type {
  Authenticated,
  AuthenticationInput,
  Configuration,
  ConnectionValidity,
  FreshCredentials,
  PlatformAdapter,
  TokenContext,
} from '@/features/platforms/providers/adapter';
import { blueskyBase, blueskyHttp, jwtExpiry } from '@/features/platforms/providers/bluesky/api';
import type { PlatformDependencies } from '@/features/platforms/providers/deps';
import { expectShape, isExternal, type PlatformHttp, refused } from '@/features/platforms/providers/http';
import type { AccountFacts } from '@/features/platforms/providers/types';

const session = z.object({
  accessJwt: z.string().min(1),
  refreshJwt: z.string().min(1),
  handle: z.string(),
  did: z.string().startsWith('did:'),
  active: z.boolean().optional(),
  status: z.string().optional(),
  didDoc: z
    .object({
      service: z
        .array(z.object({ id: z.string(), type: z.string().optional(), serviceEndpoint: z.unknown() }))
        .optional(),
    })
    .optional(),
});
type Session = z.infer<typeof session>;

const profile = z.object({
  displayName: z.string().optional(),
  avatar: z.url().optional(),
});

/** `getSession` answers for a closed account too. @see lexicon com.atproto.server.getSession */
const standing = z.object({ active: z.boolean().optional(), status: z.string().optional() });

/** Session tokens carry their expiry; this stands in where one does not. */
const ACCESS_LIFE_MS = 2 * 3600_000;

/**
 * App passwords: `createSession`, then rotating `refreshSession`. The password itself is used once and never kept.
 * @see https://docs.bsky.app/docs/api/com-atproto-server-create-session
 */
export class BlueskyAdapter implements PlatformAdapter {
  readonly platform = 'bluesky';
  readonly requiredScopes = [] as const;
  readonly #http: PlatformHttp;

  constructor(readonly deps: PlatformDependencies) {
    this.#http = blueskyHttp(deps);
  }

  /** Needs nothing from the operator: each person brings an app password. */
  configuration(): Configuration {
    return { configured: true };
  }

  async authenticate(input: AuthenticationInput): Promise<Authenticated> {
    if (input.kind !== 'app_password') throw new Error('Bluesky connects by app password.');
    const entrance = blueskyBase(this.deps, input.baseUrl);
    const answer = await this.#createSession(entrance, input);
    const opened = expectShape(this.platform, session, answer);
    if (opened.active === false) {
      throw refused(this.platform, inactive(opened), { vendorCode: 'inactive' });
    }
    const baseUrl = dataServer(opened) ?? input.baseUrl;
    const account = await this.#profile(opened, baseUrl, input.signal);
    return { credentials: this.#credentials(opened), account };
  }

  async refreshTokens({ channel, credentials, signal }: TokenContext): Promise<FreshCredentials> {
    const base = blueskyBase(this.deps, channel.baseUrl);
    const answer = await this.#http.call(channel.connectionId, {
      method: 'POST',
      url: `${base.url}/xrpc/com.atproto.server.refreshSession`,
      guarded: base.guarded,
      token: credentials.refreshToken ?? '',
      signal,
    });
    return this.#credentials(expectShape(this.platform, session, answer));
  }

  async validateConnection({ channel, credentials, signal }: TokenContext): Promise<ConnectionValidity> {
    const base = blueskyBase(this.deps, channel.baseUrl);
    try {
      const answer = await this.#http.call(channel.connectionId, {
        url: `${base.url}/xrpc/com.atproto.server.getSession`,
        guarded: base.guarded,
        token: credentials.accessToken,
        signal,
      });
      const account = expectShape(this.platform, standing, answer);
      return account.active === false ? { valid: false, reason: inactive(account) } : { valid: true };
    } catch (error) {
      if (!isExternal(error, 'auth_expired')) throw error;
      return { valid: false, reason: 'Bluesky no longer accepts this app password.' };
    }
  }

  /** Ends the session at the server. @see https://docs.bsky.app/docs/api/com-atproto-server-delete-session */
  async revoke({ channel, credentials, signal }: TokenContext): Promise<void> {
    const base = blueskyBase(this.deps, channel.baseUrl);
    await this.#http.call(channel.connectionId, {
      method: 'POST',
      url: `${base.url}/xrpc/com.atproto.server.deleteSession`,
      guarded: base.guarded,
      token: credentials.refreshToken ?? credentials.accessToken,
      idempotent: true,
      signal,
    });
  }

  async #createSession(
    base: { url: string; guarded: boolean },
    input: { handle: string; appPassword: string; signal: AbortSignal },
  ) {
    try {
      return await this.#http.call(ownerOf(base), {
        method: 'POST',
        url: `${base.url}/xrpc/com.atproto.server.createSession`,
        guarded: base.guarded,
        json: { identifier: input.handle.replace(/^@/, ''), password: input.appPassword },
        signal: input.signal,
      });
    } catch (error) {
      if (!isExternal(error, 'auth_expired')) throw error;
      throw refused(this.platform, 'Bluesky does not know this handle and app password. Check both.', {
        vendorCode: 'wrong_password',
      });
    }
  }

  async #profile(opened: Session, baseUrl: string | undefined, signal: AbortSignal): Promise<AccountFacts> {
    const { displayName, avatar } = await this.#shown(opened, blueskyBase(this.deps, baseUrl), signal);
    return {
      accountId: opened.did,
      handle: opened.handle,
      displayName: displayName?.trim() || opened.handle,
      ...(avatar ? { avatarUrl: avatar } : {}),
      profileUrl: `https://bsky.app/profile/${opened.handle}`,
      ...(baseUrl ? { baseUrl } : {}),
      limits: { readAt: this.deps.clock.now().toISOString() },
    };
  }

  /**
   * Name and picture come from the view of the whole network, not from the account's server: while that is out of reach people
   * connect all the same, and the next look at the account brings them.
   */
  async #shown(opened: Session, base: { url: string; guarded: boolean }, signal: AbortSignal) {
    try {
      const answer = await this.#http.call(ownerOf(base), {
        url: `${base.url}/xrpc/app.bsky.actor.getProfile?actor=${encodeURIComponent(opened.did)}`,
        guarded: base.guarded,
        token: opened.accessJwt,
        signal,
      });
      return expectShape(this.platform, profile, answer);
    } catch (error) {
      if (!isExternal(error, 'unavailable') && !isExternal(error, 'timeout')) throw error;
      return profile.parse({});
    }
  }

  #credentials(opened: Session): FreshCredentials {
    const fallback = new Date(this.deps.clock.now().getTime() + ACCESS_LIFE_MS);
    const grantExpiresAt = jwtExpiry(opened.refreshJwt);
    return {
      accessToken: opened.accessJwt,
      refreshToken: opened.refreshJwt,
      expiresAt: jwtExpiry(opened.accessJwt) ?? fallback,
      ...(grantExpiresAt ? { grantExpiresAt } : {}),
      scopes: [],
      extra: {},
    };
  }
}

/** The account's own server, as its identity document names it. @see https://atproto.com/specs/did#did-documents */
function dataServer(opened: Session): string | undefined {
  const service = opened.didDoc?.service?.find((entry) => entry.id.endsWith('#atproto_pds'));
  const endpoint = service?.serviceEndpoint;
  return typeof endpoint === 'string' && URL.canParse(endpoint) ? new URL(endpoint).origin : undefined;
}

function inactive({ status }: { status?: string | undefined }): string {
  return `Bluesky says this account is ${status ?? 'not active'}.`;
}

/** Nobody's credential yet: trouble with one server must not keep people from connecting to others. */
function ownerOf(base: { url: string }): string {
  return `connecting ${base.url}`;
}
