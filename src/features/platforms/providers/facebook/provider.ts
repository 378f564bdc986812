import 'server-only';
import { z } from 'zod';
import type { Finding } from '@/features/platforms/finding-schema';
import type { PlatformDependencies } from '@/features/platforms/providers/deps';
import { accountOf, FacebookApi, readPage } from '@/features/platforms/providers/facebook/api';
import { findReply, readInbox, sendReply } from '@/features/platforms/providers/facebook/inbox';
import {
  checkVideo,
  findComment,
  findPost,
  publishComment,
  publishPost,
} from '@/features/platforms/providers/facebook/publishing';
import { FacebookUploads, shapeOf } from '@/features/platforms/providers/facebook/uploads';
import { expectShape, isExternal, settled } from '@/features/platforms/providers/http';
import { insight } from '@/features/platforms/providers/meta/insights';
import { NO_METRICS } from '@/features/platforms/providers/metrics';
import type {
  AccountFacts,
  ArtefactValue,
  ChannelFacts,
  CheckResult,
  CommitResult,
  InboxItem,
  InboxReply,
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
import { textWithLink } from '@/features/platforms/rules/counting';
import { facebookRules } from '@/features/platforms/rules/networks/facebook';
import { validateVariant } from '@/features/platforms/rules/validate';
import type { ChannelSettings, LiveLimits, Metrics, Target, Variant } from '@/features/platforms/schema';

const summary = z.object({ summary: z.object({ total_count: z.number().optional() }).optional() });
const engagement = z.object({
  reactions: summary.optional(),
  comments: summary.optional(),
  /** Absent until somebody shares. */
  shares: z.object({ count: z.number() }).optional(),
});
/**
 * `post_impressions` ended in November 2025; these took its place.
 * @see https://developers.facebook.com/docs/graph-api/reference/insights (checked 2026-11-21)
 */
const INSIGHTS = { views: 'post_media_view', reach: 'post_total_media_view_unique', clicks: 'post_clicks' };

/** Pages only: Facebook lets nobody post to personal profiles. @see https://developers.facebook.com/docs/pages-api/posts (checked 2026-11-21) */
export class FacebookProvider implements SocialProvider {
  readonly platform = 'facebook';
  readonly capabilities: PlatformCapabilities = {
    media: ['image', 'gif', 'video'],
    threadPartsMax: 0,
    comment: true,
    edit: true,
    delete: true,
    metrics: ['reach', 'views', 'likes', 'comments', 'shares', 'clicks', 'followers'],
    reconcile: { mode: 'eventual' },
    needsPublicUrl: false,
    inbox: { repeatable: false },
    connect: 'oauth',
  };
  readonly #api: FacebookApi;

  constructor(readonly deps: PlatformDependencies) {
    this.#api = new FacebookApi(deps);
  }

  async fetchAccount(ctx: ProviderContext): Promise<AccountFacts> {
    return accountOf(await readPage(this.#api, ctx), this.deps.clock.now());
  }

  /** The token of a Page reaches that Page alone. */
  async fetchTargets(ctx: ProviderContext): Promise<Target[]> {
    const found = await readPage(this.#api, ctx);
    const avatarUrl = found.picture?.data.url;
    return [{ id: found.id, kind: 'page', name: found.name, ...(avatarUrl ? { avatarUrl } : {}) }];
  }

  async validate(variant: Variant, limits: LiveLimits, settings: ChannelSettings): Promise<Finding[]> {
    return (await validateVariant({ platform: this.platform, variant, limits, settings })).findings;
  }

  /** A reel's id is known before its commit, and its status says whether it was published. */
  reconcileRule(_channel: ChannelFacts, content: Pick<StepContent, 'media' | 'settings'>): ReconcileRule {
    return shapeOf(content) === 'reel' ? { mode: 'exact' } : this.capabilities.reconcile;
  }

  start(ctx: StepContext): Promise<StartResult> {
    return settled(async () => {
      const uploads = await new FacebookUploads(this.#api, ctx).run();
      return { status: 'ready', artefacts: { uploads: uploads as ArtefactValue } };
    });
  }

  check(ctx: StepContext): Promise<CheckResult> {
    const { accepted } = ctx.artefacts;
    if (typeof accepted !== 'string') return this.start(ctx);
    return settled(() => checkVideo(this.#api, ctx, accepted));
  }

  finish(ctx: StepContext): Promise<CommitResult> {
    return settled(() => publishPost(this.#api, ctx));
  }

  comment(ctx: StepContext): Promise<CommitResult> {
    return settled(() => publishComment(this.#api, ctx));
  }

  async reconcile(ctx: ReconcileContext): Promise<ReconcileResult> {
    const result = await settled(() =>
      ctx.step === 'comment' ? findComment(this.#api, ctx) : findPost(this.#api, ctx),
    );
    return result.status === 'failed' ? { status: 'unknown', error: result.error } : result;
  }

  async delete(ctx: ProviderContext, ref: PublishedRef): Promise<void> {
    try {
      await this.#api.authorized(ctx, encodeURIComponent(ref.id), { method: 'DELETE', idempotent: true });
    } catch (error) {
      if (!isExternal(error) || error.vendorCode !== 'not_found') throw error;
    }
  }

  /** Words change; photos, videos and the card of a link stay as they are. @see https://developers.facebook.com/docs/pages-api/posts#update-a-post (checked 2026-11-21) */
  async edit(ctx: ProviderContext, ref: PublishedRef, content: StepContent): Promise<PublishedRef> {
    const text = textWithLink(facebookRules, content);
    await this.#api.authorized(ctx, encodeURIComponent(ref.id), {
      method: 'POST',
      form: ref.extra?.kind === 'video' ? { description: text } : { message: text },
      idempotent: true,
    });
    return ref;
  }

  async metrics(ctx: ProviderContext, ref: PublishedRef): Promise<Metrics> {
    const id = encodeURIComponent(ref.extra?.postId ?? ref.id);
    const answer = await this.#api.authorized(
      ctx,
      `${id}?fields=reactions.summary(true).limit(0),comments.summary(true).limit(0),shares`,
    );
    const seen = expectShape(this.platform, engagement, answer);
    return {
      ...NO_METRICS,
      ...(await this.#insights(ctx, id)),
      likes: seen.reactions?.summary?.total_count ?? null,
      comments: seen.comments?.summary?.total_count ?? null,
      shares: seen.shares?.count ?? 0,
    };
  }

  /** Some posts have no insights, and Meta retires their names now and then: then the counts above stand alone. */
  async #insights(ctx: ProviderContext, id: string): Promise<Partial<Metrics>> {
    try {
      const answer = await this.#api.authorized(
        ctx,
        `${id}/insights?metric=${Object.values(INSIGHTS).join(',')}`,
      );
      const seen = expectShape(this.platform, insight, answer);
      return {
        views: seen.value(INSIGHTS.views),
        reach: seen.value(INSIGHTS.reach),
        clicks: seen.value(INSIGHTS.clicks),
      };
    } catch (error) {
      if (!isExternal(error, 'invalid_request')) throw error;
      return {};
    }
  }

  inbox(ctx: ProviderContext, since: Date): Promise<InboxItem[]> {
    return readInbox(this.#api, ctx, since);
  }

  reply(ctx: ProviderContext, reply: InboxReply): Promise<PublishedRef> {
    return sendReply(this.#api, ctx, reply);
  }

  findReply(ctx: ProviderContext, reply: InboxReply): Promise<PublishedRef | null> {
    return findReply(this.#api, ctx, reply);
  }

  async accountMetrics(ctx: ProviderContext): Promise<Metrics> {
    const { followers_count: followers } = await readPage(this.#api, ctx);
    return { ...NO_METRICS, followers: followers ?? null };
  }
}
