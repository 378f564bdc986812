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
import {
  type PinterestHosts,
  pinterestHosts,
  pinterestHttp,
  readAccount,
} from '@/features/platforms/providers/pinterest/api';

const REQUIRED = ['user_accounts:read', 'boards:read', 'pins:read', 'pins:write'] as const;
/** The reference lists it for new pins too; apps without it were seen to post. */
const WISHED = 'boards:write';

const grantLife = z.object({ refresh_token_expires_in: z.number().positive() });

/** @see https://developers.pinterest.com/docs/getting-started/set-up-authentication-and-authorization/ (2026-11-21) */
export class PinterestAdapter implements PlatformAdapter {
  readonly platform = 'pinterest';
  readonly requiredScopes = REQUIRED;
  readonly #http: PlatformHttp;
  readonly #hosts: PinterestHosts;

  constructor(readonly deps: PlatformDependencies) {
    this.#http = pinterestHttp(deps);
    this.#hosts = pinterestHosts(deps.env);
  }

  configuration(): Configuration {
    const { PINTEREST_APP_ID, PINTEREST_APP_SECRET } = this.deps.env;
    if (PINTEREST_APP_ID && PINTEREST_APP_SECRET) return { configured: true };
    return {
      configured: false,
      missing: ['PINTEREST_APP_ID', 'PINTEREST_APP_SECRET'],
      how: 'Create an app at developers.pinterest.com and set its id and secret.',
    };
  }

  async authorizationUrl(request: AuthorizationRequest): Promise<AuthorizationStart> {
    const url = new URL(this.#hosts.consent);
    url.search = new URLSearchParams({
      response_type: 'code',
      client_id: this.deps.env.PINTEREST_APP_ID ?? '',
      redirect_uri: request.redirectUri,
      scope: [...REQUIRED, WISHED].join(','),
      state: request.state,
    }).toString();
    return { url: url.href, keep: {} };
  }

  async authenticate(input: AuthenticationInput): Promise<Authenticated> {
    if (input.kind !== 'code') throw new Error('Pinterest connects by authorization code.');
    const credentials = await this.#token(
      { grant_type: 'authorization_code', code: input.code, redirect_uri: input.redirectUri },
      { scopes: REQUIRED },
      input.signal,
    );
    requireScopes(this.platform, credentials.scopes, REQUIRED);
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
        url: `${this.#hosts.api}/user_account`,
        token: credentials.accessToken,
        signal,
      });
      return { valid: true };
    } catch (error) {
      if (isExternal(error, 'auth_expired'))
        return { valid: false, reason: 'Pinterest no longer accepts this connection.' };
      throw error;
    }
  }

  /** Never repeated here: a continuous refresh token is replaced with each use. */
  async #token(
    form: Record<string, string | undefined>,
    known: Parameters<typeof tokensFrom>[3],
    signal: AbortSignal,
  ): Promise<FreshCredentials> {
    const { PINTEREST_APP_ID: id = '', PINTEREST_APP_SECRET: secret = '' } = this.deps.env;
    try {
      const answer = await this.#http.call('token', {
        method: 'POST',
        url: `${this.#hosts.api}/oauth/token`,
        // 60 days, renewed with each use; older apps would get one year without renewal.
        form: { ...form, continuous_refresh: 'true' },
        headers: { authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` },
        signal,
      });
      const now = this.deps.clock.now();
      const tokens = tokensFrom(this.platform, answer, now, known);
      const life = grantLife.safeParse(answer.body).data?.refresh_token_expires_in;
      return life ? { ...tokens, grantExpiresAt: new Date(now.getTime() + life * 1000) } : tokens;
    } catch (error) {
      // Pinterest answers with its own numbers; only the sentence tells a refused grant from a wrong client.
      const saysSo = isExternal(error) && /(refresh.?token|authorization code|grant)/i.test(error.message);
      throw tokenFailure(this.platform, error, (code) => code === 'invalid_grant' || saysSo);
    }
  }
}
