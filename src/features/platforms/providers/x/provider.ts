import 'server-only';
import type { SendTweetV2Params } from 'twitter-api-v2';
import { z } from 'zod';
import type { Finding } from '@/features/platforms/finding-schema';
import type { PlatformDependencies } from '@/features/platforms/providers/deps';
import {
  artefactsGone,
  authorized,
  expectShape,
  type PlatformHttp,
  refused,
  settled,
} from '@/features/platforms/providers/http';
import { NO_METRICS } from '@/features/platforms/providers/metrics';
import { rateOf } from '@/features/platforms/providers/rate';
import { sameText } from '@/features/platforms/providers/same-text';
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
import { readAccount } from '@/features/platforms/providers/x/account';
import {
  USER_FIELDS,
  X_RATES,
  type XHosts,
  xHosts,
  xHttp,
  xUser,
} from '@/features/platforms/providers/x/api';
import { findReply, readInbox, sendReply } from '@/features/platforms/providers/x/inbox';
import { uploadsOf, XMediaUpload } from '@/features/platforms/providers/x/media';
import { postUrl, repliesTo, textOf, timeline } from '@/features/platforms/providers/x/tweets';
import { textWithLink } from '@/features/platforms/rules/counting';
import { xRules } from '@/features/platforms/rules/networks/x';
import { xSettings } from '@/features/platforms/rules/settings';
import { validateVariant } from '@/features/platforms/rules/validate';
import type { ChannelSettings, LiveLimits, Metrics, Target, Variant } from '@/features/platforms/schema';

const created = z.object({ data: z.object({ id: z.string(), text: z.string().optional() }) });
const tweetMetrics = z.object({
  data: z.object({
    public_metrics: z.object({
      retweet_count: z.number(),
      reply_count: z.number(),
      like_count: z.number(),
      quote_count: z.number(),
      bookmark_count: z.number().optional(),
      impression_count: z.number().optional(),
    }),
    non_public_metrics: z.object({ url_link_clicks: z.number().optional() }).optional(),
  }),
});
/** Clocks of two parties differ; a post of ours cannot be older than this before the commit. */
const CLOCK_SLACK_MS = 60_000;
const COMMIT_TIMEOUT_MS = 30_000;

/** @see https://docs.x.com/x-api/posts/create-post */
export class XProvider implements SocialProvider {
  readonly platform = 'x';
  readonly capabilities: PlatformCapabilities = {
    media: ['image', 'gif', 'video'],
    threadPartsMax: xRules.threadPartsMax,
    comment: true,
    edit: false,
    delete: true,
    metrics: ['impressions', 'likes', 'comments', 'shares', 'saves', 'clicks', 'followers'],
    reconcile: { mode: 'eventual' },
    needsPublicUrl: false,
    // Reading is paid for by the post, and the small plans allow few calls.
    inbox: { repeatable: false, pace: { idleMs: 60 * 60_000, watchedMs: 15 * 60_000 } },
    connect: 'oauth',
  };
  readonly #http: PlatformHttp;
  readonly #hosts: XHosts;

  constructor(readonly deps: PlatformDependencies) {
    this.#http = xHttp(deps);
    this.#hosts = xHosts(deps.env);
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
      const uploads = uploadsOf(ctx, this.deps.clock.now());
      const upload = new XMediaUpload(
        this.#http,
        this.#hosts,
        ctx,
        uploads,
        () => this.deps.clock.now(),
        () => this.deps.ids.next('part'),
      );
      const pollAfterMs = await upload.run();
      const artefacts = { ...ctx.artefacts, uploads };
      return pollAfterMs > 0
        ? { status: 'processing', artefacts, pollAfterMs }
        : { status: 'ready', artefacts };
    });
  }

  /** X has no state after the commit: what is checked is always the uploads. */
  check(ctx: StepContext): Promise<CheckResult> {
    return this.start(ctx);
  }

  finish(ctx: StepContext): Promise<CommitResult> {
    return this.#commit(ctx, undefined);
  }

  thread(ctx: StepContext): Promise<CommitResult> {
    return this.#commit(ctx, ctx.parent?.id);
  }

  comment(ctx: StepContext): Promise<CommitResult> {
    return this.#commit(ctx, ctx.root?.id);
  }

  #commit(ctx: StepContext, replyTo: string | undefined): Promise<CommitResult> {
    return settled(async () => {
      if (ctx.step !== 'root' && !replyTo)
        throw refused('x', 'The post to reply to is not known.', { outcome: 'not_sent' });
      const { accessToken } = await ctx.credentials();
      const answer = await this.#http.call(ctx.channel.connectionId, {
        method: 'POST',
        url: `${this.#hosts.api}/2/tweets`,
        json: this.#payload(ctx, replyTo),
        token: accessToken,
        signal: ctx.signal,
        timeoutMs: COMMIT_TIMEOUT_MS,
        deadline: ctx.deadline,
        commit: true,
      });
      const { data } = expectShape('x', created, answer);
      const rate = rateOf(answer.headers, X_RATES);
      return { status: 'published', ref: this.#ref(ctx, data.id), ...(rate ? { rate } : {}) };
    });
  }

  #payload(ctx: StepContext, replyTo: string | undefined): SendTweetV2Params {
    const uploads = uploadsOf(ctx, this.deps.clock.now());
    const ids = ctx.content.media.map((media) => uploads[media.sha256]?.mediaId);
    if (ids.some((id) => id === undefined)) throw artefactsGone('x');
    const settings = xSettings.parse(ctx.step === 'root' ? ctx.content.settings : {});
    const text = textWithLink(xRules, ctx.content);
    return {
      ...(text.trim() === '' ? {} : { text }),
      ...(ids.length > 0 ? { media: { media_ids: ids as [string] } } : {}),
      ...(replyTo ? { reply: { in_reply_to_tweet_id: replyTo } } : {}),
      ...(settings.replySettings === 'everyone'
        ? {}
        : { reply_settings: settings.replySettings as NonNullable<SendTweetV2Params['reply_settings']> }),
    };
  }

  /** Own posts since the commit, compared by text and by what they reply to. `absent` means: not seen yet. */
  async reconcile(ctx: ReconcileContext): Promise<ReconcileResult> {
    const since = new Date(ctx.sentAt.getTime() - CLOCK_SLACK_MS);
    const result = await settled(async () => {
      const url = new URL(`${this.#hosts.api}/2/users/${ctx.channel.accountId}/tweets`);
      url.search = new URLSearchParams({
        max_results: '50',
        start_time: since.toISOString().replace(/\.\d+Z$/, 'Z'),
        'tweet.fields': 'created_at,text,note_tweet,entities,referenced_tweets',
      }).toString();
      const answer = await authorized(ctx, (credentials) =>
        this.#http.call(ctx.channel.connectionId, {
          url,
          token: credentials.accessToken,
          signal: ctx.signal,
        }),
      );
      const replyTo =
        ctx.step === 'root' ? undefined : ctx.step === 'comment' ? ctx.root?.id : ctx.parent?.id;
      const text = textWithLink(xRules, ctx.content);
      const match = expectShape('x', timeline, answer).data.find(
        (tweet) =>
          new Date(tweet.created_at) >= since &&
          repliesTo(tweet) === replyTo &&
          sameText(text, textOf(tweet)),
      );
      return match
        ? { status: 'found' as const, ref: this.#ref(ctx, match.id) }
        : { status: 'absent' as const };
    });
    return result.status === 'failed' ? { status: 'unknown', error: result.error } : result;
  }

  async delete(ctx: ProviderContext, ref: PublishedRef): Promise<void> {
    await authorized(ctx, (credentials) =>
      this.#http.call(ctx.channel.connectionId, {
        method: 'DELETE',
        url: `${this.#hosts.api}/2/tweets/${encodeURIComponent(ref.id)}`,
        token: credentials.accessToken,
        signal: ctx.signal,
        idempotent: true,
        accept: [404],
      }),
    );
  }

  async metrics(ctx: ProviderContext, ref: PublishedRef): Promise<Metrics> {
    const answer = await authorized(ctx, (credentials) =>
      this.#http.call(ctx.channel.connectionId, {
        url: `${this.#hosts.api}/2/tweets/${encodeURIComponent(ref.id)}?tweet.fields=public_metrics,non_public_metrics`,
        token: credentials.accessToken,
        signal: ctx.signal,
      }),
    );
    const { data } = expectShape('x', tweetMetrics, answer);
    const seen = data.public_metrics;
    return {
      ...NO_METRICS,
      impressions: seen.impression_count ?? null,
      likes: seen.like_count,
      comments: seen.reply_count,
      shares: seen.retweet_count + seen.quote_count,
      saves: seen.bookmark_count ?? null,
      clicks: data.non_public_metrics?.url_link_clicks ?? null,
    };
  }

  inbox(ctx: ProviderContext, since: Date): Promise<InboxItem[]> {
    return readInbox(this.#http, this.#hosts, ctx, since);
  }

  reply(ctx: ProviderContext, reply: InboxReply): Promise<PublishedRef> {
    return sendReply(this.#http, this.#hosts, ctx, reply);
  }

  findReply(ctx: ProviderContext, reply: InboxReply): Promise<PublishedRef | null> {
    return findReply(this.#http, this.#hosts, ctx, reply);
  }

  async accountMetrics(ctx: ProviderContext): Promise<Metrics> {
    const answer = await authorized(ctx, (credentials) =>
      this.#http.call(ctx.channel.connectionId, {
        url: `${this.#hosts.api}/2/users/me?user.fields=${USER_FIELDS}`,
        token: credentials.accessToken,
        signal: ctx.signal,
      }),
    );
    return {
      ...NO_METRICS,
      followers: expectShape('x', xUser, answer).data.public_metrics?.followers_count ?? null,
    };
  }

  #ref(ctx: StepContext, id: string): PublishedRef {
    return { id, permalink: postUrl(ctx.channel.handle, id) };
  }
}
