import 'server-only';
import { z } from 'zod';
import type {
  Authenticated,
  AuthenticationInput,
  AuthorizationRequest,
  AuthorizationStart,
  Configuration,
  ConnectionValidity,
  PlatformAdapter,
  TokenContext,
} from '@/features/platforms/providers/adapter';
import type { PlatformDependencies } from '@/features/platforms/providers/deps';
import { accountOf, FacebookApi, PAGE_FIELDS, page } from '@/features/platforms/providers/facebook/api';
import { FACEBOOK_INBOX_SCOPES } from '@/features/platforms/providers/facebook/inbox';
import { expectShape, isExternal, refused } from '@/features/platforms/providers/http';
import { requireScopes } from '@/features/platforms/providers/oauth';

const SCOPES = [
  'pages_show_list',
  'pages_read_engagement',
  'pages_manage_posts',
  'pages_manage_engagement',
  'read_insights',
] as const;

const issued = z.object({ access_token: z.string().min(1) });
const permissions = z.object({
  data: z.array(z.object({ permission: z.string(), status: z.string() })).default([]),
});
const pages = z.object({
  data: z
    .array(page.extend({ access_token: z.string().min(1).optional(), tasks: z.array(z.string()).optional() }))
    .default([]),
  paging: z
    .object({ cursors: z.object({ after: z.string().optional() }).optional(), next: z.string().optional() })
    .optional(),
});
type Page = z.infer<typeof pages>['data'][number];

const PAGES_PER_CALL = 100;
const CALLS_MAX = 5;
/** Without one of these the person may look at the Page but not post to it. */
const POSTING_TASKS = [
  'CREATE_CONTENT',
  'PROFILE_PLUS_CREATE_CONTENT',
  'MANAGE',
  'PROFILE_PLUS_FULL_CONTROL',
];

/**
 * Facebook Login for a person, whose long-lived token gives tokens of Pages that do not end. What is kept is the Page's token
 * alone: it can do nothing in the person's name.
 *
 * There is no `revoke`: Facebook ends a grant only for all Pages of the person together (`DELETE /me/permissions`), which would
 * stop their other channels.
 * @see https://developers.facebook.com/docs/facebook-login/guides/access-tokens/get-long-lived (checked 2026-11-21)
 */
export class FacebookAdapter implements PlatformAdapter {
  readonly platform = 'facebook';
  readonly requiredScopes = SCOPES;
  readonly #api: FacebookApi;

  constructor(readonly deps: PlatformDependencies) {
    this.#api = new FacebookApi(deps);
  }

  configuration(): Configuration {
    const { FACEBOOK_APP_ID, FACEBOOK_APP_SECRET } = this.deps.env;
    if (FACEBOOK_APP_ID && FACEBOOK_APP_SECRET) return { configured: true };
    return {
      configured: false,
      missing: ['FACEBOOK_APP_ID', 'FACEBOOK_APP_SECRET'],
      how: 'Create an app with Facebook Login at developers.facebook.com and set its app id and secret.',
    };
  }

  async authorizationUrl(request: AuthorizationRequest): Promise<AuthorizationStart> {
    const url = new URL(`${this.#api.hosts.auth}/dialog/oauth`);
    url.search = new URLSearchParams({
      client_id: this.deps.env.FACEBOOK_APP_ID ?? '',
      redirect_uri: request.redirectUri,
      response_type: 'code',
      // Without the last ones a Page can be posted to; its comments stay unread.
      scope: [...SCOPES, ...FACEBOOK_INBOX_SCOPES].join(','),
      state: request.state,
      // Asks again for what was refused an earlier time.
      auth_type: 'rerequest',
    }).toString();
    return { url: url.href, keep: {} };
  }

  async authenticate(input: AuthenticationInput): Promise<Authenticated> {
    if (input.kind !== 'code') throw new Error('Facebook connects by authorization code.');
    const { signal } = input;
    const short = await this.#token({ code: input.code, redirect_uri: input.redirectUri }, signal);
    const token = await this.#token({ grant_type: 'fb_exchange_token', fb_exchange_token: short }, signal);
    const scopes = await this.#granted(token, signal);
    requireScopes(this.platform, scopes, SCOPES);
    const now = this.deps.clock.now();
    const [first, ...others] = (await this.#pages(token, signal)).map(
      (found): Authenticated => ({
        credentials: { accessToken: found.access_token ?? '', scopes, extra: {} },
        account: accountOf(found, now),
        target: 'page',
      }),
    );
    if (!first) {
      throw refused(
        this.platform,
        'There is no Page that you gave us and may post to. Personal profiles cannot be posted to.',
        { vendorCode: 'no_targets' },
      );
    }
    return { ...first, others };
  }

  async validateConnection({ channel, credentials, signal }: TokenContext): Promise<ConnectionValidity> {
    try {
      await this.#api.call(channel.connectionId, {
        url: `${this.#api.hosts.api}/${channel.accountId}?fields=id`,
        token: credentials.accessToken,
        signal,
      });
      return { valid: true };
    } catch (error) {
      if (isExternal(error, 'auth_expired'))
        return { valid: false, reason: 'Facebook no longer accepts the connection to this Page.' };
      throw error;
    }
  }

  async #token(form: Record<string, string>, signal: AbortSignal): Promise<string> {
    const answer = await this.#api.http.call('token', {
      method: 'POST',
      url: `${this.#api.hosts.api}/oauth/access_token`,
      form: {
        client_id: this.deps.env.FACEBOOK_APP_ID,
        client_secret: this.deps.env.FACEBOOK_APP_SECRET,
        ...form,
      },
      signal,
    });
    return expectShape(this.platform, issued, answer).access_token;
  }

  async #granted(token: string, signal: AbortSignal): Promise<string[]> {
    const answer = await this.#api.call('connecting', {
      url: `${this.#api.hosts.api}/me/permissions`,
      token,
      signal,
    });
    return expectShape(this.platform, permissions, answer)
      .data.filter(({ status }) => status === 'granted')
      .map(({ permission }) => permission);
  }

  async #pages(token: string, signal: AbortSignal): Promise<Page[]> {
    const found: Page[] = [];
    let after: string | undefined;
    for (let round = 0; round < CALLS_MAX; round += 1) {
      const answer = await this.#api.call('connecting', {
        url: `${this.#api.hosts.api}/me/accounts?${new URLSearchParams({
          fields: `${PAGE_FIELDS},access_token,tasks`,
          limit: String(PAGES_PER_CALL),
          ...(after ? { after } : {}),
        })}`,
        token,
        signal,
      });
      const { data, paging } = expectShape(this.platform, pages, answer);
      found.push(...data);
      after = paging?.next ? paging.cursors?.after : undefined;
      if (!after) break;
    }
    return found.filter(
      ({ access_token, tasks }) =>
        access_token && (!tasks || tasks.some((task) => POSTING_TASKS.includes(task))),
    );
  }
}
