import 'server-only';
import { z } from 'zod';
import type { Finding } from '@/features/platforms/finding-schema';
import { blueskyBase, blueskyHttp, pointsLeft } from '@/features/platforms/providers/bluesky/api';
import { artefactOf, BlueskyPreparation } from '@/features/platforms/providers/bluesky/prepare';
import {
  COLLECTION,
  type Prepared,
  postRecord,
  preparedSchema,
} from '@/features/platforms/providers/bluesky/record';
import type { PlatformDependencies } from '@/features/platforms/providers/deps';
import {
  artefactsGone,
  authorized,
  expectShape,
  isExternal,
  type PlatformHttp,
  settled,
} from '@/features/platforms/providers/http';
import { reachesBack, readPages } from '@/features/platforms/providers/inbox';
import { NO_METRICS } from '@/features/platforms/providers/metrics';
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
import { blueskyRules } from '@/features/platforms/rules/networks/bluesky';
import { validateVariant } from '@/features/platforms/rules/validate';
import type { ChannelSettings, LiveLimits, Metrics, Target, Variant } from '@/features/platforms/schema';

const recordRef = z.object({ uri: z.string().startsWith('at://'), cid: z.string().min(1) });
const profile = z.object({
  did: z.string(),
  handle: z.string(),
  displayName: z.string().optional(),
  avatar: z.url().optional(),
  followersCount: z.number().optional(),
});
const posts = z.object({
  posts: z.array(
    z.object({
      likeCount: z.number().optional(),
      repostCount: z.number().optional(),
      replyCount: z.number().optional(),
      quoteCount: z.number().optional(),
      bookmarkCount: z.number().optional(),
    }),
  ),
});

const strongRefSchema = z.object({ uri: z.string(), cid: z.string() });
/** Likes and follows are among them. */
const INBOX_PAGES_MAX = 10;
/** @see https://docs.bsky.app/docs/api/app-bsky-notification-list-notifications */
const notifications = z.object({
  cursor: z.string().optional(),
  notifications: z.array(
    recordRef.extend({
      author: z.object({
        did: z.string(),
        handle: z.string(),
        displayName: z.string().optional(),
        avatar: z.url().optional(),
      }),
      reason: z.string(),
      record: z.object({
        text: z.string().optional(),
        reply: z.object({ root: strongRefSchema, parent: strongRefSchema }).optional(),
      }),
      indexedAt: z.iso.datetime(),
    }),
  ),
});

const COMMIT_TIMEOUT_MS = 30_000;

/** Posts are records in the account's own repository, under a key of ours. @see https://atproto.com/specs/record-key */
export class BlueskyProvider implements SocialProvider {
  readonly platform = 'bluesky';
  readonly capabilities: PlatformCapabilities = {
    media: ['image', 'video'],
    threadPartsMax: blueskyRules.threadPartsMax,
    comment: true,
    edit: false,
    delete: true,
    metrics: ['likes', 'comments', 'shares', 'saves', 'followers'],
    // The record key is ours: one look says whether the record exists, and a second write under it cannot succeed.
    reconcile: { mode: 'exact' },
    needsPublicUrl: false,
    // The record key is ours: a second write under it cannot succeed, and one look finds the first.
    inbox: { repeatable: true },
    connect: 'app_password',
  };
  readonly #http: PlatformHttp;

  constructor(readonly deps: PlatformDependencies) {
    this.#http = blueskyHttp(deps);
  }

  async fetchAccount(ctx: ProviderContext): Promise<AccountFacts> {
    const found = await this.#profile(ctx);
    return {
      accountId: found.did,
      handle: found.handle,
      displayName: found.displayName?.trim() || found.handle,
      ...(found.avatar ? { avatarUrl: found.avatar } : {}),
      profileUrl: `https://bsky.app/profile/${found.handle}`,
      ...(ctx.channel.baseUrl ? { baseUrl: ctx.channel.baseUrl } : {}),
      limits: { readAt: this.deps.clock.now().toISOString() },
    };
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
      const prepared = preparedOf(ctx);
      const pollAfterMs = await new BlueskyPreparation(this.deps, this.#http, ctx, prepared).run();
      const artefacts = { ...ctx.artefacts, prepared: artefactOf(prepared) };
      return pollAfterMs > 0
        ? { status: 'processing', artefacts, pollAfterMs }
        : { status: 'ready', artefacts };
    });
  }

  check(ctx: StepContext): Promise<CheckResult> {
    return this.start(ctx);
  }

  finish(ctx: StepContext): Promise<CommitResult> {
    return this.#commit(ctx);
  }

  thread(ctx: StepContext): Promise<CommitResult> {
    return this.#commit(ctx);
  }

  comment(ctx: StepContext): Promise<CommitResult> {
    return this.#commit(ctx);
  }

  #commit(ctx: StepContext): Promise<CommitResult> {
    return settled(async () => {
      const prepared = preparedOf(ctx);
      if (ctx.content.media.some((media) => !prepared.blobs[media.sha256]))
        throw artefactsGone(this.platform);
      const record = postRecord(ctx, prepared);
      const { accessToken } = await ctx.credentials();
      const base = blueskyBase(this.deps, ctx.channel.baseUrl);
      const answer = await this.#http.call(ctx.channel.connectionId, {
        method: 'POST',
        url: `${base.url}/xrpc/com.atproto.repo.createRecord`,
        guarded: base.guarded,
        json: { repo: ctx.channel.accountId, collection: COLLECTION, rkey: ctx.material.rkey, record },
        token: accessToken,
        signal: ctx.signal,
        timeoutMs: COMMIT_TIMEOUT_MS,
        deadline: ctx.deadline,
        commit: true,
      });
      const ref = this.#ref(ctx, expectShape(this.platform, recordRef, answer), ctx.material.rkey);
      const rate = pointsLeft(answer.headers);
      return { status: 'published', ref, ...(rate ? { rate } : {}) };
    });
  }

  async reconcile(ctx: ReconcileContext): Promise<ReconcileResult> {
    const base = blueskyBase(this.deps, ctx.channel.baseUrl);
    const url = new URL('/xrpc/com.atproto.repo.getRecord', base.url);
    url.search = new URLSearchParams({
      repo: ctx.channel.accountId,
      collection: COLLECTION,
      rkey: ctx.material.rkey,
    }).toString();
    const result = await settled(async () => {
      try {
        const answer = await authorized(ctx, (credentials) =>
          this.#http.call(ctx.channel.connectionId, {
            url,
            guarded: base.guarded,
            token: credentials.accessToken,
            signal: ctx.signal,
          }),
        );
        return {
          status: 'found' as const,
          ref: this.#ref(ctx, expectShape(this.platform, recordRef, answer), ctx.material.rkey),
        };
      } catch (error) {
        if (isExternal(error) && error.vendorCode === 'RecordNotFound') return { status: 'absent' as const };
        throw error;
      }
    });
    return result.status === 'failed' ? { status: 'unknown', error: result.error } : result;
  }

  /** Deleting a record that is not there succeeds at the server, too. */
  async delete(ctx: ProviderContext, ref: PublishedRef): Promise<void> {
    const base = blueskyBase(this.deps, ctx.channel.baseUrl);
    await authorized(ctx, (credentials) =>
      this.#http.call(ctx.channel.connectionId, {
        method: 'POST',
        url: `${base.url}/xrpc/com.atproto.repo.deleteRecord`,
        guarded: base.guarded,
        json: { repo: ctx.channel.accountId, collection: COLLECTION, rkey: ref.id },
        token: credentials.accessToken,
        signal: ctx.signal,
        idempotent: true,
      }),
    );
  }

  async metrics(ctx: ProviderContext, ref: PublishedRef): Promise<Metrics> {
    const base = blueskyBase(this.deps, ctx.channel.baseUrl);
    const uri = ref.extra?.uri ?? `at://${ctx.channel.accountId}/${COLLECTION}/${ref.id}`;
    const answer = await authorized(ctx, (credentials) =>
      this.#http.call(ctx.channel.connectionId, {
        url: `${base.url}/xrpc/app.bsky.feed.getPosts?uris=${encodeURIComponent(uri)}`,
        guarded: base.guarded,
        token: credentials.accessToken,
        signal: ctx.signal,
      }),
    );
    const post = expectShape(this.platform, posts, answer).posts[0];
    if (!post) return { ...NO_METRICS };
    return {
      ...NO_METRICS,
      likes: post.likeCount ?? null,
      comments: post.replyCount ?? null,
      shares: post.repostCount === undefined ? null : post.repostCount + (post.quoteCount ?? 0),
      saves: post.bookmarkCount ?? null,
    };
  }

  async accountMetrics(ctx: ProviderContext): Promise<Metrics> {
    return { ...NO_METRICS, followers: (await this.#profile(ctx)).followersCount ?? null };
  }

  async inbox(ctx: ProviderContext, since: Date): Promise<InboxItem[]> {
    const base = blueskyBase(this.deps, ctx.channel.baseUrl);
    const read = async (cursor: string | undefined) => {
      const query = new URLSearchParams({ limit: '50', ...(cursor ? { cursor } : {}) });
      const answer = await authorized(ctx, (credentials) =>
        this.#http.call(ctx.channel.connectionId, {
          url: `${base.url}/xrpc/app.bsky.notification.listNotifications?${query}`,
          guarded: base.guarded,
          token: credentials.accessToken,
          signal: ctx.signal,
        }),
      );
      const page = expectShape(this.platform, notifications, answer);
      return { items: page.notifications, next: page.cursor };
    };
    const found = await readPages(read, {
      pagesMax: INBOX_PAGES_MAX,
      enough: (items) => reachesBack(since, items.at(-1)?.indexedAt),
      flood: this.platform,
    });
    return found.flatMap((one) => {
      const { reason, record, author, indexedAt, uri, cid } = one;
      if ((reason !== 'reply' && reason !== 'mention') || new Date(indexedAt) < since) return [];
      const root = record.reply?.root ?? { uri, cid };
      return [
        {
          id: uri,
          kind: reason === 'reply' ? ('comment' as const) : ('mention' as const),
          ...(record.reply ? { postId: record.reply.parent.uri } : {}),
          author: {
            id: author.did,
            handle: author.handle,
            displayName: author.displayName?.trim() || author.handle,
            ...(author.avatar ? { avatarUrl: author.avatar } : {}),
          },
          text: record.text ?? '',
          createdAt: new Date(indexedAt),
          permalink: `https://bsky.app/profile/${author.handle}/post/${uri.split('/').at(-1) ?? ''}`,
          extra: { cid, rootUri: root.uri, rootCid: root.cid },
        },
      ];
    });
  }

  /** An answer is a record under a key of ours; one that is there already is the answer. */
  async reply(ctx: ProviderContext, { item, text, material }: InboxReply): Promise<PublishedRef> {
    const base = blueskyBase(this.deps, ctx.channel.baseUrl);
    const { accessToken } = await ctx.credentials();
    const call = { guarded: base.guarded, token: accessToken, signal: ctx.signal };
    const { cid = '', rootUri = item.id, rootCid = cid } = item.extra ?? {};
    const reply = { root: { uri: rootUri, cid: rootCid }, parent: { uri: item.id, cid } };
    const record = { $type: COLLECTION, text, createdAt: material.createdAt.toISOString(), reply };
    const place = { repo: ctx.channel.accountId, collection: COLLECTION, rkey: material.rkey };
    try {
      const answer = await this.#http.call(ctx.channel.connectionId, {
        ...call,
        method: 'POST',
        url: `${base.url}/xrpc/com.atproto.repo.createRecord`,
        json: { ...place, record },
        timeoutMs: COMMIT_TIMEOUT_MS,
        deadline: ctx.deadline,
        commit: true,
      });
      return this.#ref(ctx, expectShape(this.platform, recordRef, answer), material.rkey);
    } catch (error) {
      // Under a key that is taken the server fails; whatever went wrong, a look says whether the answer stands.
      if (!isExternal(error) || error.outcome === 'not_sent') throw error;
      const url = `${base.url}/xrpc/com.atproto.repo.getRecord?${new URLSearchParams(place)}`;
      const found = await settled(async () =>
        this.#http.call(ctx.channel.connectionId, { ...call, url, accept: [400, 404] }),
      );
      const there = recordRef.safeParse('body' in found ? found.body : undefined);
      if (!there.success) throw error;
      return this.#ref(ctx, there.data, material.rkey);
    }
  }

  async #profile(ctx: ProviderContext): Promise<z.infer<typeof profile>> {
    const base = blueskyBase(this.deps, ctx.channel.baseUrl);
    const answer = await authorized(ctx, (credentials) =>
      this.#http.call(ctx.channel.connectionId, {
        url: `${base.url}/xrpc/app.bsky.actor.getProfile?actor=${encodeURIComponent(ctx.channel.accountId)}`,
        guarded: base.guarded,
        token: credentials.accessToken,
        signal: ctx.signal,
      }),
    );
    return expectShape(this.platform, profile, answer);
  }

  #ref(ctx: ProviderContext, { uri, cid }: { uri: string; cid: string }, ours: string): PublishedRef {
    const rkey = uri.split('/').at(-1) ?? ours;
    return {
      id: rkey,
      permalink: `https://bsky.app/profile/${ctx.channel.handle}/post/${rkey}`,
      extra: { uri, cid },
    };
  }
}

function preparedOf(ctx: StepContext): Prepared {
  return preparedSchema.safeParse(ctx.artefacts.prepared).data ?? preparedSchema.parse({});
}
