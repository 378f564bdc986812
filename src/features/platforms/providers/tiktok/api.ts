import 'server-only';
import { z } from 'zod';
import type { Env } from '@/core/config/env';
import type { PlatformDependencies } from '@/features/platforms/providers/deps';
import { type Classification, type Classify, PlatformHttp } from '@/features/platforms/providers/http';

/** Hosts of TikTok, each with its override. Files go to an address that TikTok names; its host is replaced where one is set. */
export function tiktokHosts(
  env: Pick<Env, 'TIKTOK_API_BASE_URL' | 'TIKTOK_AUTH_BASE_URL' | 'TIKTOK_UPLOAD_BASE_URL'>,
) {
  return {
    api: `${env.TIKTOK_API_BASE_URL ?? 'https://open.tiktokapis.com'}/v2`,
    consent: `${env.TIKTOK_AUTH_BASE_URL ?? 'https://www.tiktok.com'}/v2/auth/authorize/`,
    upload: env.TIKTOK_UPLOAD_BASE_URL,
  };
}
export type TikTokHosts = ReturnType<typeof tiktokHosts>;

/** Every answer carries an error object, also the good ones. @see https://developers.tiktok.com/doc/tiktok-api-v2-error-handling (2026-11-21) */
const failure = z.object({
  error: z.union([
    /** Of the token endpoint. */
    z.string(),
    z.object({ code: z.string(), message: z.string().optional() }),
  ]),
  error_description: z.string().optional(),
});

/** How soon to ask again after a daily cap that rolls on; TikTok does not say when it ends. */
const CAP_RETRY_MS = 3_600_000;

function meaningOf(code: string): Classification {
  switch (code) {
    case 'access_token_invalid':
      return { kind: 'auth_expired' };
    // Sent with 401, yet no new token helps.
    case 'scope_not_authorized':
    case 'scope_permission_missed':
      return { kind: 'invalid_request', retryable: false, vendorCode: 'permission' };
    case 'rate_limit_exceeded':
      return { kind: 'rate_limit', scope: 'account' };
    case 'spam_risk_too_many_posts':
    case 'spam_risk_too_many_pending_share':
      return { kind: 'quota', scope: 'account', retryable: true, retryAfterMs: CAP_RETRY_MS };
    case 'reached_active_user_cap':
      return { kind: 'quota', scope: 'app', retryable: true, retryAfterMs: CAP_RETRY_MS };
    case 'internal_error':
      return { kind: 'unavailable', retryable: true, outcome: 'unknown' };
    default:
      return code.startsWith('spam_risk') ? { kind: 'quota', scope: 'account', retryable: false } : {};
  }
}

export const classifyTikTok: Classify = ({ body }) => {
  const said = failure.safeParse(body).data;
  if (!said) return {};
  const code = typeof said.error === 'string' ? said.error : said.error.code;
  const detail = typeof said.error === 'string' ? said.error_description : said.error.message;
  return { vendorCode: code, ...(detail ? { detail } : {}), ...meaningOf(code) };
};

function saysNo(body: unknown): boolean {
  const said = failure.safeParse(body).data;
  if (!said) return false;
  return typeof said.error === 'string' ? said.error !== '' : said.error.code !== 'ok';
}

export function tiktokHttp(deps: PlatformDependencies): PlatformHttp {
  return new PlatformHttp('tiktok', deps, classifyTikTok, saysNo);
}

/** What this creator may do right now. @see https://developers.tiktok.com/doc/content-posting-api-reference-query-creator-info (2026-11-21) */
export const creatorInfo = z.object({
  data: z.object({
    creator_avatar_url: z.url().optional(),
    creator_username: z.string(),
    creator_nickname: z.string(),
    privacy_level_options: z.array(z.string()),
    comment_disabled: z.boolean().default(false),
    duet_disabled: z.boolean().default(false),
    stitch_disabled: z.boolean().default(false),
    max_video_post_duration_sec: z.number().positive().optional(),
  }),
});
export type CreatorInfo = z.infer<typeof creatorInfo>['data'];

export const userInfo = z.object({
  data: z.object({ user: z.object({ open_id: z.string(), follower_count: z.number().optional() }) }),
});

/** 64-bit ids; the caller's JSON reader hands large ones over as text. */
const id = z.union([z.string(), z.number()]).transform(String);

/** @see https://developers.tiktok.com/doc/content-posting-api-reference-get-video-status (2026-11-21) */
export const publishStatus = z.object({
  data: z.object({
    status: z.string(),
    fail_reason: z.string().optional(),
    /** The vendor's own spelling. Empty for posts that not everybody can see, and until a public one was moderated. */
    publicaly_available_post_id: z.array(id).optional(),
    uploaded_bytes: z.number().optional(),
  }),
});
export type PublishStatus = z.infer<typeof publishStatus>['data'];

export const videoQuery = z.object({
  data: z.object({
    videos: z
      .array(
        z.object({
          id,
          view_count: z.number().optional(),
          like_count: z.number().optional(),
          comment_count: z.number().optional(),
          share_count: z.number().optional(),
        }),
      )
      .default([]),
  }),
});
