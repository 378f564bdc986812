import 'server-only';
import { z } from 'zod';
import type { Finding } from '@/features/platforms/finding-schema';
import type { PlatformDependencies } from '@/features/platforms/providers/deps';
import {
  authorized,
  expectShape,
  type PlatformHttp,
  refused,
  settled,
} from '@/features/platforms/providers/http';
import {
  type InstagramHosts,
  instagramHosts,
  instagramHttp,
  instagramProfile,
  readAccount,
} from '@/features/platforms/providers/instagram/api';
import { findReply, readInbox, sendReply } from '@/features/platforms/providers/instagram/inbox';
import {
  type ContainerNetwork,
  ContainerStart,
  containerCall,
} from '@/features/platforms/providers/meta/containers';
import { insight } from '@/features/platforms/providers/meta/insights';
import {
  type ContainerListing,
  publishContainer,
  reconcileContainer,
} from '@/features/platforms/providers/meta/publishing';
import { NO_METRICS } from '@/features/platforms/providers/metrics';
import { sameText } from '@/features/platforms/providers/same-text';
import type {
  AccountFacts,
  ChannelFacts,
  CheckResult,
  CommitResult,
  InboxItem,
  InboxReply,
  MediaSource,
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
import { instagramRules } from '@/features/platforms/rules/networks/instagram';
import { validateVariant } from '@/features/platforms/rules/validate';
import type { ChannelSettings, LiveLimits, Metrics, Target, Variant } from '@/features/platforms/schema';

const listedMedia = z.object({
  id: z.string(),
  caption: z.string().default(''),
  timestamp: z.string(),
  permalink: z.string().optional(),
});
const created = z.object({ id: z.string().min(1) });
const comments = z.object({
  data: z.array(z.object({ id: z.string(), text: z.string(), timestamp: z.string() })).default([]),
});
const CLOCK_SLACK_MS = 60_000;
const COMMIT_TIMEOUT_MS = 30_000;

/** @see https://developers.facebook.com/docs/instagram-platform/content-publishing/ (checked 2026-11-21) */
export class InstagramProvider implements SocialProvider {
  readonly platform = 'instagram';
  readonly capabilities: PlatformCapabilities = {
    media: ['image', 'video'],
    threadPartsMax: 0,
    comment: true,
    edit: false,
    delete: false,
    metrics: ['reach', 'views', 'likes', 'comments', 'shares', 'saves', 'followers'],
    reconcile: { mode: 'exact' },
    needsPublicUrl: true,
    inbox: { repeatable: false },
    connect: 'oauth',
  };
  readonly #http: PlatformHttp;
  readonly #hosts: InstagramHosts;
  readonly #network: ContainerNetwork;
  readonly #listing: ContainerListing;

  constructor(readonly deps: PlatformDependencies) {
    this.#http = instagramHttp(deps);
    this.#hosts = instagramHosts(deps.env);
    this.#network = {
      http: this.#http,
      api: this.#hosts.api,
      edge: 'media',
      statusField: 'status_code',
      reasonField: 'status',
      fileFields,
      postFields: (ctx) => {
        const caption = textWithLink(instagramRules, ctx.content);
        return { caption: caption.trim() === '' ? undefined : caption };
      },
    };
    this.#listing = {
      publishEdge: 'media_publish',
      listUrl: (ctx) =>
        `${this.#hosts.api}/${ctx.channel.accountId}/media?limit=50&fields=id,caption,timestamp,permalink`,
      read: (item) => {
        const media = listedMedia.parse(item);
        return {
          id: media.id,
          text: media.caption,
          createdAt: new Date(media.timestamp),
          permalink: media.permalink,
        };
      },
      textOf: (ctx) => textWithLink(instagramRules, ctx.content),
    };
  }

  fetchAccount(ctx: ProviderContext): Promise<AccountFacts> {
    return authorized(ctx, (credentials) =>
      readAccount(this.#http, this.#hosts, {
        token: credentials.accessToken,
        owner: ctx.channel.connectionId,
        now: this.deps.clock.now(),
        signal: ctx.signal,
      }),
    );
  }

  async fetchTargets(ctx: ProviderContext): Promise<Target[]> {
    return [{ id: ctx.channel.accountId, kind: 'profile', name: ctx.channel.handle }];
  }

  async validate(variant: Variant, limits: LiveLimits, settings: ChannelSettings): Promise<Finding[]> {
    return (await validateVariant({ platform: this.platform, variant, limits, settings })).findings;
  }

  /** A post always has files and so a container; what has none is a comment, which only the list of comments can tell. */
  reconcileRule(_channel: ChannelFacts, content: Pick<StepContent, 'media' | 'settings'>): ReconcileRule {
    return content.media.length > 0 ? this.capabilities.reconcile : { mode: 'eventual' };
  }

  start(ctx: StepContext): Promise<StartResult> {
    return settled(async () => {
      if (ctx.step === 'comment') return { status: 'ready', artefacts: ctx.artefacts };
      return await new ContainerStart(this.#network, ctx, () => this.deps.clock.now()).run();
    });
  }

  /** Nothing is processed after the commit: what is asked after is always the container. */
  check(ctx: StepContext): Promise<CheckResult> {
    return this.start(ctx);
  }

  finish(ctx: StepContext): Promise<CommitResult> {
    return publishContainer(this.#network, this.#listing, ctx);
  }

  /** @see https://developers.facebook.com/docs/instagram-platform/comment-moderation (checked 2026-11-21) */
  comment(ctx: StepContext): Promise<CommitResult> {
    return settled(async () => {
      if (!ctx.root)
        throw refused(this.platform, 'The post to comment on is not known.', { outcome: 'not_sent' });
      const { accessToken } = await ctx.credentials();
      const answer = await this.#http.call(ctx.channel.connectionId, {
        method: 'POST',
        url: `${this.#hosts.api}/${encodeURIComponent(ctx.root.id)}/comments`,
        form: { message: ctx.content.text },
        token: accessToken,
        signal: ctx.signal,
        timeoutMs: COMMIT_TIMEOUT_MS,
        deadline: ctx.deadline,
        commit: true,
      });
      const { id } = expectShape(this.platform, created, answer);
      return { status: 'published', ref: commentRef(ctx.root, id) };
    });
  }

  async reconcile(ctx: ReconcileContext): Promise<ReconcileResult> {
    if (ctx.step !== 'comment') return await reconcileContainer(this.#network, this.#listing, ctx);
    const { root } = ctx;
    if (!root) return { status: 'unknown' };
    const since = ctx.sentAt.getTime() - CLOCK_SLACK_MS;
    const result = await settled(async (): Promise<ReconcileResult> => {
      const answer = await containerCall(this.#network, ctx, {
        url: `${this.#hosts.api}/${encodeURIComponent(root.id)}/comments?limit=50&fields=id,text,timestamp`,
      });
      const match = expectShape(this.platform, comments, answer).data.find(
        (one) => Date.parse(one.timestamp) >= since && sameText(ctx.content.text, one.text),
      );
      return match ? { status: 'found', ref: commentRef(root, match.id) } : { status: 'absent' };
    });
    return result.status === 'failed' ? { status: 'unknown', error: result.error } : result;
  }

  /** @see https://developers.facebook.com/docs/instagram-platform/insights (checked 2026-11-21) */
  async metrics(ctx: ProviderContext, ref: PublishedRef): Promise<Metrics> {
    const answer = await containerCall(this.#network, ctx, {
      url: `${this.#hosts.api}/${encodeURIComponent(ref.id)}/insights?metric=reach,views,likes,comments,shares,saved`,
    });
    const seen = expectShape(this.platform, insight, answer);
    return {
      ...NO_METRICS,
      reach: seen.value('reach'),
      views: seen.value('views'),
      likes: seen.value('likes'),
      comments: seen.value('comments'),
      shares: seen.value('shares'),
      saves: seen.value('saved'),
    };
  }

  inbox(ctx: ProviderContext, since: Date): Promise<InboxItem[]> {
    return readInbox(this.#network, ctx, since);
  }

  reply(ctx: ProviderContext, reply: InboxReply): Promise<PublishedRef> {
    return sendReply(this.#network, ctx, reply);
  }

  findReply(ctx: ProviderContext, reply: InboxReply): Promise<PublishedRef | null> {
    return findReply(this.#network, ctx, reply);
  }

  async accountMetrics(ctx: ProviderContext): Promise<Metrics> {
    const answer = await containerCall(this.#network, ctx, {
      url: `${this.#hosts.api}/me?fields=user_id,username,followers_count`,
    });
    const { followers_count: followers } = expectShape(this.platform, instagramProfile, answer);
    return { ...NO_METRICS, followers: followers ?? null };
  }
}

/** A comment has no address of its own. */
function commentRef(root: PublishedRef, id: string): PublishedRef {
  return { id, ...(root.permalink ? { permalink: root.permalink } : {}) };
}

/** A single video is a reel; descriptions are taken for pictures only. */
function fileFields(
  media: MediaSource,
  url: string,
  inCarousel: boolean,
): Record<string, string | undefined> {
  const place = inCarousel ? { is_carousel_item: 'true' } : {};
  if (media.kind === 'video') return { ...place, media_type: inCarousel ? 'VIDEO' : 'REELS', video_url: url };
  return { ...place, image_url: url, alt_text: media.altText?.trim() || undefined };
}
