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
import { expectShape, isExternal, type PlatformHttp } from '@/features/platforms/providers/http';
import {
  type InstagramHosts,
  instagramHosts,
  instagramHttp,
  readAccount,
} from '@/features/platforms/providers/instagram/api';
import { longLived, renewed, type TokenService } from '@/features/platforms/providers/meta/tokens';
import { requireScopes } from '@/features/platforms/providers/oauth';

const SCOPES = [
  'instagram_business_basic',
  'instagram_business_content_publish',
  'instagram_business_manage_comments',
  'instagram_business_manage_insights',
] as const;

const grant = z.object({
  access_token: z.string().min(1),
  permissions: z
    .union([z.array(z.string()), z.string().transform((text) => text.split(/[\s,]+/).filter(Boolean))])
    .optional(),
});
/** The page shows the answer within `data`; the API also gives it bare. */
const shortLived = z.union([
  z.object({ data: z.array(grant).min(1) }).transform(({ data }) => data[0] as z.infer<typeof grant>),
  grant,
]);

/**
 * Instagram Login: authorization code, exchanged at once for a token of 60 days that renews itself after its first day. No
 * PKCE, and no call that ends a grant.
 * @see https://developers.facebook.com/docs/instagram-platform/instagram-api-with-instagram-login/business-login (checked 2026-11-21)
 */
export class InstagramAdapter implements PlatformAdapter {
  readonly platform = 'instagram';
  readonly requiredScopes = SCOPES;
  readonly #http: PlatformHttp;
  readonly #hosts: InstagramHosts;

  constructor(readonly deps: PlatformDependencies) {
    this.#http = instagramHttp(deps);
    this.#hosts = instagramHosts(deps.env);
  }

  configuration(): Configuration {
    const { INSTAGRAM_APP_ID, INSTAGRAM_APP_SECRET } = this.deps.env;
    if (INSTAGRAM_APP_ID && INSTAGRAM_APP_SECRET) return { configured: true };
    return {
      configured: false,
      missing: ['INSTAGRAM_APP_ID', 'INSTAGRAM_APP_SECRET'],
      how: 'Create an app at developers.facebook.com, set up Instagram login in it, and set its Instagram app id and secret.',
    };
  }

  async authorizationUrl(request: AuthorizationRequest): Promise<AuthorizationStart> {
    const url = new URL('/oauth/authorize', this.#hosts.consent);
    url.search = new URLSearchParams({
      client_id: this.deps.env.INSTAGRAM_APP_ID ?? '',
      redirect_uri: request.redirectUri,
      response_type: 'code',
      scope: SCOPES.join(','),
      state: request.state,
    }).toString();
    return { url: url.href, keep: {} };
  }

  async authenticate(input: AuthenticationInput): Promise<Authenticated> {
    if (input.kind !== 'code') throw new Error('Instagram connects by authorization code.');
    const clientSecret = this.deps.env.INSTAGRAM_APP_SECRET ?? '';
    const answer = await this.#http.call('token', {
      method: 'POST',
      url: `${this.#hosts.exchange}/oauth/access_token`,
      form: {
        client_id: this.deps.env.INSTAGRAM_APP_ID,
        client_secret: clientSecret,
        grant_type: 'authorization_code',
        redirect_uri: input.redirectUri,
        code: input.code,
      },
      signal: input.signal,
    });
    const short = expectShape(this.platform, shortLived, answer);
    const scopes = short.permissions ?? SCOPES;
    requireScopes(this.platform, scopes, SCOPES);
    const credentials = await longLived(this.#tokens(), {
      token: short.access_token,
      clientSecret,
      scopes,
      signal: input.signal,
    });
    const account = await readAccount(this.#http, this.#hosts, {
      token: credentials.accessToken,
      owner: 'connecting',
      now: this.deps.clock.now(),
      signal: input.signal,
    });
    return { credentials, account };
  }

  async refreshTokens(ctx: TokenContext): Promise<FreshCredentials> {
    const { version: _stored, ...credentials } = ctx.credentials;
    return await renewed(this.#tokens(), {
      credentials,
      stillValid: async () => (await this.validateConnection(ctx)).valid,
      signal: ctx.signal,
    });
  }

  async validateConnection({ channel, credentials, signal }: TokenContext): Promise<ConnectionValidity> {
    try {
      await this.#http.call(channel.connectionId, {
        url: `${this.#hosts.api}/me?fields=user_id`,
        token: credentials.accessToken,
        signal,
      });
      return { valid: true };
    } catch (error) {
      if (isExternal(error, 'auth_expired'))
        return { valid: false, reason: 'Instagram no longer accepts this connection.' };
      throw error;
    }
  }

  #tokens(): TokenService {
    return { http: this.#http, api: this.#hosts.host, prefix: 'ig', now: () => this.deps.clock.now() };
  }
}
