import 'server-only';
import { z } from 'zod';
import type { PlatformDependencies } from '@/features/platforms/providers/deps';
import { type Classify, PlatformHttp } from '@/features/platforms/providers/http';
import { type RateHeaders, rateOf } from '@/features/platforms/providers/rate';
import type { RateObservation } from '@/features/platforms/providers/types';

const DEFAULT_SERVICE = 'https://bsky.social';
const DEFAULT_VIDEO_SERVICE = 'https://video.bsky.app';

/** Where an account's calls go: its own server, else the operator's override, else the network's entrance. */
export function blueskyBase(deps: Pick<PlatformDependencies, 'env'>, baseUrl: string | undefined) {
  return baseUrl
    ? { url: baseUrl.replace(/\/+$/, ''), guarded: true }
    : { url: deps.env.BLUESKY_API_BASE_URL ?? DEFAULT_SERVICE, guarded: false };
}

export function blueskyVideoBase(deps: Pick<PlatformDependencies, 'env'>): string {
  return deps.env.BLUESKY_UPLOAD_BASE_URL ?? DEFAULT_VIDEO_SERVICE;
}

const xrpcError = z.object({ error: z.string().optional(), message: z.string().optional() });
/**
 * The names under which a server says that a token, or the account it stands for, is no good. They come with status 400 as often
 * as with 401 or 403.
 */
const BAD_TOKEN = new Set([
  'ExpiredToken',
  'InvalidToken',
  'AuthMissing',
  'AuthenticationRequired',
  'AccountTakedown',
  'AccountDeactivated',
  'AccountNotFound',
]);
/** So the session calls speak of an account that was deleted or taken down, under the name `InvalidRequest`. */
const NO_ACCOUNT = /^Could not find user info for account/;

/** @see https://atproto.com/specs/xrpc#error-responses */
export const classifyBluesky: Classify = ({ status, headers, body }, now) => {
  const said = xrpcError.safeParse(body).data ?? {};
  const facts = {
    ...(said.message ? { detail: said.message } : {}),
    ...(said.error ? { vendorCode: said.error } : {}),
  };
  const refusedAccount = BAD_TOKEN.has(said.error ?? '') || NO_ACCOUNT.test(said.message ?? '');
  if (refusedAccount && status < 500) {
    return { ...facts, kind: 'auth_expired', retryable: false, outcome: 'rejected' };
  }
  if (status === 429) {
    const reset = Number(headers.get('ratelimit-reset'));
    return {
      ...facts,
      scope: 'account',
      ...(reset > 0 ? { retryAfterMs: Math.max(0, reset * 1000 - now.getTime()) } : {}),
    };
  }
  return facts;
};

export function blueskyHttp(deps: PlatformDependencies): PlatformHttp {
  return new PlatformHttp('bluesky', deps, classifyBluesky);
}

/** Expiry of a session token; the server states it only inside the token. Not verified: it only times our renewal. */
export function jwtExpiry(token: string): Date | undefined {
  const payload = token.split('.')[1];
  if (!payload) return undefined;
  try {
    const claims = z
      .object({ exp: z.number() })
      .safeParse(JSON.parse(Buffer.from(payload, 'base64url').toString()));
    return claims.success ? new Date(claims.data.exp * 1000) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

const POINTS: RateHeaders = {
  name: 'points',
  scope: 'account',
  limit: 'ratelimit-limit',
  remaining: 'ratelimit-remaining',
  reset: 'ratelimit-reset',
};
/** By the length of their window in seconds; an hour's and a day's are the account's own. */
const POINT_WINDOWS: Readonly<Record<string, string>> = { 3600: 'points_hour', 86400: 'points_day' };

/**
 * What an account may still write. A server counts several things and tells the one of which least is left: mostly it is the
 * calls of our address (five minutes), which say nothing about the account.
 * @see https://docs.bsky.app/docs/advanced-guides/rate-limits
 */
export function pointsLeft(headers: Headers): RateObservation | undefined {
  const name = POINT_WINDOWS[/;w=(\d+)/.exec(headers.get('ratelimit-policy') ?? '')?.[1] ?? ''];
  return name ? rateOf(headers, [{ ...POINTS, name }]) : undefined;
}
