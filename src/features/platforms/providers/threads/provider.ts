import 'server-only';
import { z } from 'zod';
import type { Finding } from '@/features/platforms/finding-schema';
import type { PlatformDependencies } from '@/features/platforms/providers/deps';
import {
  authorized,
  expectShape,
  isExternal,
  type PlatformAnswer,
  type PlatformHttp,
  refused,
  settled,
} from '@/features/platforms/providers/http';
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
import {
  readAccount,
  type ThreadsHosts,
  threadsHosts,
  threadsHttp,
} from '@/features/platforms/providers/threads/api';
import { findReply, readInbox, sendReply } from '@/features/platforms/providers/threads/inbox';
import type {
  AccountFacts,
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
  StepContext,
} from '@/features/platforms/providers/types';
import { textWithLink } from '@/features/platforms/rules/counting';
import { threadsRules } from '@/features/platforms/rules/networks/threads';
import { validateVariant } from '@/features/platforms/rules/validate';
import type { ChannelSettings, LiveLimits, Metrics, Target, Variant } from '@/features/platforms/schema';

const listedPost = z.object({
  id: z.string(),
  text: z.string().default(''),
  timestamp: z.string(),
  permalink: z.string().optional(),
  replied_to: z.object({ id: z.string() }).optional(),
});

/** @see https://developers.facebook.com/docs/threads/posts (checked 2026-11-21) */
export class ThreadsProvider implements SocialProvider {
  readonly platform = 'threads';
  readonly capabilities: PlatformCapabilities = {
    media: ['image', 'video'],
    threadPartsMax: threadsRules.threadPartsMax,
    comment: true,
    edit: false,
    delete: true,
    metrics: ['views', 'likes', 'comments', 'shares', 'followers'],
    reconcile: { mode: 'exact' },
    needsPublicUrl: true,
    // A look asks each answered post by itself.
    inbox: { repeatable: false, pace: { idleMs: 15 * 60_000, watchedMs: 3 * 60_000 } },
    connect: 'oauth',
  };
  readonly #http: PlatformHttp;
  readonly #hosts: ThreadsHosts;
  readonly #network: ContainerNetwork;
  readonly #listing: ContainerListing;

  constructor(readonly deps: PlatformDependencies) {
    this.#http = threadsHttp(deps);
    this.#hosts = threadsHosts(deps.env);
    this.#network = {
      http: this.#http,
      api: this.#hosts.api,
      edge: 'threads',
      statusField: 'status',
      reasonField: 'error_message',
      fileFields: (media, url, inCarousel) => ({
        ...(media.kind === 'video'
          ? { media_type: 'VIDEO', video_url: url }
          : { media_type: 'IMAGE', image_url: url }),
        ...(inCarousel ? { is_carousel_item: 'true' } : {}),
        alt_text: media.altText?.trim() || undefined,
      }),
      postFields,
    };
    this.#listing = {
      publishEdge: 'threads_publish',
      // Replies are kept apart from posts.
      listUrl: (ctx) =>
        `${this.#hosts.api}/${ctx.channel.accountId}/${ctx.step === 'root' ? 'threads' : 'replies'}?limit=50&fields=id,text,timestamp,permalink,replied_to`,
      read: (item) => {
        const post = listedPost.parse(item);
        return {
          id: post.id,
          text: post.text,
          createdAt: new Date(post.timestamp),
          permalink: post.permalink,
          replyTo: post.replied_to?.id,
        };
      },
      textOf: (ctx) => textWithLink(threadsRules, ctx.content),
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

  reconcileRule(): ReconcileRule {
    return this.capabilities.reconcile;
  }

  start(ctx: StepContext): Promise<StartResult> {
    return settled(async () => {
      if (ctx.step !== 'root' && !replyTo(ctx))
        throw refused(this.platform, 'The post to reply to is not known.', { outcome: 'not_sent' });
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

  /** A reply is a container too; which post it answers was fixed when it was made. */
  thread(ctx: StepContext): Promise<CommitResult> {
    return this.finish(ctx);
  }

  comment(ctx: StepContext): Promise<CommitResult> {
    return this.finish(ctx);
  }

  reconcile(ctx: ReconcileContext): Promise<ReconcileResult> {
    return reconcileContainer(this.#network, this.#listing, ctx);
  }

  /** @see https://developers.facebook.com/docs/threads/posts/delete-posts (checked 2026-11-21) */
  async delete(ctx: ProviderContext, ref: PublishedRef): Promise<void> {
    try {
      await containerCall(this.#network, ctx, {
        method: 'DELETE',
        url: `${this.#hosts.api}/${encodeURIComponent(ref.id)}`,
        idempotent: true,
      });
    } catch (error) {
      if (!isExternal(error) || error.vendorCode !== 'not_found') throw error;
    }
  }

  /** @see https://developers.facebook.com/docs/threads/insights (checked 2026-11-21) */
  async metrics(ctx: ProviderContext, ref: PublishedRef): Promise<Metrics> {
    const value = await this.#insights(
      ctx,
      `${encodeURIComponent(ref.id)}/insights?metric=views,likes,replies,reposts,quotes,shares`,
    );
    const passedOn = [value('reposts'), value('quotes'), value('shares')].filter((one) => one !== null);
    return {
      ...NO_METRICS,
      views: value('views'),
      likes: value('likes'),
      comments: value('replies'),
      shares: passedOn.length > 0 ? passedOn.reduce((sum, one) => sum + one, 0) : null,
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
    const value = await this.#insights(
      ctx,
      `${ctx.channel.accountId}/threads_insights?metric=followers_count`,
    );
    return { ...NO_METRICS, followers: value('followers_count') };
  }

  async #insights(ctx: ProviderContext, path: string): Promise<(name: string) => number | null> {
    const answer: PlatformAnswer = await containerCall(this.#network, ctx, {
      url: `${this.#hosts.api}/${path}`,
    });
    const body = expectShape(this.platform, insight, answer);
    return (name) => body.value(name);
  }
}

function replyTo(ctx: StepContext): string | undefined {
  if (ctx.step === 'root') return undefined;
  return ctx.step === 'comment' ? ctx.root?.id : ctx.parent?.id;
}

/** A link has a field of its own for posts without files, where Threads shows it as a card; else it stands in the text. */
function postFields(ctx: StepContext): Record<string, string | undefined> {
  const { link, media } = ctx.content;
  const text = textWithLink(threadsRules, ctx.content);
  return {
    text: text.trim() === '' ? undefined : text,
    reply_to_id: replyTo(ctx),
    link_attachment: media.length === 0 ? link : undefined,
  };
}
