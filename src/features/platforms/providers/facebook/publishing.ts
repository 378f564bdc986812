import 'server-only';
import { z } from 'zod';
import type { FacebookApi } from '@/features/platforms/providers/facebook/api';
import {
  type FacebookUpload,
  finishedUploads,
  shapeOf,
} from '@/features/platforms/providers/facebook/uploads';
import {
  artefactsGone,
  expectShape,
  isExternal,
  type PlatformAnswer,
  type PlatformError,
  refused,
} from '@/features/platforms/providers/http';
import { usageOf } from '@/features/platforms/providers/meta/graph';
import { sameText } from '@/features/platforms/providers/same-text';
import type {
  CheckResult,
  CommitResult,
  ProviderContext,
  PublishedRef,
  RateObservation,
  ReconcileContext,
  ReconcileResult,
  StepContext,
} from '@/features/platforms/providers/types';
import { textWithLink } from '@/features/platforms/rules/counting';
import { facebookRules } from '@/features/platforms/rules/networks/facebook';

/** Clocks of two parties differ; a post of ours cannot be older than this before the commit. */
const CLOCK_SLACK_MS = 60_000;
const COMMIT_TIMEOUT_MS = 60_000;
const POLL_MS = 10_000;

const created = z.object({ id: z.string().min(1) });
const finished = z.object({ success: z.boolean() });
const phase = z.object({ status: z.string().optional() });
const videoStatus = z.object({
  id: z.string(),
  status: z
    .object({
      video_status: z.string().optional(),
      processing_phase: phase
        .extend({ errors: z.array(z.object({ message: z.string().optional() })).optional() })
        .optional(),
      publishing_phase: phase.extend({ publish_status: z.string().optional() }).optional(),
    })
    .default({}),
  permalink_url: z.string().optional(),
  post_id: z.string().optional(),
});
type VideoStatus = z.infer<typeof videoStatus>;
const target = z.object({ target: z.object({ id: z.string().optional() }).optional() });
const feed = z.object({
  data: z
    .array(
      z.object({
        id: z.string(),
        message: z.string().default(''),
        created_time: z.string(),
        permalink_url: z.string().optional(),
        attachments: z
          .object({
            data: z.array(target.extend({ subattachments: z.object({ data: z.array(target) }).optional() })),
          })
          .optional(),
      }),
    )
    .default([]),
});
type FeedPost = z.infer<typeof feed>['data'][number];
const commentList = z.object({
  data: z
    .array(z.object({ id: z.string(), message: z.string().default(''), created_time: z.string() }))
    .default([]),
});

/** The commit of the root: a post of text and photos, or the end of a video's upload session. */
export async function publishPost(api: FacebookApi, ctx: StepContext): Promise<CommitResult> {
  const uploads = finishedUploads(ctx, api.deps.clock.now());
  if (!uploads) throw artefactsGone('facebook');
  const [first] = uploads;
  if (first?.kind === 'video' || first?.kind === 'reel') return await finishVideo(api, ctx, first);
  const { link, media } = ctx.content;
  const message = textWithLink(facebookRules, ctx.content);
  const answer = await commit(api, ctx, `${api.hosts.api}/${ctx.channel.accountId}/feed`, {
    message: message.trim() === '' ? undefined : message,
    // A post shows either photos or the card of a link.
    link: media.length === 0 ? link : undefined,
    ...Object.fromEntries(
      uploads.map(({ id }, index) => [`attached_media[${index}]`, JSON.stringify({ media_fbid: id })]),
    ),
  });
  const { id } = expectShape('facebook', created, answer);
  const rate = usageOf(answer.headers);
  return {
    status: 'published',
    ref: { id, permalink: `https://www.facebook.com/${id}` },
    ...(rate ? { rate } : {}),
  };
}

/** Facebook takes the video and makes the post once it is processed. */
async function finishVideo(
  api: FacebookApi,
  ctx: StepContext,
  upload: Extract<FacebookUpload, { kind: 'video' | 'reel' }>,
): Promise<CommitResult> {
  const text = textWithLink(facebookRules, ctx.content);
  const description = text.trim() === '' ? undefined : text;
  const accepted = (rate?: RateObservation): CommitResult => ({
    status: 'accepted',
    artefacts: { ...ctx.artefacts, accepted: upload.id },
    pollAfterMs: POLL_MS,
    ...(rate ? { rate } : {}),
  });
  try {
    const answer = await sendFinish(api, ctx, upload, description);
    if (expectShape('facebook', finished, answer).success) return accepted(usageOf(answer.headers));
  } catch (error) {
    // A session ends once: an earlier request that came late may have ended it, and then the video is on its way.
    if (!isExternal(error, 'invalid_request') || error.outcome !== 'rejected') throw error;
    if (isUntouched(await readVideo(api, ctx, upload.id))) throw error;
    return accepted();
  }
  throw refused('facebook', 'Facebook did not take this video.', { vendorCode: 'video_refused' });
}

function sendFinish(
  api: FacebookApi,
  ctx: StepContext,
  upload: Extract<FacebookUpload, { kind: 'video' | 'reel' }>,
  description: string | undefined,
): Promise<PlatformAnswer> {
  const { accountId } = ctx.channel;
  if (upload.kind === 'reel') {
    return commit(api, ctx, `${api.hosts.api}/${accountId}/video_reels`, {
      upload_phase: 'finish',
      video_id: upload.id,
      video_state: 'PUBLISHED',
      description,
    });
  }
  return commit(api, ctx, `${api.hosts.videos}/${accountId}/videos`, {
    upload_phase: 'finish',
    upload_session_id: upload.session,
    description,
  });
}

/** The commit of the first comment. @see https://developers.facebook.com/docs/graph-api/reference/object/comments/ (checked 2026-11-21) */
export async function publishComment(api: FacebookApi, ctx: StepContext): Promise<CommitResult> {
  const { root } = ctx;
  if (!root) throw refused('facebook', 'The post to comment on is not known.', { outcome: 'not_sent' });
  const url = `${api.hosts.api}/${encodeURIComponent(root.id)}/comments`;
  const answer = await commit(api, ctx, url, { message: ctx.content.text });
  const { id } = expectShape('facebook', created, answer);
  return { status: 'published', ref: { id, permalink: `https://www.facebook.com/${id}` } };
}

async function commit(
  api: FacebookApi,
  ctx: StepContext,
  url: string,
  form: Record<string, string | undefined>,
): Promise<PlatformAnswer> {
  const { accessToken } = await ctx.credentials();
  return await api.call(ctx.channel.connectionId, {
    method: 'POST',
    url,
    form,
    token: accessToken,
    signal: ctx.signal,
    timeoutMs: COMMIT_TIMEOUT_MS,
    deadline: ctx.deadline,
    commit: true,
  });
}

/** Whether an accepted video is out by now. */
export async function checkVideo(api: FacebookApi, ctx: StepContext, id: string): Promise<CheckResult> {
  const seen = await readVideo(api, ctx, id);
  const error = processingError(seen);
  if (error) return { status: 'failed', error, discardArtefacts: true };
  if (isOut(seen)) return { status: 'published', ref: videoRef(ctx, seen) };
  return { status: 'processing', artefacts: ctx.artefacts, pollAfterMs: POLL_MS };
}

async function readVideo(api: FacebookApi, ctx: ProviderContext, id: string): Promise<VideoStatus> {
  const answer = await api.authorized(
    ctx,
    `${encodeURIComponent(id)}?fields=id,status,permalink_url,post_id`,
  );
  return expectShape('facebook', videoStatus, answer);
}

function isOut({ status }: VideoStatus): boolean {
  return status.publishing_phase?.status === 'complete' && status.publishing_phase.publish_status !== 'draft';
}

function processingError({ status }: VideoStatus): PlatformError | undefined {
  const failed =
    status.video_status === 'error' ||
    status.processing_phase?.status === 'error' ||
    status.publishing_phase?.status === 'error';
  if (!failed) return undefined;
  const reason = status.processing_phase?.errors?.[0]?.message ?? 'no reason given';
  return refused('facebook', `Facebook could not process this video: ${reason}.`, {
    vendorCode: 'media_failed',
  });
}

function videoRef(ctx: ProviderContext, seen: VideoStatus): PublishedRef {
  const path = seen.permalink_url ?? `/${seen.id}`;
  const post = seen.post_id ?? seen.id;
  return {
    id: seen.id,
    permalink: new URL(path, 'https://www.facebook.com').href,
    extra: {
      kind: 'video',
      postId: post.includes('_') ? post : `${ctx.channel.accountId}_${post}`,
    },
  };
}

/** A video tells by itself; a post is searched among the Page's own. */
export async function findPost(api: FacebookApi, ctx: ReconcileContext): Promise<ReconcileResult> {
  const uploads = finishedUploads(ctx, new Date(0)) ?? [];
  if (shapeOf(ctx.content) !== 'feed') {
    const [video] = uploads;
    return video ? await findVideo(api, ctx, video.id) : { status: 'unknown' };
  }
  const since = ctx.sentAt.getTime() - CLOCK_SLACK_MS;
  const fields = 'id,message,created_time,permalink_url,attachments{target{id},subattachments{target{id}}}';
  const answer = await api.authorized(
    ctx,
    `${ctx.channel.accountId}/published_posts?${new URLSearchParams({
      fields,
      limit: '50',
      since: String(Math.floor(since / 1000)),
    })}`,
  );
  const text = textWithLink(facebookRules, ctx.content);
  const photos = new Set(uploads.map(({ id }) => id));
  const match = expectShape('facebook', feed, answer).data.find(
    (post) =>
      Date.parse(post.created_time) >= since &&
      (photos.size > 0 ? attachedTo(post).some((id) => photos.has(id)) : sameText(text, post.message)),
  );
  if (!match) return { status: 'absent' };
  return {
    status: 'found',
    ref: { id: match.id, permalink: match.permalink_url ?? `https://www.facebook.com/${match.id}` },
  };
}

function attachedTo({ attachments }: FeedPost): string[] {
  return (attachments?.data ?? [])
    .flatMap((one) => [one, ...(one.subattachments?.data ?? [])])
    .flatMap((one) => one.target?.id ?? []);
}

async function findVideo(api: FacebookApi, ctx: ReconcileContext, id: string): Promise<ReconcileResult> {
  const seen = await readVideo(api, ctx, id);
  if (isOut(seen)) return { status: 'found', ref: videoRef(ctx, seen) };
  // Facebook is at work on it: it may come out yet.
  return isUntouched(seen) ? { status: 'absent' } : { status: 'unknown' };
}

function isUntouched({ status }: VideoStatus): boolean {
  return [status.processing_phase, status.publishing_phase].every(
    (one) => one?.status === undefined || one.status === 'not_started',
  );
}

export async function findComment(api: FacebookApi, ctx: ReconcileContext): Promise<ReconcileResult> {
  if (!ctx.root) return { status: 'unknown' };
  const since = ctx.sentAt.getTime() - CLOCK_SLACK_MS;
  const answer = await api.authorized(
    ctx,
    `${encodeURIComponent(ctx.root.id)}/comments?${new URLSearchParams({
      fields: 'id,message,created_time',
      filter: 'stream',
      order: 'reverse_chronological',
      limit: '50',
    })}`,
  );
  const match = expectShape('facebook', commentList, answer).data.find(
    (one) => Date.parse(one.created_time) >= since && sameText(ctx.content.text, one.message),
  );
  if (!match) return { status: 'absent' };
  return { status: 'found', ref: { id: match.id, permalink: `https://www.facebook.com/${match.id}` } };
}
