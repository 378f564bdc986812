import { createHash } from 'node:crypto';
import { type FakeAnswer, must, nextId } from './server';

interface Grant {
  accessToken: string;
  refreshToken: string | undefined;
  expiresAt: number | undefined;
  revoked: boolean;
  scopes: string;
}

interface Code {
  clientId: string;
  redirectUri: string;
  challenge: string | null;
  scopes: string;
}

/** Codes, tokens, rotation and revocation, for fakes that speak OAuth 2. A refresh token works once. */
export class FakeOAuth {
  readonly #codes = new Map<string, Code>();
  readonly #grants: Grant[] = [];
  /** Every code and token that was ever given out. */
  readonly given: string[] = [];
  /** Scopes a person unticks on the consent page. */
  withheld: string[] = [];

  constructor(
    readonly now: () => number,
    readonly options: {
      accessSeconds: number | undefined;
      pkceRequired: boolean;
      /** The refresh token stays the same when it is used. */
      lasting?: boolean;
    },
  ) {}

  /** The consent page: the person says yes at once. */
  authorize(query: URLSearchParams): FakeAnswer {
    const redirectUri = query.get('redirect_uri') ?? '';
    must(query.get('response_type') === 'code' && query.get('client_id') && redirectUri, {
      status: 400,
      body: { error: 'bad authorize request' },
    });
    must(!this.options.pkceRequired || query.get('code_challenge_method') === 'S256', {
      status: 400,
      body: { error: 'PKCE is missing' },
    });
    const code = this.#fresh('code');
    const scopes = (query.get('scope') ?? '').split(' ').filter((scope) => !this.withheld.includes(scope));
    this.#codes.set(code, {
      clientId: query.get('client_id') ?? '',
      redirectUri,
      challenge: query.get('code_challenge'),
      scopes: scopes.join(' '),
    });
    const target = new URL(redirectUri);
    target.searchParams.set('code', code);
    target.searchParams.set('state', query.get('state') ?? '');
    return { status: 302, headers: { location: target.href } };
  }

  exchange(form: Record<string, string>): Grant | undefined {
    const code = this.#codes.get(form.code ?? '');
    this.#codes.delete(form.code ?? '');
    if (!code || code.redirectUri !== form.redirect_uri) return undefined;
    const challenge = createHash('sha256')
      .update(form.code_verifier ?? '')
      .digest('base64url');
    if (code.challenge && code.challenge !== challenge) return undefined;
    return this.issue(code.scopes);
  }

  issue(scopes: string): Grant {
    const seconds = this.options.accessSeconds;
    const grant: Grant = {
      accessToken: this.#fresh('access-'),
      refreshToken: seconds === undefined ? undefined : this.#fresh('refresh-'),
      expiresAt: seconds === undefined ? undefined : this.now() + seconds * 1000,
      revoked: false,
      scopes,
    };
    this.#grants.push(grant);
    return grant;
  }

  /** Rotates: the used token never works again. */
  refresh(token: string | undefined): Grant | undefined {
    const grant = this.#grants.find((candidate) => candidate.refreshToken === token && !candidate.revoked);
    if (!grant || token === undefined) return undefined;
    grant.accessToken = this.#fresh('access-');
    if (!this.options.lasting) grant.refreshToken = this.#fresh('refresh-');
    grant.expiresAt = this.now() + (this.options.accessSeconds ?? 0) * 1000;
    return grant;
  }

  /** Where refresh tokens stay the same: a new access token, and the old one works to its end. */
  renew(token: string | undefined): Grant | undefined {
    const grant = this.#grants.find((candidate) => candidate.refreshToken === token && !candidate.revoked);
    if (!grant || token === undefined) return undefined;
    const fresh = this.issue(grant.scopes);
    fresh.refreshToken = token;
    return fresh;
  }

  #fresh(prefix: string): string {
    const made = nextId(prefix);
    this.given.push(made);
    return made;
  }

  accepts(token: string): boolean {
    const grant = this.#grants.find((candidate) => candidate.accessToken === token);
    return (
      grant !== undefined && !grant.revoked && (grant.expiresAt === undefined || grant.expiresAt > this.now())
    );
  }

  revoke(token: string | undefined): void {
    for (const grant of this.#grants) {
      if (grant.accessToken === token || grant.refreshToken === token) grant.revoked = true;
    }
  }

  expireAll(): void {
    for (const grant of this.#grants) grant.expiresAt = 0;
  }

  revokeAll(): void {
    for (const grant of this.#grants) grant.revoked = true;
  }

  body(grant: Grant): Record<string, unknown> {
    return {
      token_type: 'bearer',
      access_token: grant.accessToken,
      scope: grant.scopes,
      ...(grant.refreshToken ? { refresh_token: grant.refreshToken } : {}),
      ...(this.options.accessSeconds === undefined ? {} : { expires_in: this.options.accessSeconds }),
    };
  }
}

export function bearer(headers: Headers): string {
  return headers.get('authorization')?.replace(/^Bearer /, '') ?? '';
}
