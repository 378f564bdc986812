import 'server-only';
import { z } from 'zod';
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
import { readChannel } from '@/features/platforms/providers/youtube/account';
import { type YouTubeHosts, youtubeHosts, youtubeHttp } from '@/features/platforms/providers/youtube/api';
import { DailyQuota } from '@/features/platforms/providers/youtube/quota';

const REQUIRED = [
  'https://www.googleapis.com/auth/youtube.upload',
  'https://www.googleapis.com/auth/youtube.force-ssl',
] as const;
/** Watch time and shares; without it these stay unknown. */
const WISHED = 'https://www.googleapis.com/auth/yt-analytics.readonly';

/** Google ends the grant of apps still in testing after a week and says so. */
const grantLife = z.object({ refresh_token_expires_in: z.number().positive() });

/** @see https://developers.google.com/identity/protocols/oauth2/web-server */
export class YouTubeAdapter implements PlatformAdapter {
  readonly platform = 'youtube';
  readonly requiredScopes = REQUIRED;
  readonly #http: PlatformHttp;
  readonly #hosts: YouTubeHosts;

  constructor(readonly deps: PlatformDependencies) {
    this.#http = youtubeHttp(deps);
    this.#hosts = youtubeHosts(deps.env);
  }

  configuration(): Configuration {
    const { YOUTUBE_CLIENT_ID, YOUTUBE_CLIENT_SECRET } = this.deps.env;
    if (YOUTUBE_CLIENT_ID && YOUTUBE_CLIENT_SECRET) return { configured: true };
    return {
      configured: false,
      missing: ['YOUTUBE_CLIENT_ID', 'YOUTUBE_CLIENT_SECRET'],
      how: 'Enable the YouTube Data API in a project at console.cloud.google.com, create an OAuth client and set its id and secret.',
    };
  }

  async authorizationUrl(request: AuthorizationRequest): Promise<AuthorizationStart> {
    const url = new URL(this.#hosts.consent);
    url.search = new URLSearchParams({
      response_type: 'code',
      client_id: this.deps.env.YOUTUBE_CLIENT_ID ?? '',
      redirect_uri: request.redirectUri,
      scope: [...REQUIRED, WISHED].join(' '),
      state: request.state,
      code_challenge: pkceChallenge(request.codeVerifier),
      code_challenge_method: 'S256',
      // Only both together make Google give a refresh token to somebody who connects again.
      access_type: 'offline',
      prompt: 'consent',
    }).toString();
    return { url: url.href, keep: {} };
  }

  async authenticate(input: AuthenticationInput): Promise<Authenticated> {
    if (input.kind !== 'code') throw new Error('YouTube connects by authorization code.');
    const credentials = await this.#token(
      {
        grant_type: 'authorization_code',
        code: input.code,
        redirect_uri: input.redirectUri,
        code_verifier: input.codeVerifier,
      },
      { scopes: [...REQUIRED, WISHED] },
      input.signal,
    );
    requireScopes(this.platform, credentials.scopes, REQUIRED);
    const account = await readChannel(this.#http, this.#hosts, {
      token: credentials.accessToken,
      owner: 'connecting',
      now: this.deps.clock.now(),
      signal: input.signal,
    });
    return { credentials, account: await new DailyQuota(this.deps, 'uploads_day_app').withCap(account) };
  }

  async refreshTokens({ credentials, signal }: TokenContext): Promise<FreshCredentials> {
    const fresh = await this.#token(
      { grant_type: 'refresh_token', refresh_token: credentials.refreshToken },
      {
        scopes: credentials.scopes,
        ...(credentials.refreshToken ? { refreshToken: credentials.refreshToken } : {}),
      },
      signal,
    );
    // The week of a testing app runs from the consent, not from the renewal.
    const { grantExpiresAt } = credentials;
    return grantExpiresAt && !fresh.grantExpiresAt ? { ...fresh, grantExpiresAt } : fresh;
  }

  async validateConnection({ channel, credentials, signal }: TokenContext): Promise<ConnectionValidity> {
    try {
      await this.#http.call(channel.connectionId, {
        url: `${this.#hosts.api}/channels?part=id&mine=true`,
        token: credentials.accessToken,
        signal,
      });
      return { valid: true };
    } catch (error) {
      if (isExternal(error, 'auth_expired'))
        return { valid: false, reason: 'Google no longer accepts this connection.' };
      throw error;
    }
  }

  async revoke({ credentials, signal }: TokenContext): Promise<void> {
    await this.#http.call('revoke', {
      method: 'POST',
      url: `${this.#hosts.token}/revoke`,
      form: { token: credentials.refreshToken ?? credentials.accessToken },
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
      const answer = await this.#http.call('token', {
        method: 'POST',
        url: `${this.#hosts.token}/token`,
        form: {
          ...form,
          client_id: this.deps.env.YOUTUBE_CLIENT_ID,
          client_secret: this.deps.env.YOUTUBE_CLIENT_SECRET,
        },
        signal,
      });
      const now = this.deps.clock.now();
      const tokens = tokensFrom(this.platform, answer, now, known);
      const life = grantLife.safeParse(answer.body).data?.refresh_token_expires_in;
      return life ? { ...tokens, grantExpiresAt: new Date(now.getTime() + life * 1000) } : tokens;
    } catch (error) {
      throw tokenFailure(this.platform, error, (code) => code === 'invalid_grant');
    }
  }
}
