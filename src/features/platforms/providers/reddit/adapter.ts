import 'server-only';
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
import { expectShape, isExternal } from '@/features/platforms/providers/http';
import { requireScopes, tokenFailure, tokensFrom } from '@/features/platforms/providers/oauth';
import { me, RedditApi } from '@/features/platforms/providers/reddit/api';
import { REDDIT_INBOX_SCOPES } from '@/features/platforms/providers/reddit/inbox';
import type { AccountFacts } from '@/features/platforms/providers/types';

const REQUIRED = ['identity', 'submit', 'read', 'edit', 'history', 'flair'] as const;
/** Lists the communities one has joined; without it their names must be typed. */
const WISHED = 'mysubreddits';

export async function readAccount(
  api: RedditApi,
  call: { token: string; owner: string; now: Date; signal: AbortSignal },
): Promise<AccountFacts> {
  const answer = await api.send(call.owner, call.token, { path: '/api/v1/me', signal: call.signal });
  const user = expectShape('reddit', me, answer);
  return {
    accountId: user.id,
    handle: user.name,
    displayName: user.name,
    ...(user.icon_img ? { avatarUrl: user.icon_img } : {}),
    profileUrl: `https://www.reddit.com/user/${user.name}`,
    limits: { readAt: call.now.toISOString() },
  };
}

/** @see https://github.com/reddit-archive/reddit/wiki/OAuth2 (2026-11-21) */
export class RedditAdapter implements PlatformAdapter {
  readonly platform = 'reddit';
  readonly requiredScopes = REQUIRED;
  readonly #api: RedditApi;

  constructor(readonly deps: PlatformDependencies) {
    this.#api = new RedditApi(deps);
  }

  configuration(): Configuration {
    const { REDDIT_CLIENT_ID, REDDIT_CLIENT_SECRET } = this.deps.env;
    if (REDDIT_CLIENT_ID && REDDIT_CLIENT_SECRET) return { configured: true };
    return {
      configured: false,
      missing: ['REDDIT_CLIENT_ID', 'REDDIT_CLIENT_SECRET'],
      how: 'Create a web app at reddit.com/prefs/apps and set its id and secret.',
    };
  }

  async authorizationUrl(request: AuthorizationRequest): Promise<AuthorizationStart> {
    const url = new URL(`${this.#api.hosts.auth}/authorize`);
    url.search = new URLSearchParams({
      response_type: 'code',
      client_id: this.deps.env.REDDIT_CLIENT_ID ?? '',
      redirect_uri: request.redirectUri,
      // Without the last ones posting works; comments stay unread.
      scope: [...REQUIRED, WISHED, ...REDDIT_INBOX_SCOPES].join(' '),
      state: request.state,
      // Anything else gives no refresh token.
      duration: 'permanent',
    }).toString();
    return { url: url.href, keep: {} };
  }

  async authenticate(input: AuthenticationInput): Promise<Authenticated> {
    if (input.kind !== 'code') throw new Error('Reddit connects by authorization code.');
    const credentials = await this.#token(
      { grant_type: 'authorization_code', code: input.code, redirect_uri: input.redirectUri },
      { scopes: REQUIRED },
      input.signal,
    );
    requireScopes(this.platform, credentials.scopes, REQUIRED);
    const account = await readAccount(this.#api, {
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
      await this.#api.send(channel.connectionId, credentials.accessToken, { path: '/api/v1/me', signal });
      return { valid: true };
    } catch (error) {
      if (isExternal(error, 'auth_expired'))
        return { valid: false, reason: 'Reddit no longer accepts this connection.' };
      throw error;
    }
  }

  async revoke({ credentials, signal }: TokenContext): Promise<void> {
    const token = credentials.refreshToken ?? credentials.accessToken;
    const hint = credentials.refreshToken ? 'refresh_token' : 'access_token';
    await this.#api.http.call('revoke', {
      method: 'POST',
      url: `${this.#api.hosts.auth}/revoke_token`,
      form: { token, token_type_hint: hint },
      headers: this.#clientHeaders(),
      idempotent: true,
      signal,
    });
  }

  async #token(
    form: Record<string, string | undefined>,
    known: Parameters<typeof tokensFrom>[3],
    signal: AbortSignal,
  ): Promise<FreshCredentials> {
    try {
      const answer = await this.#api.http.call('token', {
        method: 'POST',
        url: `${this.#api.hosts.auth}/access_token`,
        form,
        headers: this.#clientHeaders(),
        signal,
      });
      return tokensFrom(this.platform, answer, this.deps.clock.now(), known);
    } catch (error) {
      // A revoked refresh token gets a bare 400; a wrong client gets 401.
      const renewing = form.grant_type === 'refresh_token';
      throw tokenFailure(
        this.platform,
        error,
        (code) => code === 'invalid_grant' || (renewing && code === '400'),
      );
    }
  }

  #clientHeaders(): Record<string, string> {
    const { REDDIT_CLIENT_ID: id = '', REDDIT_CLIENT_SECRET: secret = '' } = this.deps.env;
    return {
      'user-agent': this.#api.agent,
      authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
    };
  }
}
