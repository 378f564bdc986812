import 'server-only';
import type { Finding } from '@/features/platforms/finding-schema';
import type { PlatformDependencies } from '@/features/platforms/providers/deps';
import {
  authorized,
  expectShape,
  type PlatformAnswer,
  refused,
  settled,
} from '@/features/platforms/providers/http';
import { NO_METRICS } from '@/features/platforms/providers/metrics';
import { rateOf } from '@/features/platforms/providers/rate';
import { readAccount } from '@/features/platforms/providers/reddit/adapter';
import {
  comment,
  commented,
  listing,
  me,
  REDDIT_RATES,
  RedditApi,
  type Submission,
  submission,
} from '@/features/platforms/providers/reddit/api';
import { readCommunities, readCommunity } from '@/features/platforms/providers/reddit/communities';
import { findReply, readInbox, sendReply } from '@/features/platforms/providers/reddit/inbox';
import { RedditMedia, uploadsOf } from '@/features/platforms/providers/reddit/media';
import { requireAllowed } from '@/features/platforms/providers/reddit/requirements';
import {
  bodyOf,
  isOurs,
  refOf,
  submitCall,
  submitted,
  submittedRef,
} from '@/features/platforms/providers/reddit/submission';
import { sameText } from '@/features/platforms/providers/same-text';
import type {
  AccountFacts,
  Artefacts,
  ArtefactValue,
  CheckResult,
  CommitResult,
  InboxItem,
  InboxReply,
  PlatformCapabilities,
  ProviderContext,
  PublishedRef,
  RateObservation,
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
const CLOCK_SLACK_MS = 60_000;
const POLL_MS = 5_000;

/** @see https://www.reddit.com/dev/api/ (2026-11-21) */
export class RedditProvider implements SocialProvider {
  readonly platform = 'reddit';
  readonly capabilities: PlatformCapabilities = {
    media: ['image', 'gif', 'video'],
    threadPartsMax: 0,
    comment: true,
    edit: true,
    delete: true,
    metrics: ['likes', 'comments', 'shares', 'followers'],
    reconcile: { mode: 'eventual' },
    needsPublicUrl: false,
    inbox: { repeatable: false },
    connect: 'oauth',
  };
  readonly #api: RedditApi;

  constructor(readonly deps: PlatformDependencies) {
    this.#api = new RedditApi(deps);
  }

  fetchAccount(ctx: ProviderContext): Promise<AccountFacts> {
    return authorized(ctx, (credentials) =>
      readAccount(this.#api, {
        token: credentials.accessToken,
        owner: ctx.channel.connectionId,
        now: this.deps.clock.now(),
        signal: ctx.signal,
      }),
    );
  }

  fetchTargets(ctx: ProviderContext): Promise<Target[]> {
    return readCommunities(this.#api, ctx);
  }

  fetchTarget(ctx: ProviderContext, id: string): Promise<Target> {
    return readCommunity(this.#api, ctx, id);
  }

  async validate(variant: Variant, limits: LiveLimits, settings: ChannelSettings): Promise<Finding[]> {
    return (await validateVariant({ platform: this.platform, variant, limits, settings })).findings;
  }

  reconcileRule(): ReconcileRule {
    return this.capabilities.reconcile;
  }

  start(ctx: StepContext): Promise<StartResult> {
    return settled(async (): Promise<StartResult> => {
      if (ctx.step !== 'root') return { status: 'ready', artefacts: ctx.artefacts };
      await requireAllowed(this.#api, ctx);
      const uploads = uploadsOf(ctx);
      await new RedditMedia(this.#api, ctx, uploads, () => this.deps.ids.next('part')).run();
      const artefacts: Artefacts = { ...ctx.artefacts, uploads: uploads as ArtefactValue };
      return { status: 'ready', artefacts };
    });
  }

  /** Before the commit: the uploads. After one with files: whether Reddit has made the post. */
  async check(ctx: StepContext): Promise<CheckResult> {
    const { acceptedAt } = ctx.artefacts;
    if (typeof acceptedAt !== 'number') return await this.start(ctx);
    return await settled(async (): Promise<CheckResult> => {
      const found = await this.#find(ctx, acceptedAt - CLOCK_SLACK_MS);
      return found
        ? { status: 'published', ref: refOf(found) }
        : { status: 'processing', artefacts: ctx.artefacts, pollAfterMs: POLL_MS };
    });
  }

  finish(ctx: StepContext): Promise<CommitResult> {
    return settled(async (): Promise<CommitResult> => {
      const { answer, rate } = await this.#commit(ctx, submitCall(ctx));
      const ref = submittedRef(expectShape(this.platform, submitted, answer).json.data);
      if (ref) return { status: 'published', ref, ...rate };
      const artefacts = { ...ctx.artefacts, acceptedAt: this.deps.clock.now().getTime() };
      return { status: 'accepted', artefacts, pollAfterMs: POLL_MS, ...rate };
    });
  }

  comment(ctx: StepContext): Promise<CommitResult> {
    return settled(async (): Promise<CommitResult> => {
      const parent = rootOf(ctx);
      const { answer, rate } = await this.#commit(ctx, {
        method: 'POST',
        path: '/api/comment',
        form: { api_type: 'json', thing_id: parent, text: ctx.content.text },
      });
      const [thing] = expectShape(this.platform, commented, answer).json.data.things;
      if (!thing) throw refused(this.platform, 'Reddit named no comment.', { outcome: 'unknown' });
      return { status: 'published', ref: refOf(thing.data), ...rate };
    });
  }

  /** Sent once, with the token at hand. */
  async #commit(
    ctx: StepContext,
    call: Parameters<RedditApi['send']>[2],
  ): Promise<{ answer: PlatformAnswer; rate: { rate?: RateObservation } }> {
    const { accessToken } = await ctx.credentials();
    const answer = await this.#api.send(ctx.channel.connectionId, accessToken, {
      ...call,
      signal: ctx.signal,
      timeoutMs: COMMIT_TIMEOUT_MS,
      deadline: ctx.deadline,
      commit: true,
    });
    const rate = rateOf(answer.headers, REDDIT_RATES, this.deps.clock.now());
    return { answer, rate: rate ? { rate } : {} };
  }

  /** Own posts and comments since the commit. `absent` means: not seen yet. */
  async reconcile(ctx: ReconcileContext): Promise<ReconcileResult> {
    const since = ctx.sentAt.getTime() - CLOCK_SLACK_MS;
    const result = await settled(async (): Promise<ReconcileResult> => {
      const found = ctx.step === 'root' ? await this.#find(ctx, since) : await this.#findComment(ctx, since);
      return found ? { status: 'found', ref: refOf(found) } : { status: 'absent' };
    });
    return result.status === 'failed' ? { status: 'unknown', error: result.error } : result;
  }

  async #find(ctx: StepContext, since: number): Promise<Submission | undefined> {
    const own = await this.#own(ctx, 'submitted');
    return expectShape(this.platform, listing(submission), own)
      .data.children.map(({ data }) => data)
      .find((found) => isOurs(found, ctx.content, since));
  }

  async #findComment(ctx: StepContext, since: number) {
    const parent = rootOf(ctx);
    const own = await this.#own(ctx, 'comments');
    return expectShape(this.platform, listing(comment), own)
      .data.children.map(({ data }) => data)
      .find(
        (found) =>
          found.created_utc * 1_000 >= since &&
          found.parent_id === parent &&
          sameText(found.body, ctx.content.text),
      );
  }

  #own(ctx: StepContext, what: 'submitted' | 'comments'): Promise<PlatformAnswer> {
    const user = encodeURIComponent(ctx.channel.handle);
    return this.#api.call(ctx, { path: `/user/${user}/${what}?sort=new&limit=100` });
  }

  async delete(ctx: ProviderContext, ref: PublishedRef): Promise<void> {
    await this.#api.call(ctx, {
      method: 'POST',
      path: '/api/del',
      form: { id: ref.id },
      idempotent: true,
      accept: [404],
    });
  }

  /** Texts of posts and comments; Reddit lets nobody change a title, a link or a file. */
  async edit(ctx: ProviderContext, ref: PublishedRef, content: StepContent): Promise<PublishedRef> {
    const isPost = ref.id.startsWith('t3_');
    if (isPost && !(await this.#info(ctx, ref)).is_self) {
      throw refused(this.platform, 'Reddit lets only posts of text be changed.', {
        vendorCode: 'not_editable',
      });
    }
    await this.#api.call(ctx, {
      method: 'POST',
      path: '/api/editusertext',
      form: { api_type: 'json', thing_id: ref.id, text: isPost ? bodyOf(content) : content.text },
      idempotent: true,
    });
    return ref;
  }

  async metrics(ctx: ProviderContext, ref: PublishedRef): Promise<Metrics> {
    const seen = await this.#info(ctx, ref);
    return {
      ...NO_METRICS,
      likes: seen.score === null || seen.score === undefined ? null : Math.max(0, seen.score),
      comments: seen.num_comments ?? null,
      shares: seen.num_crossposts ?? null,
    };
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
    const answer = await this.#api.call(ctx, { path: '/api/v1/me' });
    const followers = expectShape(this.platform, me, answer).subreddit?.subscribers ?? null;
    return { ...NO_METRICS, followers };
  }

  async #info(ctx: ProviderContext, ref: PublishedRef): Promise<Submission> {
    const answer = await this.#api.call(ctx, { path: `/api/info?id=${encodeURIComponent(ref.id)}` });
    const found = expectShape(this.platform, listing(submission), answer).data.children[0]?.data;
    if (!found) throw refused(this.platform, 'This post is no longer there.', { vendorCode: 'gone' });
    return found;
  }
}

function rootOf(ctx: StepContext): string {
  if (ctx.root) return ctx.root.id;
  throw refused('reddit', 'The post to comment on is not known.', { outcome: 'not_sent' });
}
