import type { Clock } from '@/core/time/clock';
import { type FakeAnswer, must, nextId } from './server';

const ACCESS_SECONDS = 7_200;
const REFRESH_SECONDS = 90 * 86_400;
/** A refresh token that was used still gives the same next one for so long. */
const GRACE_SECONDS = 7_200;

interface Access {
  token: string;
  expiresAt: number;
}
interface Grant {
  refresh: string;
  expiresAt: number;
  next?: string;
}

export const xrpcError = (status: number, error: string, message: string): FakeAnswer => ({
  status,
  body: { error, message },
});

/**
 * Sessions as a real server keeps them: refresh tokens are looked up, access tokens are only read. So whoever revokes an app
 * password or ends a session ends what can be renewed; an access token that is out stays good until it runs out by itself.
 */
export class BlueskySessions {
  readonly #access = new Map<string, Access>();
  readonly #grants = new Map<string, Grant>();

  constructor(
    readonly clock: Clock,
    readonly did: string,
  ) {}

  get #now(): number {
    return Math.floor(this.clock.now().getTime() / 1000);
  }

  open(refresh = this.#jwt('com.atproto.refresh', REFRESH_SECONDS)): {
    accessJwt: string;
    refreshJwt: string;
  } {
    const token = this.#jwt('com.atproto.appPass', ACCESS_SECONDS);
    this.#access.set(token, { token, expiresAt: this.#now + ACCESS_SECONDS });
    if (!this.#grants.has(refresh))
      this.#grants.set(refresh, { refresh, expiresAt: this.#now + REFRESH_SECONDS });
    return { accessJwt: token, refreshJwt: refresh };
  }

  /** Whoever asks twice with one token gets the same next refresh token twice. */
  rotate(refresh: string): { accessJwt: string; refreshJwt: string } {
    const grant = this.#grants.get(refresh);
    must(grant && grant.expiresAt > this.#now, xrpcError(400, 'ExpiredToken', 'Token has been revoked'));
    grant.expiresAt = Math.min(grant.expiresAt, this.#now + GRACE_SECONDS);
    grant.next ??= this.#jwt('com.atproto.refresh', REFRESH_SECONDS);
    return this.open(grant.next);
  }

  end(refresh: string): void {
    this.#grants.delete(refresh);
  }

  endAll(): void {
    this.#grants.clear();
  }

  expireAll(): void {
    for (const access of this.#access.values()) access.expiresAt = 0;
  }

  require(token: string): void {
    must(token, xrpcError(401, 'AuthMissing', 'Authentication Required'));
    const access = this.#access.get(token);
    must(access, xrpcError(400, 'InvalidToken', 'Token could not be verified'));
    must(access.expiresAt > this.#now, xrpcError(400, 'ExpiredToken', 'Token has expired'));
  }

  #jwt(scope: string, seconds: number): string {
    return jwt({ scope, sub: this.did, exp: this.#now + seconds, jti: nextId() });
  }
}

export function jwt(claims: object): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ typ: 'at+jwt', alg: 'HS256' })}.${part(claims)}.signature`;
}
