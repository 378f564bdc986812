import 'server-only';
import { z } from 'zod';
import type { PlatformDependencies } from '@/features/platforms/providers/deps';
import { type Classify, expectShape, PlatformHttp } from '@/features/platforms/providers/http';
import type { RateHeaders } from '@/features/platforms/providers/rate';
import type { AccountFacts } from '@/features/platforms/providers/types';
import type { LiveLimits } from '@/features/platforms/schema';

const apiError = z.object({ error: z.string().optional(), error_description: z.string().optional() });

/** `X-RateLimit-Reset` is an ISO instant. @see https://docs.joinmastodon.org/api/rate-limits/ */
export const classifyMastodon: Classify = ({ status, headers, body }, now) => {
  const said = apiError.safeParse(body).data ?? {};
  const detail = said.error_description ?? said.error;
  const facts = {
    ...(detail ? { detail } : {}),
    ...(said.error ? { vendorCode: said.error.slice(0, 80) } : {}),
  };
  if (status === 429) {
    const reset = Date.parse(headers.get('x-ratelimit-reset') ?? '');
    return {
      ...facts,
      scope: 'account',
      vendorCode: 'throttled',
      ...(Number.isFinite(reset) ? { retryAfterMs: Math.max(0, reset - now.getTime()) } : {}),
    };
  }
  if (status === 403) return { ...facts, vendorCode: 'permission' };
  if (status === 422) return { ...facts, vendorCode: 'validation' };
  return facts;
};

export function mastodonHttp(deps: PlatformDependencies): PlatformHttp {
  return new PlatformHttp('mastodon', deps, classifyMastodon);
}

/** The operator's override replaces every server's address (tests, gateways); else the server the person named is called, guarded. */
export function mastodonBase(deps: Pick<PlatformDependencies, 'env'>, baseUrl: string | undefined) {
  const override = deps.env.MASTODON_API_BASE_URL;
  if (override) return { url: override.replace(/\/+$/, ''), guarded: false };
  return { url: baseUrl ?? '', guarded: true };
}

export const accountSchema = z.object({
  id: z.string(),
  username: z.string(),
  acct: z.string(),
  display_name: z.string(),
  avatar: z.url().optional(),
  url: z.url().optional(),
  followers_count: z.number().optional(),
});

const instanceSchema = z.object({
  version: z.string().default(''),
  configuration: z.object({
    statuses: z
      .object({
        max_characters: z.number().int().positive().optional(),
        max_media_attachments: z.number().int().nonnegative().optional(),
        characters_reserved_per_url: z.number().int().positive().optional(),
      })
      .default({}),
    media_attachments: z
      .object({
        supported_mime_types: z.array(z.string()).optional(),
        description_limit: z.number().int().positive().optional(),
        image_size_limit: z.number().int().positive().optional(),
        image_matrix_limit: z.number().int().positive().optional(),
        video_size_limit: z.number().int().positive().optional(),
      })
      .default({}),
  }),
});

function defined<T extends object>(facts: T): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: NonNullable<T[K]>;
  };
}

/**
 * Mastodon and its forks say their version bare. Whatever else speaks this API says in brackets what it is, or has a version of its
 * own, and is not known to keep `Idempotency-Key`: several makes ignore it.
 */
export function keepsIdempotencyKeys(version: string): boolean {
  return /^[1-9]\d*\.\d+\.\d+[^\s()]*$/.test(version);
}

/** What this server allows. @see https://docs.joinmastodon.org/entities/Instance/ */
export async function readLimits(
  http: PlatformHttp,
  call: { base: { url: string; guarded: boolean }; owner: string; now: Date; signal: AbortSignal },
): Promise<LiveLimits> {
  const ask = (version: 'v1' | 'v2', accept: readonly number[] = []) =>
    http.call(call.owner, {
      url: `${call.base.url}/api/${version}/instance`,
      guarded: call.base.guarded,
      signal: call.signal,
      accept,
    });
  const newer = await ask('v2', [404]);
  // Some makes have only the older page; it names the same limits.
  const answer = newer.status === 404 ? await ask('v1') : newer;
  const { version, configuration } = expectShape('mastodon', instanceSchema, answer);
  const { statuses, media_attachments: media } = configuration;
  return defined({
    idempotencyKeys: keepsIdempotencyKeys(version),
    textMax: statuses.max_characters,
    urlLength: statuses.characters_reserved_per_url,
    mediaMax: statuses.max_media_attachments,
    mimeTypes: media.supported_mime_types,
    altTextMax: media.description_limit,
    imageBytesMax: media.image_size_limit,
    imagePixelsMax: media.image_matrix_limit,
    videoBytesMax: media.video_size_limit,
    readAt: call.now.toISOString(),
  });
}

export async function readAccount(
  http: PlatformHttp,
  call: {
    base: { url: string; guarded: boolean };
    server: string;
    token: string;
    owner: string;
    now: Date;
    signal: AbortSignal;
  },
): Promise<AccountFacts> {
  const answer = await http.call(call.owner, {
    url: `${call.base.url}/api/v1/accounts/verify_credentials`,
    guarded: call.base.guarded,
    token: call.token,
    signal: call.signal,
  });
  const account = expectShape('mastodon', accountSchema, answer);
  return {
    accountId: account.id,
    handle: `${account.username}@${new URL(call.server).host}`,
    displayName: account.display_name.trim() || account.username,
    ...(account.avatar ? { avatarUrl: account.avatar } : {}),
    ...(account.url ? { profileUrl: account.url } : {}),
    baseUrl: call.server,
    limits: await readLimits(http, call),
  };
}

/** @see https://docs.joinmastodon.org/api/rate-limits/ */
export const MASTODON_RATES: readonly RateHeaders[] = [
  {
    name: 'requests_5_minutes',
    scope: 'account',
    limit: 'x-ratelimit-limit',
    remaining: 'x-ratelimit-remaining',
    reset: 'x-ratelimit-reset',
  },
];
