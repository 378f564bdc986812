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
  type PlatformCall,
  type PlatformHttp,
  refused,
  settled,
} from '@/features/platforms/providers/http';
import { reachesBack, readPages } from '@/features/platforms/providers/inbox';
import {
  accountSchema,
  MASTODON_RATES,
  mastodonBase,
  mastodonHttp,
  readAccount,
} from '@/features/platforms/providers/mastodon/api';
import { prepareMedia, uploadsOf } from '@/features/platforms/providers/mastodon/media';
import {
  comparable,
  refOf,
  repliesTo,
  statusBody,
  statusSchema,
} from '@/features/platforms/providers/mastodon/status';
import { NO_METRICS } from '@/features/platforms/providers/metrics';
import { rateOf } from '@/features/platforms/providers/rate';
import { plainText, sameText } from '@/features/platforms/providers/same-text';
import {
  type AccountFacts,
  type CheckResult,
  type CommitResult,
  type InboxItem,
  type InboxReply,
  type PlatformCapabilities,
  type ProviderContext,
  type PublishedRef,
  type RateObservation,
  type ReconcileContext,
  type ReconcileResult,
  type ReconcileRule,
  reconcileModeAt,
  type SocialProvider,
  type StartResult,
  type StepContent,
  type StepContext,
} from '@/features/platforms/providers/types';
import { textWithLink } from '@/features/platforms/rules/counting';
import { mastodonRules } from '@/features/platforms/rules/networks/mastodon';
import { validateVariant } from '@/features/platforms/rules/validate';
import type { ChannelSettings, LiveLimits, Metrics, Target, Variant } from '@/features/platforms/schema';

/** @see https://docs.joinmastodon.org/entities/Notification/ */
const notifications = z.array(
  z.object({
    id: z.string(),
    type: z.string(),
    created_at: z.iso.datetime(),
    account: z.object({
      id: z.string(),
      acct: z.string(),
      display_name: z.string(),
      avatar: z.url().nullable().optional(),
    }),
    status: statusSchema
      .extend({
        in_reply_to_account_id: z.string().nullable().optional(),
        visibility: z.string().optional(),
      })
      .nullable()
      .optional(),
  }),
);

/** Servers of other makes ignore the key: sending again there would post again. */
const KEYLESS: ReconcileRule = { mode: 'eventual' };
/** Mastodon keeps an idempotency key for an hour; ten minutes are left for clocks and queues. */
const KEY_TRUSTED_MS = 50 * 60_000;
const INBOX_PER_CALL = 40;
const INBOX_PAGES_MAX = 10;
const CLOCK_SLACK_MS = 60_000;
const COMMIT_TIMEOUT_MS = 30_000;

/** @see https://docs.joinmastodon.org/methods/statuses/#create */
export class MastodonProvider implements SocialProvider {
  readonly platform = 'mastodon';
  readonly capabilities: PlatformCapabilities = {
    media: ['image', 'gif', 'video'],
    threadPartsMax: mastodonRules.threadPartsMax,
    comment: true,
    edit: true,
    delete: true,
    metrics: ['likes', 'comments', 'shares', 'followers'],
    reconcile: { mode: 'exact', exactForMs: KEY_TRUSTED_MS, thereafter: 'eventual' },
    needsPublicUrl: false,
    // By its key where the server keeps keys, else by a look before sending; a lost answer is asked for again at once.
    inbox: { repeatable: true },
    connect: 'oauth_with_server',
  };
  readonly #http: PlatformHttp;

  constructor(readonly deps: PlatformDependencies) {
    this.#http = mastodonHttp(deps);
  }

  fetchAccount(ctx: ProviderContext): Promise<AccountFacts> {
    return authorized(ctx, (credentials) =>
      readAccount(this.#http, {
        base: mastodonBase(this.deps, ctx.channel.baseUrl),
        server: ctx.channel.baseUrl ?? '',
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

  reconcileRule(_channel: unknown, _content: unknown, limits: LiveLimits): ReconcileRule {
    return limits.idempotencyKeys ? this.capabilities.reconcile : KEYLESS;
  }

  start(ctx: StepContext): Promise<StartResult> {
    return settled(async () => {
      const uploads = uploadsOf(ctx);
      const base = mastodonBase(this.deps, ctx.channel.baseUrl);
      const pollAfterMs = await prepareMedia(this.#http, base, ctx, uploads, () =>
        this.deps.ids.next('part'),
      );
      const artefacts = { ...ctx.artefacts, uploads };
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
    return settled(async () => ({ status: 'published', ...(await this.#post(ctx)) }));
  }

  async #post(ctx: StepContext): Promise<{ ref: PublishedRef; rate?: RateObservation }> {
    const uploads = uploadsOf(ctx);
    const ids = ctx.content.media.map((media) => uploads[media.sha256]?.id);
    if (ids.some((id) => id === undefined)) throw artefactsGone(this.platform);
    const replyTo = repliesTo(ctx);
    if (ctx.step !== 'root' && !replyTo) {
      throw refused(this.platform, 'The post to reply to is not known.', { outcome: 'not_sent' });
    }
    const base = mastodonBase(this.deps, ctx.channel.baseUrl);
    const { accessToken } = await ctx.credentials();
    const answer = await this.#http.call(ctx.channel.connectionId, {
      method: 'POST',
      url: `${base.url}/api/v1/statuses`,
      guarded: base.guarded,
      headers: { 'idempotency-key': ctx.material.idempotencyKey },
      json: { ...statusBody(ctx), media_ids: ids, ...(replyTo ? { in_reply_to_id: replyTo } : {}) },
      token: accessToken,
      signal: ctx.signal,
      timeoutMs: COMMIT_TIMEOUT_MS,
      deadline: ctx.deadline,
      commit: true,
    });
    const rate = rateOf(answer.headers, MASTODON_RATES);
    return { ref: refOf(expectShape(this.platform, statusSchema, answer)), ...(rate ? { rate } : {}) };
  }

  /**
   * While the server still holds the key, sending the very same request again gives the first answer, or makes the post that
   * never arrived: either way it is out once. Later, and on servers without keys, own statuses are searched.
   */
  async reconcile(ctx: ReconcileContext): Promise<ReconcileResult> {
    const mode = reconcileModeAt(
      this.reconcileRule(ctx.channel, ctx.content, ctx.limits),
      ctx.sentAt,
      this.deps.clock.now(),
    );
    const result = await settled(async () =>
      mode === 'exact' ? await this.#replay(ctx) : await this.#search(ctx),
    );
    return result.status === 'failed' ? { status: 'unknown', error: result.error } : result;
  }

  async #replay(ctx: ReconcileContext): Promise<ReconcileResult> {
    try {
      return { status: 'found', ref: (await this.#post(ctx)).ref };
    } catch (error) {
      // Had the first request arrived, its answer would have come back; this one was refused on its own merits.
      const refusedForGood = isExternal(error, 'invalid_request') && error.outcome === 'rejected';
      if (refusedForGood && error.vendorCode === 'validation') return { status: 'absent' };
      throw error;
    }
  }

  async #search(ctx: ReconcileContext): Promise<ReconcileResult> {
    const text = textWithLink(mastodonRules, ctx.content);
    const ref = await this.#own(ctx, { text, since: ctx.sentAt, replyTo: repliesTo(ctx) });
    return ref ? { status: 'found', ref } : { status: 'absent' };
  }

  /** The account's own status of that text in that place, where there is one. */
  async #own(
    ctx: ProviderContext,
    { text, since, replyTo }: { text: string; since: Date; replyTo: string | undefined },
  ): Promise<PublishedRef | undefined> {
    const answer = await this.#authorizedCall(ctx, {
      path: `/api/v1/accounts/${encodeURIComponent(ctx.channel.accountId)}/statuses?limit=40&exclude_reblogs=true`,
    });
    const match = expectShape(this.platform, z.array(statusSchema), answer).find(
      (item) =>
        Date.parse(item.created_at) >= since.getTime() - CLOCK_SLACK_MS &&
        (item.in_reply_to_id ?? undefined) === replyTo &&
        sameText(comparable(text), comparable(plainText(item.content))),
    );
    return match && refOf(match);
  }

  async delete(ctx: ProviderContext, ref: PublishedRef): Promise<void> {
    const path = `/api/v1/statuses/${encodeURIComponent(ref.id)}`;
    const gone = { idempotent: true, accept: [404], anyBody: true };
    const { status } = await this.#authorizedCall(ctx, { method: 'DELETE', path, ...gone });
    if (status !== 404) return;
    // Not found is what a server says, too, that cannot delete this way.
    const left = await this.#authorizedCall(ctx, { path, ...gone });
    if (left.status !== 404) {
      throw refused(this.platform, 'This server does not let other programs delete. Delete the post there.', {
        vendorCode: 'not_supported',
      });
    }
  }

  /** Text and warning change; files stay as they are. @see https://docs.joinmastodon.org/methods/statuses/#edit */
  async edit(ctx: ProviderContext, ref: PublishedRef, content: StepContent): Promise<PublishedRef> {
    const { visibility: _fixed, ...changed } = statusBody({ content, step: 'root', channel: ctx.channel });
    const current = await this.#authorizedCall(ctx, {
      path: `/api/v1/statuses/${encodeURIComponent(ref.id)}`,
    });
    const attached = expectShape(
      this.platform,
      z.object({ media_attachments: z.array(z.object({ id: z.string() })).default([]) }),
      current,
    );
    const answer = await this.#authorizedCall(ctx, {
      method: 'PUT',
      path: `/api/v1/statuses/${encodeURIComponent(ref.id)}`,
      json: { ...changed, media_ids: attached.media_attachments.map((item) => item.id) },
      idempotent: true,
    });
    return refOf(expectShape(this.platform, statusSchema, answer));
  }

  async metrics(ctx: ProviderContext, ref: PublishedRef): Promise<Metrics> {
    const answer = await this.#authorizedCall(ctx, {
      path: `/api/v1/statuses/${encodeURIComponent(ref.id)}`,
    });
    const seen = expectShape(this.platform, statusSchema, answer);
    return {
      ...NO_METRICS,
      likes: seen.favourites_count ?? null,
      comments: seen.replies_count ?? null,
      shares: seen.reblogs_count ?? null,
    };
  }

  async accountMetrics(ctx: ProviderContext): Promise<Metrics> {
    const answer = await this.#authorizedCall(ctx, { path: '/api/v1/accounts/verify_credentials' });
    return {
      ...NO_METRICS,
      followers: expectShape(this.platform, accountSchema, answer).followers_count ?? null,
    };
  }

  /** Mentions; a comment under a post of ours is one that answers us. @see https://docs.joinmastodon.org/methods/notifications/#get */
  async inbox(ctx: ProviderContext, since: Date): Promise<InboxItem[]> {
    const read = async (maxId: string | undefined) => {
      const older = maxId ? `&max_id=${encodeURIComponent(maxId)}` : '';
      const answer = await this.#authorizedCall(ctx, {
        path: `/api/v1/notifications?types[]=mention&limit=${INBOX_PER_CALL}${older}`,
      });
      const items = expectShape(this.platform, notifications, answer);
      // The list is at its end when nothing is left of it.
      return { items, next: items.at(-1)?.id };
    };
    const found = await readPages(read, {
      pagesMax: INBOX_PAGES_MAX,
      enough: (items) => reachesBack(since, items.at(-1)?.created_at),
      flood: this.platform,
    });
    return found.flatMap(({ type, account, status: said, created_at }) => {
      // Some servers give every kind, whatever they are asked for: who likes a post did not write it.
      if (type !== 'mention' || !said || new Date(created_at) < since) return [];
      const ours = said.in_reply_to_account_id === ctx.channel.accountId;
      return [
        {
          id: said.id,
          kind: ours ? ('comment' as const) : ('mention' as const),
          ...(said.in_reply_to_id ? { postId: said.in_reply_to_id } : {}),
          author: {
            id: account.id,
            handle: account.acct,
            displayName: account.display_name || account.acct,
            ...(account.avatar ? { avatarUrl: account.avatar } : {}),
          },
          text: plainText(said.content),
          createdAt: new Date(said.created_at),
          ...(said.url ? { permalink: said.url } : {}),
          extra: { visibility: said.visibility ?? 'public' },
        },
      ];
    });
  }

  /** An answer names whom it answers, or they never hear of it; it is no more public than what it answers. */
  async reply(ctx: ProviderContext, { item, text, material }: InboxReply): Promise<PublishedRef> {
    const base = mastodonBase(this.deps, ctx.channel.baseUrl);
    const { accessToken } = await ctx.credentials();
    const mention = `@${item.authorHandle}`;
    const status = text.toLowerCase().includes(mention.toLowerCase()) ? text : `${mention} ${text}`;
    if (!ctx.limits.idempotencyKeys) {
      const earlier = await this.#own(ctx, { text: status, since: material.createdAt, replyTo: item.id });
      if (earlier) return earlier;
    }
    const answer = await this.#http.call(ctx.channel.connectionId, {
      method: 'POST',
      url: `${base.url}/api/v1/statuses`,
      guarded: base.guarded,
      headers: { 'idempotency-key': material.idempotencyKey },
      json: {
        status,
        in_reply_to_id: item.id,
        visibility: item.extra?.visibility ?? 'public',
      },
      token: accessToken,
      signal: ctx.signal,
      timeoutMs: COMMIT_TIMEOUT_MS,
      deadline: ctx.deadline,
      commit: true,
    });
    return refOf(expectShape(this.platform, statusSchema, answer));
  }

  #authorizedCall(
    ctx: ProviderContext,
    { path, ...call }: Omit<PlatformCall, 'url'> & { path: string },
  ): Promise<PlatformAnswer> {
    const base = mastodonBase(this.deps, ctx.channel.baseUrl);
    return authorized(ctx, (credentials) =>
      this.#http.call(ctx.channel.connectionId, {
        ...call,
        url: `${base.url}${path}`,
        guarded: base.guarded,
        token: credentials.accessToken,
        signal: ctx.signal,
      }),
    );
  }
}
