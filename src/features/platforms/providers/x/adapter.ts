import 'server-only';
import { pkceChallenge } from '@/core/crypto/pkce';
import type {
  Authenticated,
  AuthenticationInput,
  AuthorizationRequest,
  AuthorizationStart,
  Configuration,
  ConnectionValidity,
  FreshCredentials,
  PlatformAdapter,
  TokenContext,
} from '@/features/platforms/providers/adapter';
import type { PlatformDependencies } from '@/features/platforms/providers/deps';
import { isExternal, type PlatformHttp } from '@/features/platforms/providers/http';
import { requireScopes, tokenFailure, tokensFrom } from '@/features/platforms/providers/oauth';
import { readAccount } from '@/features/platforms/providers/x/account';
import { USER_FIELDS, type XHosts, xHosts, xHttp } from '@/features/platforms/providers/x/api';

const SCOPES = ['tweet.read', 'tweet.write', 'users.read', 'media.write', 'offline.access'] as const;

/** OAuth 2.0 authorization code with PKCE. @see https://docs.x.com/resources/fundamentals/authentication/oauth-2-0/authorization-code */
export class XAdapter implements PlatformAdapter {
  readonly platform = 'x';
  readonly requiredScopes = SCOPES;
  readonly #http: PlatformHttp;
  readonly #hosts: XHosts;

  constructor(readonly deps: PlatformDependencies) {
    this.#http = xHttp(deps);
    this.#hosts = xHosts(deps.env);
  }

  configuration(): Configuration {
    if (this.deps.env.X_CLIENT_ID) return { configured: true };
    return {
      configured: false,
      missing: ['X_CLIENT_ID', 'X_CLIENT_SECRET'],
      how: 'Create an app with OAuth 2.0 at developer.x.com and set its client id and secret.',
    };
  }

  async authorizationUrl(request: AuthorizationRequest): Promise<AuthorizationStart> {
    const url = new URL('/i/oauth2/authorize', this.#hosts.auth);
    url.search = new URLSearchParams({
      response_type: 'code',
      client_id: this.deps.env.X_CLIENT_ID ?? '',
      redirect_uri: request.redirectUri,
      scope: SCOPES.join(' '),
      state: request.state,
      code_challenge: pkceChallenge(request.codeVerifier),
      code_challenge_method: 'S256',
    }).toString();
    return { url: url.href, keep: {} };
  }

  async authenticate(input: AuthenticationInput): Promise<Authenticated> {
    if (input.kind !== 'code') throw new Error('X connects by authorization code.');
    const credentials = await this.#token(
      {
        grant_type: 'authorization_code',
        code: input.code,
        redirect_uri: input.redirectUri,
        code_verifier: input.codeVerifier,
      },
      { scopes: SCOPES },
      input.signal,
    );
    requireScopes(this.platform, credentials.scopes, SCOPES);
    const account = await readAccount(this.#http, this.#hosts, {
      token: credentials.accessToken,
      owner: 'connecting',
      now: this.deps.clock.now(),
      signal: input.signal,
    });
    return { credentials, account };
  }

  async refreshTokens({ credentials, signal }: TokenContext): Promise<FreshCredentials> {
    return await this.#token(
      { grant_type: 'refresh_token', refresh_token: credentials.refreshToken },
      {
        scopes: credentials.scopes,
        ...(credentials.refreshToken ? { refreshToken: credentials.refreshToken } : {}),
      },
      signal,
    );
  }

  async validateConnection({ channel, credentials, signal }: TokenContext): Promise<ConnectionValidity> {
    try {
      await this.#http.call(channel.connectionId, {
        url: `${this.#hosts.api}/2/users/me?user.fields=${USER_FIELDS}`,
        token: credentials.accessToken,
        signal,
      });
      return { valid: true };
    } catch (error) {
      if (isExternal(error, 'auth_expired'))
        return { valid: false, reason: 'X no longer accepts this connection.' };
      throw error;
    }
  }

  async revoke({ credentials, signal }: TokenContext): Promise<void> {
    await this.#http.call('revoke', {
      method: 'POST',
      url: `${this.#hosts.api}/2/oauth2/revoke`,
      form: this.#withClient({
        token: credentials.refreshToken ?? credentials.accessToken,
        token_type_hint: credentials.refreshToken ? 'refresh_token' : 'access_token',
      }),
      headers: this.#clientHeaders(),
      idempotent: true,
      signal,
    });
  }

  /** Never repeated here: a refresh token that was used up by a lost answer must not be used twice in a row blindly. */
  async #token(
    form: Record<string, string | undefined>,
    known: Parameters<typeof tokensFrom>[3],
    signal: AbortSignal,
  ): Promise<FreshCredentials> {
    try {
      const answer = await this.#http.call('token', {
        method: 'POST',
        url: `${this.#hosts.api}/2/oauth2/token`,
        form: this.#withClient(form),
        headers: this.#clientHeaders(),
        signal,
      });
      return tokensFrom(this.platform, answer, this.deps.clock.now(), known);
    } catch (error) {
      // X says `invalid_request` ("Value passed for the token was invalid.") for a revoked refresh token.
      throw tokenFailure(
        this.platform,
        error,
        (code) => code === 'invalid_grant' || code === 'invalid_request',
      );
    }
  }

  #withClient(form: Record<string, string | undefined>): Record<string, string | undefined> {
    return { ...form, client_id: this.deps.env.X_CLIENT_ID };
  }

  /** Confidential clients prove themselves by Basic; public ones only name themselves. */
  #clientHeaders(): Record<string, string | undefined> {
    const { X_CLIENT_ID: id, X_CLIENT_SECRET: secret } = this.deps.env;
    if (!id || !secret) return {};
    const pair = `${encodeURIComponent(id)}:${encodeURIComponent(secret)}`;
    return { authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
  }
}
