import 'server-only';
import { z } from 'zod';
import type { Env } from '@/core/config/env';
import type { PlatformDependencies } from '@/features/platforms/providers/deps';
import { type Classify, PlatformHttp } from '@/features/platforms/providers/http';
import type { RateHeaders } from '@/features/platforms/providers/rate';

/** Hosts of X, each with its override. */
export function xHosts(env: Pick<Env, 'X_API_BASE_URL' | 'X_AUTH_BASE_URL' | 'X_UPLOAD_BASE_URL'>) {
  const api = env.X_API_BASE_URL ?? 'https://api.x.com';
  return { api, auth: env.X_AUTH_BASE_URL ?? 'https://x.com', upload: env.X_UPLOAD_BASE_URL ?? api };
}
export type XHosts = ReturnType<typeof xHosts>;

const problem = z.object({
  title: z.string().optional(),
  detail: z.string().optional(),
  type: z.string().optional(),
  reason: z.string().optional(),
  /** Of the token endpoint. */
  error: z.string().optional(),
  error_description: z.string().optional(),
  errors: z.array(z.object({ message: z.string().optional(), code: z.number().optional() })).optional(),
});

/** `x-rate-limit-reset` is in epoch seconds. @see https://docs.x.com/x-api/fundamentals/rate-limits */
function untilReset(headers: Headers, name: string, now: Date): number | undefined {
  const reset = Number(headers.get(name));
  return Number.isFinite(reset) && reset > 0 ? Math.max(0, reset * 1000 - now.getTime()) : undefined;
}

/** @see https://docs.x.com/x-api/fundamentals/response-codes-and-errors */
export const classifyX: Classify = ({ status, headers, body }, now) => {
  const said = problem.safeParse(body).data ?? {};
  const detail =
    said.detail ?? said.errors?.[0]?.message ?? said.error_description ?? said.title ?? said.error;
  const facts = { ...(detail ? { detail } : {}), ...(said.error ? { vendorCode: said.error } : {}) };
  if (status === 429) return { ...facts, ...limitOf(headers, said.type, said.title, now) };
  if (status === 403) {
    if (/duplicate content/i.test(detail ?? '')) return { ...facts, vendorCode: 'duplicate' };
    const permission = /not permitted|not authori[sz]ed|scope|oauth2.*permissions/i.test(detail ?? '');
    return { ...facts, vendorCode: permission ? 'permission' : (said.reason ?? said.error ?? 'forbidden') };
  }
  return facts;
};

function limitOf(headers: Headers, type = '', title = '', now: Date) {
  if (/usage-capped/.test(type) || /usagecap/i.test(title)) {
    return { kind: 'quota', scope: 'app', vendorCode: 'usage_capped', retryable: false } as const;
  }
  for (const [scope, prefix] of [
    ['app', 'x-app-limit-24hour'],
    ['account', 'x-user-limit-24hour'],
  ] as const) {
    if (headers.get(`${prefix}-remaining`) === '0') {
      const retryAfterMs = untilReset(headers, `${prefix}-reset`, now);
      return { scope, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
    }
  }
  const retryAfterMs = untilReset(headers, 'x-rate-limit-reset', now);
  return { scope: 'account', ...(retryAfterMs === undefined ? {} : { retryAfterMs }) } as const;
}

export function xHttp(deps: PlatformDependencies): PlatformHttp {
  return new PlatformHttp('x', deps, classifyX);
}

export const xUser = z.object({
  data: z.object({
    id: z.string(),
    username: z.string(),
    name: z.string(),
    profile_image_url: z.url().optional(),
    subscription_type: z.string().optional(),
    public_metrics: z.object({ followers_count: z.number() }).optional(),
  }),
});

export const USER_FIELDS = 'id,name,username,profile_image_url,public_metrics,subscription_type';

/** @see https://docs.x.com/x-api/fundamentals/rate-limits */
export const X_RATES: readonly RateHeaders[] = [
  {
    name: 'posts_15_minutes',
    scope: 'account',
    limit: 'x-rate-limit-limit',
    remaining: 'x-rate-limit-remaining',
    reset: 'x-rate-limit-reset',
  },
  {
    name: 'posts_day',
    scope: 'account',
    limit: 'x-user-limit-24hour-limit',
    remaining: 'x-user-limit-24hour-remaining',
    reset: 'x-user-limit-24hour-reset',
  },
  {
    name: 'posts_day_app',
    scope: 'app',
    limit: 'x-app-limit-24hour-limit',
    remaining: 'x-app-limit-24hour-remaining',
    reset: 'x-app-limit-24hour-reset',
  },
];
