import 'server-only';
import { z } from 'zod';
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
import { readAccount, readUser } from '@/features/platforms/providers/tiktok/account';
import { type TikTokHosts, tiktokHosts, tiktokHttp } from '@/features/platforms/providers/tiktok/api';

const SCOPES = ['user.info.basic', 'user.info.stats', 'video.list', 'video.publish'] as const;

/** The refresh token lives 365 days, and so does what replaces it. */
const grantLife = z.object({ refresh_expires_in: z.number().positive() });

/** @see https://developers.tiktok.com/doc/oauth-user-access-token-management (2026-11-21) */
export class TikTokAdapter implements PlatformAdapter {
  readonly platform = 'tiktok';
  readonly requiredScopes = SCOPES;
  readonly #http: PlatformHttp;
  readonly #hosts: TikTokHosts;

  constructor(readonly deps: PlatformDependencies) {
    this.#http = tiktokHttp(deps);
    this.#hosts = tiktokHosts(deps.env);
  }

  configuration(): Configuration {
    const { TIKTOK_CLIENT_KEY, TIKTOK_CLIENT_SECRET } = this.deps.env;
    if (TIKTOK_CLIENT_KEY && TIKTOK_CLIENT_SECRET) return { configured: true };
    return {
      configured: false,
      missing: ['TIKTOK_CLIENT_KEY', 'TIKTOK_CLIENT_SECRET'],
      how: 'Create an app with Login Kit and Content Posting (direct post) at developers.tiktok.com and set its client key and secret.',
    };
  }

  async authorizationUrl(request: AuthorizationRequest): Promise<AuthorizationStart> {
    const url = new URL(this.#hosts.consent);
    url.search = new URLSearchParams({
      response_type: 'code',
      client_key: this.deps.env.TIKTOK_CLIENT_KEY ?? '',
      redirect_uri: request.redirectUri,
      scope: SCOPES.join(','),
      state: request.state,
    }).toString();
    return { url: url.href, keep: {} };
  }

  async authenticate(input: AuthenticationInput): Promise<Authenticated> {
    if (input.kind !== 'code') throw new Error('TikTok connects by authorization code.');
    const credentials = await this.#token(
      { grant_type: 'authorization_code', code: input.code, redirect_uri: input.redirectUri },
      { scopes: SCOPES },
      input.signal,
    );
    requireScopes(this.platform, credentials.scopes, SCOPES);
    const account = await readAccount(this.#http, this.#hosts, {
      token: credentials.accessToken,
      owner: 'connecting',
      now: this.deps.clock.now(),
      audited: this.deps.env.TIKTOK_APP_AUDITED,
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
      await readUser(this.#http, this.#hosts, {
        token: credentials.accessToken,
        owner: channel.connectionId,
        signal,
      });
      return { valid: true };
    } catch (error) {
      if (isExternal(error, 'auth_expired'))
        return { valid: false, reason: 'TikTok no longer accepts this connection.' };
      throw error;
    }
  }

  async revoke({ credentials, signal }: TokenContext): Promise<void> {
    await this.#http.call('revoke', {
      method: 'POST',
      url: `${this.#hosts.api}/oauth/revoke/`,
      form: this.#withClient({ token: credentials.accessToken }),
      idempotent: true,
      signal,
    });
  }

  /** Never repeated here: the refresh token is replaced with each use. */
  async #token(
    form: Record<string, string | undefined>,
    known: Parameters<typeof tokensFrom>[3],
    signal: AbortSignal,
  ): Promise<FreshCredentials> {
    try {
      const answer = await this.#http.call('token', {
        method: 'POST',
        url: `${this.#hosts.api}/oauth/token/`,
        form: this.#withClient(form),
        signal,
      });
      const now = this.deps.clock.now();
      const tokens = tokensFrom(this.platform, answer, now, known);
      const life = grantLife.safeParse(answer.body).data?.refresh_expires_in;
      return life ? { ...tokens, grantExpiresAt: new Date(now.getTime() + life * 1000) } : tokens;
    } catch (error) {
      throw tokenFailure(this.platform, error, (code) => code === 'invalid_grant');
    }
  }

  #withClient(form: Record<string, string | undefined>): Record<string, string | undefined> {
    const { TIKTOK_CLIENT_KEY, TIKTOK_CLIENT_SECRET } = this.deps.env;
    return { ...form, client_key: TIKTOK_CLIENT_KEY, client_secret: TIKTOK_CLIENT_SECRET };
  }
}
