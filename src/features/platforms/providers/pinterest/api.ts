import 'server-only';
import { z } from 'zod';
import type { Env } from '@/core/config/env';
import type { PlatformDependencies } from '@/features/platforms/providers/deps';
import { type Classify, expectShape, PlatformHttp } from '@/features/platforms/providers/http';
import type { RateHeaders } from '@/features/platforms/providers/rate';
import type { AccountFacts } from '@/features/platforms/providers/types';
import type { LiveLimits } from '@/features/platforms/schema';

/** Hosts of Pinterest, each with its override. Videos go to an address that Pinterest names; its host is replaced where one is set. */
export function pinterestHosts(
  env: Pick<Env, 'PINTEREST_API_BASE_URL' | 'PINTEREST_AUTH_BASE_URL' | 'PINTEREST_UPLOAD_BASE_URL'>,
) {
  return {
    api: `${env.PINTEREST_API_BASE_URL ?? 'https://api.pinterest.com'}/v5`,
    consent: `${env.PINTEREST_AUTH_BASE_URL ?? 'https://www.pinterest.com'}/oauth/`,
    upload: env.PINTEREST_UPLOAD_BASE_URL,
  };
}
export type PinterestHosts = ReturnType<typeof pinterestHosts>;

const failure = z.object({
  code: z.union([z.number(), z.string()]).optional(),
  message: z.string().optional(),
  error: z.string().optional(),
});

/** "Your application does not have access": also what an app with trial access gets for real pins. */
const NO_ACCESS = '29';

/** Seconds until the window that is used up starts again (IETF draft headers). */
function untilReset(headers: Headers): number | undefined {
  const seconds = Number(headers.get('x-ratelimit-reset') ?? Number.NaN);
  return Number.isFinite(seconds) ? seconds * 1000 : undefined;
}

/** @see https://developers.pinterest.com/docs/reference/error-codes/ (2026-11-21) */
export const classifyPinterest: Classify = ({ status, headers, body }) => {
  const said = failure.safeParse(body).data ?? {};
  const code = said.error ?? (said.code === undefined ? undefined : String(said.code));
  const facts = {
    ...(code ? { vendorCode: code } : {}),
    ...(said.message ? { detail: said.message } : {}),
  };
  if (status === 429) {
    const retryAfterMs = untilReset(headers);
    return { ...facts, scope: 'account', ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
  }
  if (status !== 403) return facts;
  const trial = /trial/i.test(said.message ?? '');
  return {
    ...facts,
    vendorCode: trial ? 'trial_access' : code === NO_ACCESS ? 'permission' : (code ?? 'forbidden'),
  };
};

export function pinterestHttp(deps: PlatformDependencies): PlatformHttp {
  return new PlatformHttp('pinterest', deps, classifyPinterest);
}

/** @see https://developers.pinterest.com/docs/reference/rate-limits/ (2026-11-21) */
export const PINTEREST_RATES: readonly RateHeaders[] = [
  {
    name: 'requests',
    scope: 'account',
    limit: 'x-ratelimit-limit',
    remaining: 'x-ratelimit-remaining',
    reset: 'x-ratelimit-reset',
    resetIn: true,
  },
];

/** `1000, 1000;w=86400`: a window of a day is what apps with trial access have; others count by the second or minute. */
function trialLimits(headers: Headers, now: Date): Pick<LiveLimits, 'caps' | 'visibilities'> {
  const daily = /(?:^|[\s,])(\d+);w=86400\b/.exec(headers.get('x-ratelimit-limit') ?? '')?.[1];
  const remaining = Number(headers.get('x-ratelimit-remaining'));
  const reset = untilReset(headers);
  if (!daily) return {};
  const resetsAt = new Date(now.getTime() + (reset ?? 86_400_000)).toISOString();
  const cap = {
    name: 'trial_requests_day',
    scope: 'app' as const,
    limit: Number(daily),
    remaining,
    resetsAt,
  };
  return { visibilities: ['self'], caps: [cap] };
}

export const userAccount = z.object({
  id: z.string().optional(),
  username: z.string(),
  business_name: z.string().nullish(),
  profile_image: z.url().nullish(),
  follower_count: z.number().nullish(),
});

export async function readAccount(
  http: PlatformHttp,
  hosts: PinterestHosts,
  call: { token: string; owner: string; now: Date; signal: AbortSignal },
): Promise<AccountFacts> {
  const answer = await http.call(call.owner, {
    url: `${hosts.api}/user_account`,
    token: call.token,
    signal: call.signal,
  });
  const user = expectShape('pinterest', userAccount, answer);
  return {
    accountId: user.id ?? user.username,
    handle: user.username,
    displayName: user.business_name || user.username,
    ...(user.profile_image ? { avatarUrl: user.profile_image } : {}),
    profileUrl: `https://www.pinterest.com/${user.username}/`,
    limits: { ...trialLimits(answer.headers, call.now), readAt: call.now.toISOString() },
  };
}
