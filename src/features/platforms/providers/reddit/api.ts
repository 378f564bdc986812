import 'server-only';
import { z } from 'zod';
import type { Env } from '@/core/config/env';
import type { PlatformDependencies } from '@/features/platforms/providers/deps';
import {
  authorized,
  type Classification,
  type Classify,
  type PlatformAnswer,
  type PlatformCall,
  PlatformHttp,
} from '@/features/platforms/providers/http';
import type { RateHeaders } from '@/features/platforms/providers/rate';
import type { ProviderContext } from '@/features/platforms/providers/types';

/** Hosts of Reddit, each with its override. Files go to an address that Reddit names; its host is replaced where one is set. */
export function redditHosts(
  env: Pick<Env, 'REDDIT_API_BASE_URL' | 'REDDIT_AUTH_BASE_URL' | 'REDDIT_UPLOAD_BASE_URL'>,
) {
  return {
    api: env.REDDIT_API_BASE_URL ?? 'https://oauth.reddit.com',
    auth: `${env.REDDIT_AUTH_BASE_URL ?? 'https://www.reddit.com'}/api/v1`,
    upload: env.REDDIT_UPLOAD_BASE_URL,
  };
}
export type RedditHosts = ReturnType<typeof redditHosts>;

/**
 * `<platform>:<app id>:<version> (by /u/<name>)`; general names are throttled hard.
 * @see https://github.com/reddit-archive/reddit/wiki/API (2026-11-21)
 */
export function userAgent(env: Pick<Env, 'REDDIT_USER_AGENT' | 'REDDIT_CLIENT_ID' | 'APP_URL'>): string {
  return env.REDDIT_USER_AGENT ?? `web:${env.REDDIT_CLIENT_ID ?? 'irisync'}:v1 (+${env.APP_URL})`;
}

const failure = z.object({
  json: z
    .object({
      errors: z.array(z.array(z.union([z.string(), z.null()]))).default([]),
      /** Seconds. */
      ratelimit: z.number().optional(),
    })
    .optional(),
  error: z.union([z.string(), z.number()]).optional(),
  error_description: z.string().optional(),
  message: z.string().optional(),
  reason: z.string().optional(),
  explanation: z.string().optional(),
});

const UNITS: Record<string, number> = {
  millisecond: 1,
  second: 1_000,
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
};

/**
 * "… try again in 9 minutes." Reddit leaves out what is over, so one unit more is waited.
 * @returns milliseconds
 */
export function waitOf(sentence: string): number | undefined {
  const [, amount, unit = ''] = /(\d+)\s+(millisecond|second|minute|hour|day)s?\b/i.exec(sentence) ?? [];
  const milliseconds = UNITS[unit.toLowerCase()];
  return amount === undefined || milliseconds === undefined ? undefined : (Number(amount) + 1) * milliseconds;
}

/** Reddit's own word for what is wrong, as it stands inside answers of 200. */
function meaningOf(code: string, sentence: string, seconds: number | undefined): Classification {
  if (code === 'RATELIMIT') {
    const retryAfterMs = seconds === undefined ? waitOf(sentence) : Math.ceil(seconds * 1_000);
    return {
      kind: 'rate_limit',
      scope: 'account',
      retryable: true,
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    };
  }
  if (code === 'USER_REQUIRED') return { kind: 'auth_expired' };
  if (code === 'ALREADY_SUB') return { vendorCode: 'duplicate' };
  return {};
}

export const classifyReddit: Classify = ({ status, headers, body }) => {
  const said = failure.safeParse(body).data;
  if (!said) return {};
  const [code, sentence] = said.json?.errors[0] ?? [];
  if (code) {
    const detail = sentence ?? '';
    return { vendorCode: code, detail, ...meaningOf(code, detail, said.json?.ratelimit) };
  }
  const word = said.reason ?? (said.error === undefined ? undefined : String(said.error));
  const detail = said.explanation ?? said.error_description ?? said.message;
  const facts = { ...(word ? { vendorCode: word } : {}), ...(detail ? { detail } : {}) };
  if (status === 429) {
    const seconds = Number(headers.get('x-ratelimit-reset') ?? Number.NaN);
    return {
      ...facts,
      scope: 'account',
      ...(Number.isFinite(seconds) ? { retryAfterMs: seconds * 1_000 } : {}),
    };
  }
  const scope = /insufficient_scope/.test(headers.get('www-authenticate') ?? '');
  return status === 403 && scope ? { ...facts, vendorCode: 'permission' } : facts;
};

function saysNo(body: unknown): boolean {
  const said = failure.safeParse(body).data;
  return (said?.json?.errors.length ?? 0) > 0 || typeof said?.error === 'string';
}

export function redditHttp(deps: PlatformDependencies): PlatformHttp {
  return new PlatformHttp('reddit', deps, classifyReddit, saysNo);
}

/** @see https://support.reddithelp.com/hc/en-us/articles/16160319875092-Reddit-Data-API-Wiki (2026-11-21) */
export const REDDIT_RATES: readonly RateHeaders[] = [
  {
    name: 'requests_10_minutes',
    scope: 'account',
    limit: 'x-ratelimit-limit',
    remaining: 'x-ratelimit-remaining',
    reset: 'x-ratelimit-reset',
    resetIn: true,
  },
];

/** Calls with a person's token: Reddit's host, our name, plain text in place of HTML entities. */
export class RedditApi {
  readonly http: PlatformHttp;
  readonly hosts: RedditHosts;
  readonly agent: string;

  constructor(deps: PlatformDependencies) {
    this.http = redditHttp(deps);
    this.hosts = redditHosts(deps.env);
    this.agent = userAgent(deps.env);
  }

  /** With a token at hand, never renewed here: what a commit uses. */
  send(
    owner: string,
    token: string,
    { path, ...call }: Omit<PlatformCall, 'url'> & { path: string },
  ): Promise<PlatformAnswer> {
    const url = new URL(path, this.hosts.api);
    url.searchParams.set('raw_json', '1');
    return this.http.call(owner, { ...call, url, token, headers: { 'user-agent': this.agent } });
  }

  call(ctx: ProviderContext, call: Omit<PlatformCall, 'url'> & { path: string }): Promise<PlatformAnswer> {
    return authorized(ctx, (credentials) =>
      this.send(ctx.channel.connectionId, credentials.accessToken, { signal: ctx.signal, ...call }),
    );
  }
}

export const me = z.object({
  id: z.string(),
  name: z.string(),
  icon_img: z.url().nullish(),
  subreddit: z.object({ subscribers: z.number().nullish() }).nullish(),
});

/** A page of posts, comments or communities. */
export function listing<T extends z.ZodType>(data: T) {
  return z.object({
    data: z.object({ children: z.array(z.object({ data })), after: z.string().nullish() }),
  });
}

export const submission = z.object({
  name: z.string(),
  title: z.string(),
  selftext: z.string().default(''),
  subreddit: z.string(),
  url: z.string().nullish(),
  permalink: z.string(),
  is_self: z.boolean().default(false),
  created_utc: z.number(),
  score: z.number().nullish(),
  num_comments: z.number().nullish(),
  num_crossposts: z.number().nullish(),
});
export type Submission = z.infer<typeof submission>;

export const comment = z.object({
  name: z.string(),
  body: z.string(),
  parent_id: z.string(),
  permalink: z.string(),
  created_utc: z.number(),
});

/** What `/api/comment` answers. */
export const commented = z.object({
  json: z.object({ data: z.object({ things: z.array(z.object({ data: comment })) }) }),
});
