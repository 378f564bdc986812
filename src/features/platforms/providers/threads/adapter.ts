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
import { longLived, renewed, type TokenService } from '@/features/platforms/providers/meta/tokens';
import { requireScopes } from '@/features/platforms/providers/oauth';
import {
  readAccount,
  type ThreadsHosts,
  threadsHosts,
  threadsHttp,
} from '@/features/platforms/providers/threads/api';
import { THREADS_INBOX_SCOPES } from '@/features/platforms/providers/threads/inbox';

/** @see https://developers.facebook.com/docs/threads/get-started#permissions (checked 2026-11-21) */
const SCOPES = [
  'threads_basic',
  'threads_content_publish',
  'threads_manage_replies',
  'threads_read_replies',
  'threads_manage_insights',
  'threads_delete',
] as const;

const ASKED = [...SCOPES, ...THREADS_INBOX_SCOPES];

const shortLived = z.object({
  access_token: z.string().min(1),
  /** Not documented; where it comes, it tells what was granted. */
  permissions: z.array(z.string()).optional(),
});

/**
 * Authorization code, exchanged at once for a token of 60 days that renews itself. Meta offers no PKCE here and no call that
 * ends a grant. @see https://developers.facebook.com/docs/threads/get-started/get-access-tokens-and-permissions (checked 2026-11-21)
 */
export class ThreadsAdapter implements PlatformAdapter {
  readonly platform = 'threads';
  readonly requiredScopes = SCOPES;
  readonly #http: PlatformHttp;
  readonly #hosts: ThreadsHosts;

  constructor(readonly deps: PlatformDependencies) {
    this.#http = threadsHttp(deps);
    this.#hosts = threadsHosts(deps.env);
  }

  configuration(): Configuration {
    const { THREADS_APP_ID, THREADS_APP_SECRET } = this.deps.env;
    if (THREADS_APP_ID && THREADS_APP_SECRET) return { configured: true };
    return {
      configured: false,
      missing: ['THREADS_APP_ID', 'THREADS_APP_SECRET'],
      how: 'Create an app with the Threads use case at developers.facebook.com and set its Threads app id and secret.',
    };
  }

  async authorizationUrl(request: AuthorizationRequest): Promise<AuthorizationStart> {
    const url = new URL('/oauth/authorize', this.#hosts.auth);
    url.search = new URLSearchParams({
      client_id: this.deps.env.THREADS_APP_ID ?? '',
      redirect_uri: request.redirectUri,
      response_type: 'code',
      scope: ASKED.join(','),
      state: request.state,
    }).toString();
    return { url: url.href, keep: {} };
  }

  async authenticate(input: AuthenticationInput): Promise<Authenticated> {
    if (input.kind !== 'code') throw new Error('Threads connects by authorization code.');
    const clientSecret = this.deps.env.THREADS_APP_SECRET ?? '';
    const answer = await this.#http.call('token', {
      method: 'POST',
      url: `${this.#hosts.host}/oauth/access_token`,
      form: {
        client_id: this.deps.env.THREADS_APP_ID,
        client_secret: clientSecret,
        grant_type: 'authorization_code',
        redirect_uri: input.redirectUri,
        code: input.code,
      },
      signal: input.signal,
    });
    const short = expectShape(this.platform, shortLived, answer);
    const scopes = short.permissions ?? ASKED;
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
        url: `${this.#hosts.api}/me?fields=id`,
        token: credentials.accessToken,
        signal,
      });
      return { valid: true };
    } catch (error) {
      if (isExternal(error, 'auth_expired'))
        return { valid: false, reason: 'Threads no longer accepts this connection.' };
      throw error;
    }
  }

  #tokens(): TokenService {
    return { http: this.#http, api: this.#hosts.host, prefix: 'th', now: () => this.deps.clock.now() };
  }
}
