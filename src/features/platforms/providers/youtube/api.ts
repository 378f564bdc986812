import 'server-only';
import { TZDate } from '@date-fns/tz';
import { z } from 'zod';
import type { Env } from '@/core/config/env';
import type { PlatformDependencies } from '@/features/platforms/providers/deps';
import { type Classification, type Classify, PlatformHttp } from '@/features/platforms/providers/http';

type YouTubeEnv = Pick<
  Env,
  'YOUTUBE_API_BASE_URL' | 'YOUTUBE_AUTH_BASE_URL' | 'YOUTUBE_UPLOAD_BASE_URL' | 'YOUTUBE_ANALYTICS_BASE_URL'
>;

/** Hosts of Google, each with its override; one override serves consent page and token endpoint. */
export function youtubeHosts(env: YouTubeEnv) {
  const api = env.YOUTUBE_API_BASE_URL ?? 'https://www.googleapis.com';
  return {
    api: `${api}/youtube/v3`,
    upload: `${env.YOUTUBE_UPLOAD_BASE_URL ?? api}/upload/youtube/v3/videos`,
    analytics: `${env.YOUTUBE_ANALYTICS_BASE_URL ?? env.YOUTUBE_API_BASE_URL ?? 'https://youtubeanalytics.googleapis.com'}/v2/reports`,
    consent: `${env.YOUTUBE_AUTH_BASE_URL ?? 'https://accounts.google.com'}/o/oauth2/v2/auth`,
    token: env.YOUTUBE_AUTH_BASE_URL ?? 'https://oauth2.googleapis.com',
  };
}
export type YouTubeHosts = ReturnType<typeof youtubeHosts>;

const failure = z.object({
  error: z.union([
    /** Of the token endpoint. */
    z.string(),
    z.object({
      message: z.string().optional(),
      errors: z.array(z.object({ reason: z.string().optional() })).optional(),
    }),
  ]),
  error_description: z.string().optional(),
});

/** Quotas of a project start afresh at midnight Pacific time. @see https://developers.google.com/youtube/v3/getting-started#quota (2026-11-21) */
export function untilPacificMidnight(now: Date): number {
  const here = new TZDate(now, 'America/Los_Angeles');
  const next = new TZDate(
    here.getFullYear(),
    here.getMonth(),
    here.getDate() + 1,
    0,
    0,
    0,
    'America/Los_Angeles',
  );
  return next.getTime() - now.getTime();
}

/** Reasons that say more than their status. @see https://developers.google.com/youtube/v3/docs/errors (2026-11-21) */
function meaningOf(reason: string | undefined, now: Date): Classification {
  switch (reason) {
    case 'quotaExceeded':
    case 'dailyLimitExceeded':
      return { kind: 'quota', scope: 'app', retryable: true, retryAfterMs: untilPacificMidnight(now) };
    case 'uploadLimitExceeded':
      // The channel's own limit; YouTube does not say when it ends.
      return { kind: 'quota', scope: 'account', retryable: false };
    case 'rateLimitExceeded':
    case 'userRateLimitExceeded':
      return { kind: 'rate_limit', scope: 'account' };
    case 'insufficientPermissions':
    case 'insufficientScopes':
    case 'forbidden':
      return { kind: 'invalid_request', vendorCode: 'permission' };
    // Sent with 401, yet no new token helps: the account has no channel.
    case 'youtubeSignupRequired':
      return { kind: 'invalid_request', retryable: false };
    default:
      return {};
  }
}

export const classifyYouTube: Classify = ({ body }, now) => {
  const said = failure.safeParse(body).data;
  if (!said) return {};
  if (typeof said.error === 'string') {
    return {
      vendorCode: said.error,
      ...(said.error_description ? { detail: said.error_description } : {}),
    };
  }
  const reason = said.error.errors?.[0]?.reason;
  return {
    ...(reason ? { vendorCode: reason } : {}),
    ...(said.error.message ? { detail: said.error.message } : {}),
    ...meaningOf(reason, now),
  };
};

export function youtubeHttp(deps: PlatformDependencies): PlatformHttp {
  return new PlatformHttp('youtube', deps, classifyYouTube);
}

/** Counts come as text. */
const count = z.string().regex(/^\d+$/).transform(Number);

export const channelList = z.object({
  items: z
    .array(
      z.object({
        id: z.string(),
        snippet: z
          .object({
            title: z.string(),
            customUrl: z.string().optional(),
            thumbnails: z.object({ default: z.object({ url: z.url() }).optional() }).optional(),
          })
          .optional(),
        status: z.object({ longUploadsStatus: z.string().optional() }).optional(),
        statistics: z
          .object({ subscriberCount: count.optional(), hiddenSubscriberCount: z.boolean().optional() })
          .optional(),
      }),
    )
    .default([]),
});

export const video = z.object({
  id: z.string(),
  snippet: z
    .object({
      title: z.string(),
      description: z.string().default(''),
      channelId: z.string().optional(),
      publishedAt: z.string().optional(),
      tags: z.array(z.string()).optional(),
      categoryId: z.string().optional(),
      defaultLanguage: z.string().optional(),
    })
    .optional(),
  status: z
    .object({
      uploadStatus: z.string().optional(),
      privacyStatus: z.string().optional(),
      failureReason: z.string().optional(),
      rejectionReason: z.string().optional(),
    })
    .optional(),
  processingDetails: z
    .object({
      processingStatus: z.string().optional(),
      processingProgress: z.object({ timeLeftMs: count.optional() }).optional(),
    })
    .optional(),
  statistics: z
    .object({ viewCount: count.optional(), likeCount: count.optional(), commentCount: count.optional() })
    .optional(),
});
export type Video = z.infer<typeof video>;
export const videoList = z.object({ items: z.array(video).default([]) });

export const comment = z.object({
  id: z.string(),
  snippet: z.object({
    textOriginal: z.string().optional(),
    textDisplay: z.string().optional(),
    publishedAt: z.string().optional(),
    authorChannelId: z.object({ value: z.string() }).optional(),
    /** A handle with its `@`, for people who have one. */
    authorDisplayName: z.string().optional(),
    authorProfileImageUrl: z.url().optional(),
  }),
});
export type Comment = z.infer<typeof comment>;

export const commentThread = z.object({
  id: z.string(),
  snippet: z.object({
    /** Absent for what is said about the channel itself. */
    videoId: z.string().optional(),
    topLevelComment: comment,
  }),
  /** Some of the answers, not always all. */
  replies: z.object({ comments: z.array(comment).default([]) }).optional(),
});
