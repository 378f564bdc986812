import 'server-only';
import { z } from 'zod';
import type { Finding } from '@/features/platforms/finding-schema';
import type { PlatformDependencies } from '@/features/platforms/providers/deps';
import {
  artefactsGone,
  authorized,
  expectShape,
  isExternal,
  type PlatformAnswer,
  type PlatformHttp,
  refused,
  settled,
} from '@/features/platforms/providers/http';
import { NO_METRICS } from '@/features/platforms/providers/metrics';
import { readAccount, readCreator, readUser } from '@/features/platforms/providers/tiktok/account';
import {
  type PublishStatus,
  publishStatus,
  type TikTokHosts,
  tiktokHosts,
  tiktokHttp,
  videoQuery,
} from '@/features/platforms/providers/tiktok/api';
import { postInfo } from '@/features/platforms/providers/tiktok/post-info';
import {
  pieceCount,
  piecesIn,
  type TikTokUpload,
  TikTokVideoUpload,
  uploadOf,
  withUpload,
} from '@/features/platforms/providers/tiktok/upload';
import type {
  AccountFacts,
  Artefacts,
  CheckResult,
  CommitResult,
  PlatformCapabilities,
  ProviderContext,
  PublishedRef,
  ReconcileContext,
  ReconcileResult,
  ReconcileRule,
  SocialProvider,
  StartResult,
  StepContent,
  StepContext,
} from '@/features/platforms/providers/types';
import { validateVariant } from '@/features/platforms/rules/validate';
import type { ChannelSettings, LiveLimits, Metrics, Target, Variant } from '@/features/platforms/schema';

const COMMIT_TIMEOUT_MS = 30_000;
const POLL_MS = 5_000;
const photosTaken = z.object({ data: z.object({ publish_id: z.string() }) });

/** @see https://developers.tiktok.com/doc/content-posting-api-reference-direct-post (2026-11-21) */
export class TikTokProvider implements SocialProvider {
  readonly platform = 'tiktok';
  readonly capabilities: PlatformCapabilities = {
    media: ['image', 'video'],
    threadPartsMax: 0,
    comment: false,
    edit: false,
    delete: false,
    metrics: ['views', 'likes', 'comments', 'shares', 'followers'],
    reconcile: { mode: 'exact' },
    needsPublicUrl: true,
    connect: 'oauth',
  };
  readonly #http: PlatformHttp;
  readonly #hosts: TikTokHosts;

  constructor(readonly deps: PlatformDependencies) {
    this.#http = tiktokHttp(deps);
    this.#hosts = tiktokHosts(deps.env);
  }

  fetchAccount(ctx: ProviderContext): Promise<AccountFacts> {
    return authorized(ctx, ({ accessToken }) =>
      readAccount(this.#http, this.#hosts, {
        ...this.#as(ctx, accessToken),
        now: this.deps.clock.now(),
        audited: this.deps.env.TIKTOK_APP_AUDITED,
      }),
    );
  }

  async fetchTargets(ctx: ProviderContext): Promise<Target[]> {
    return [{ id: ctx.channel.accountId, kind: 'profile', name: ctx.channel.handle }];
  }

  async validate(variant: Variant, limits: LiveLimits, settings: ChannelSettings): Promise<Finding[]> {
    return (await validateVariant({ platform: this.platform, variant, limits, settings })).findings;
  }

  /** A video has its id before the commit; pictures get theirs with the answer, so a lost one cannot be asked about. */
  reconcileRule(_channel: unknown, content: Pick<StepContent, 'media'>): ReconcileRule {
    return content.media[0]?.kind === 'video' ? this.capabilities.reconcile : { mode: 'none' };
  }

  start(ctx: StepContext): Promise<StartResult> {
    return settled(async (): Promise<StartResult> => {
      const [media] = ctx.content.media;
      if (!media) throw refused(this.platform, 'TikTok needs a video or pictures.', { outcome: 'not_sent' });
      if (media.kind !== 'video') {
        return { status: 'ready', artefacts: { ...ctx.artefacts, info: await this.#postInfo(ctx) } };
      }
      const transfer = new TikTokVideoUpload(this.#http, this.#hosts, ctx, media);
      const known = await this.#resumable(ctx);
      const upload = known ?? (await transfer.open(await this.#postInfo(ctx), this.deps.clock.now()));
      return { status: 'ready', artefacts: withUpload(ctx.artefacts, await transfer.fill(upload)) };
    });
  }

  /** An earlier start that TikTok still waits for (or has finished), brought to where TikTok says it is. */
  async #resumable(ctx: StepContext): Promise<TikTokUpload | undefined> {
    const upload = uploadOf(ctx);
    if (!upload) return undefined;
    const state = await this.#status(ctx, upload.publishId);
    if (!state || state.status === 'FAILED') return undefined;
    if (isWhole(state, ctx)) return { ...upload, sent: pieceCount(upload.bytes) };
    if (upload.expiresAt <= this.deps.clock.now().getTime()) return undefined;
    return { ...upload, sent: piecesIn(state.uploaded_bytes) ?? upload.sent };
  }

  async #postInfo(ctx: StepContext) {
    const creator = await authorized(ctx, ({ accessToken }) =>
      readCreator(this.#http, this.#hosts, this.#as(ctx, accessToken)),
    );
    return postInfo(ctx.content, creator, this.deps.env.TIKTOK_APP_AUDITED);
  }

  /** Before the commit: the upload. After it: what TikTok made of it. */
  async check(ctx: StepContext): Promise<CheckResult> {
    const publishId = acceptedOf(ctx.artefacts);
    if (!publishId) return await this.start(ctx);
    return await settled(async (): Promise<CheckResult> => {
      const state = await this.#status(ctx, publishId);
      if (!state) throw refused(this.platform, 'TikTok no longer knows this post.');
      if (state.status === 'PUBLISH_COMPLETE')
        return { status: 'published', ref: refOf(ctx, publishId, state) };
      if (state.status !== 'FAILED')
        return { status: 'processing', artefacts: ctx.artefacts, pollAfterMs: POLL_MS };
      const why = state.fail_reason ?? 'no reason given';
      throw refused(this.platform, `TikTok did not publish this post: ${why}.`, {
        kind: why.startsWith('spam_risk') ? 'content_policy' : 'invalid_request',
        vendorCode: why,
      });
    });
  }

  finish(ctx: StepContext): Promise<CommitResult> {
    return settled(async (): Promise<CommitResult> => {
      const [media] = ctx.content.media;
      const publishId = media?.kind === 'video' ? await this.#postVideo(ctx) : await this.#postPhotos(ctx);
      const artefacts = { ...ctx.artefacts, accepted: publishId };
      return { status: 'accepted', artefacts, pollAfterMs: POLL_MS };
    });
  }

  /** The last piece of the file. */
  async #postVideo(ctx: StepContext): Promise<string> {
    const [media] = ctx.content.media;
    const upload = uploadOf(ctx);
    if (!media || !upload) throw artefactsGone(this.platform);
    try {
      await new TikTokVideoUpload(this.#http, this.#hosts, ctx, media).commit(upload);
    } catch (error) {
      if (!isExternal(error, 'invalid_request') && !isExternal(error, 'auth_expired')) throw error;
      if (error.outcome !== 'rejected') throw error;
      // Refused because the whole file is there already (an earlier answer was lost), or because the address has ended.
      const state = await this.#status(ctx, upload.publishId);
      if (!state || state.status === 'FAILED' || !isWhole(state, ctx)) throw artefactsGone(this.platform);
    }
    return upload.publishId;
  }

  /** TikTok fetches the pictures itself. @see https://developers.tiktok.com/doc/content-posting-api-reference-photo-post (2026-11-21) */
  async #postPhotos(ctx: StepContext): Promise<string> {
    const { info } = ctx.artefacts;
    if (!info) throw artefactsGone(this.platform);
    const images = await Promise.all(ctx.content.media.map((media) => media.publicUrl()));
    const { accessToken } = await ctx.credentials();
    const answer = await this.#http.call(ctx.channel.connectionId, {
      method: 'POST',
      url: `${this.#hosts.api}/post/publish/content/init/`,
      json: {
        media_type: 'PHOTO',
        post_mode: 'DIRECT_POST',
        post_info: info,
        source_info: { source: 'PULL_FROM_URL', photo_images: images, photo_cover_index: 0 },
      },
      token: accessToken,
      signal: ctx.signal,
      timeoutMs: COMMIT_TIMEOUT_MS,
      deadline: ctx.deadline,
      commit: true,
    });
    return expectShape(this.platform, photosTaken, answer).data.publish_id;
  }

  async reconcile(ctx: ReconcileContext): Promise<ReconcileResult> {
    const publishId = acceptedOf(ctx.artefacts) ?? uploadOf(ctx)?.publishId;
    if (!publishId) return { status: 'unknown' };
    const result = await settled(async (): Promise<ReconcileResult> => {
      const state = await this.#status(ctx, publishId);
      if (!state || state.status === 'FAILED') return { status: 'absent' };
      if (state.status === 'PUBLISH_COMPLETE') return { status: 'found', ref: refOf(ctx, publishId, state) };
      // While the last piece is missing nothing can be out; once it is there, TikTok decides.
      const missing = state.status === 'PROCESSING_UPLOAD' && state.uploaded_bytes !== undefined;
      return missing && !isWhole(state, ctx) ? { status: 'absent' } : { status: 'unknown' };
    });
    return result.status === 'failed' ? { status: 'unknown', error: result.error } : result;
  }

  async metrics(ctx: ProviderContext, ref: PublishedRef): Promise<Metrics> {
    const id = await this.#publicId(ctx, ref);
    if (!id) return { ...NO_METRICS };
    const answer = await this.#post(
      ctx,
      '/video/query/?fields=id,view_count,like_count,comment_count,share_count',
      { filters: { video_ids: [id] } },
    );
    const seen = expectShape(this.platform, videoQuery, answer).data.videos[0];
    return {
      ...NO_METRICS,
      views: seen?.view_count ?? null,
      likes: seen?.like_count ?? null,
      comments: seen?.comment_count ?? null,
      shares: seen?.share_count ?? null,
    };
  }

  async accountMetrics(ctx: ProviderContext): Promise<Metrics> {
    const user = await authorized(ctx, ({ accessToken }) =>
      readUser(this.#http, this.#hosts, this.#as(ctx, accessToken)),
    );
    return { ...NO_METRICS, followers: user.follower_count ?? null };
  }

  /** A post gets its public id only once TikTok has moderated it; until then we know it by the id of its upload. */
  async #publicId(ctx: ProviderContext, ref: PublishedRef): Promise<string | undefined> {
    if (ref.extra?.publishId !== ref.id) return ref.id;
    return (await this.#status(ctx, ref.id))?.publicaly_available_post_id?.[0];
  }

  /** Undefined when TikTok knows no such start. */
  async #status(ctx: ProviderContext, publishId: string): Promise<PublishStatus | undefined> {
    try {
      const answer = await this.#post(ctx, '/post/publish/status/fetch/', { publish_id: publishId });
      return expectShape(this.platform, publishStatus, answer).data;
    } catch (error) {
      if (isExternal(error) && error.vendorCode === 'invalid_publish_id') return undefined;
      throw error;
    }
  }

  #post(ctx: ProviderContext, path: string, json: unknown): Promise<PlatformAnswer> {
    return authorized(ctx, (credentials) =>
      this.#http.call(ctx.channel.connectionId, {
        method: 'POST',
        url: `${this.#hosts.api}${path}`,
        json,
        token: credentials.accessToken,
        signal: ctx.signal,
        idempotent: true,
      }),
    );
  }

  #as(ctx: ProviderContext, token: string) {
    return { token, owner: ctx.channel.connectionId, signal: ctx.signal };
  }
}

function acceptedOf(artefacts: Artefacts): string | undefined {
  return typeof artefacts.accepted === 'string' ? artefacts.accepted : undefined;
}

/** Every byte is there, so TikTok is at work or done. */
function isWhole(state: PublishStatus, ctx: StepContext): boolean {
  if (state.status !== 'PROCESSING_UPLOAD') return true;
  return (state.uploaded_bytes ?? 0) >= (ctx.content.media[0]?.bytes ?? Infinity);
}

function refOf(ctx: ProviderContext, publishId: string, state: PublishStatus): PublishedRef {
  const id = state.publicaly_available_post_id?.[0];
  return {
    id: id ?? publishId,
    ...(id ? { permalink: `https://www.tiktok.com/@${ctx.channel.handle}/video/${id}` } : {}),
    extra: { publishId },
  };
}
