import 'server-only';
import { z } from 'zod';
import type { Finding } from '@/features/platforms/finding-schema';
import type { PlatformDependencies } from '@/features/platforms/providers/deps';
import { expectShape, isExternal, settled } from '@/features/platforms/providers/http';
import { readLinkCard } from '@/features/platforms/providers/link-card';
import {
  encoded,
  isOrganization,
  LinkedInApi,
  readMember,
  readOrganization,
} from '@/features/platforms/providers/linkedin/api';
import { findReply, readInbox, sendReply } from '@/features/platforms/providers/linkedin/inbox';
import { toLittleText } from '@/features/platforms/providers/linkedin/little-text';
import {
  findComment,
  findPost,
  publishComment,
  publishPost,
} from '@/features/platforms/providers/linkedin/posts';
import { LinkedInUploads } from '@/features/platforms/providers/linkedin/uploads';
import { NO_METRICS } from '@/features/platforms/providers/metrics';
import type {
  AccountFacts,
  Artefacts,
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
import { linkedinRules } from '@/features/platforms/rules/networks/linkedin';
import { validateVariant } from '@/features/platforms/rules/validate';
import type { ChannelSettings, LiveLimits, Metrics, Target, Variant } from '@/features/platforms/schema';

const shareStatistics = z.object({
  elements: z
    .array(
      z.object({
        totalShareStatistics: z.object({
          impressionCount: z.number().optional(),
          uniqueImpressionsCount: z.number().optional(),
          clickCount: z.number().optional(),
          likeCount: z.number().optional(),
          commentCount: z.number().optional(),
          shareCount: z.number().optional(),
        }),
      }),
    )
    .default([]),
});
const socialMetadata = z.object({
  reactionSummaries: z.record(z.string(), z.object({ count: z.number() })).default({}),
  commentSummary: z.object({ count: z.number().optional() }).optional(),
});
const networkSize = z.object({ firstDegreeSize: z.number() });

/** People and organisations. @see https://learn.microsoft.com/en-us/linkedin/marketing/community-management/ (checked 2026-11-21) */
export class LinkedInProvider implements SocialProvider {
  readonly platform = 'linkedin';
  readonly capabilities: PlatformCapabilities = {
    media: ['image', 'gif', 'video', 'document'],
    threadPartsMax: 0,
    comment: true,
    edit: true,
    delete: true,
    metrics: ['impressions', 'reach', 'likes', 'comments', 'shares', 'clicks', 'followers'],
    reconcile: { mode: 'eventual' },
    needsPublicUrl: false,
    // A look takes several calls of a small daily allowance.
    inbox: { repeatable: false, pace: { idleMs: 30 * 60_000, watchedMs: 10 * 60_000 } },
    connect: 'oauth',
  };
  readonly #api: LinkedInApi;

  constructor(readonly deps: PlatformDependencies) {
    this.#api = new LinkedInApi(deps);
  }

  fetchAccount(ctx: ProviderContext): Promise<AccountFacts> {
    const { accountId } = ctx.channel;
    const read = (path: string) => this.#api.authorized(ctx, path);
    const now = this.deps.clock.now();
    return isOrganization(accountId) ? readOrganization(read, accountId, now) : readMember(read, now);
  }

  async fetchTargets(ctx: ProviderContext): Promise<Target[]> {
    const { accountId, handle } = ctx.channel;
    return [{ id: accountId, kind: isOrganization(accountId) ? 'organization' : 'profile', name: handle }];
  }

  async validate(variant: Variant, limits: LiveLimits, settings: ChannelSettings): Promise<Finding[]> {
    return (await validateVariant({ platform: this.platform, variant, limits, settings })).findings;
  }

  /** Reading a person's posts is a permission LinkedIn gives to nobody new. */
  reconcileRule(channel: ChannelFacts, _content: Pick<StepContent, 'media' | 'settings'>): ReconcileRule {
    return isOrganization(channel.accountId) ? this.capabilities.reconcile : { mode: 'none' };
  }

  start(ctx: StepContext): Promise<StartResult> {
    return settled(async () => {
      const { uploads, pollAfterMs } = await new LinkedInUploads(this.#api, ctx).run();
      const card = await this.#card(ctx);
      const artefacts: Artefacts = { ...card, uploads: uploads as ArtefactValue };
      return pollAfterMs > 0
        ? { status: 'processing', artefacts, pollAfterMs }
        : { status: 'ready', artefacts };
    });
  }

  async #card(ctx: StepContext): Promise<Artefacts> {
    const { link, media } = ctx.content;
    if (!link || media.length > 0) return {};
    const known = ctx.artefacts.card;
    return { card: known ?? { ...(await readLinkCard(this.deps.http, link, ctx.signal)) } };
  }

  /** Nothing is processed after the commit: what is asked after is always the uploads. */
  check(ctx: StepContext): Promise<CheckResult> {
    return this.start(ctx);
  }

  finish(ctx: StepContext): Promise<CommitResult> {
    return settled(() => publishPost(this.#api, ctx));
  }

  comment(ctx: StepContext): Promise<CommitResult> {
    return settled(() => publishComment(this.#api, ctx));
  }

  async reconcile(ctx: ReconcileContext): Promise<ReconcileResult> {
    if (!isOrganization(ctx.channel.accountId)) return { status: 'unknown' };
    const result = await settled(() =>
      ctx.step === 'comment' ? findComment(this.#api, ctx) : findPost(this.#api, ctx),
    );
    return result.status === 'failed' ? { status: 'unknown', error: result.error } : result;
  }

  async delete(ctx: ProviderContext, ref: PublishedRef): Promise<void> {
    await this.#api.authorized(ctx, `/rest/posts/${encoded(ref.id)}`, {
      method: 'DELETE',
      headers: { 'x-restli-method': 'DELETE' },
      idempotent: true,
      accept: [404],
    });
  }

  /** Words change; files and the card of a link stay as they are. */
  async edit(ctx: ProviderContext, ref: PublishedRef, content: StepContent): Promise<PublishedRef> {
    await this.#api.authorized(ctx, `/rest/posts/${encoded(ref.id)}`, {
      method: 'POST',
      headers: { 'x-restli-method': 'PARTIAL_UPDATE' },
      json: { patch: { $set: { commentary: toLittleText(textWithLink(linkedinRules, content)) } } },
      idempotent: true,
    });
    return ref;
  }

  metrics(ctx: ProviderContext, ref: PublishedRef): Promise<Metrics> {
    return isOrganization(ctx.channel.accountId)
      ? this.#shareStatistics(ctx, ref)
      : this.#socialMetadata(ctx, ref);
  }

  /** @see https://learn.microsoft.com/en-us/linkedin/marketing/community-management/organizations/share-statistics (checked 2026-11-21) */
  async #shareStatistics(ctx: ProviderContext, ref: PublishedRef): Promise<Metrics> {
    const list = ref.id.startsWith('urn:li:ugcPost:') ? 'ugcPosts' : 'shares';
    const answer = await this.#api.authorized(
      ctx,
      `/rest/organizationalEntityShareStatistics?q=organizationalEntity&organizationalEntity=${encoded(ctx.channel.accountId)}&${list}=List(${encoded(ref.id)})`,
    );
    const seen = expectShape(this.platform, shareStatistics, answer).elements[0]?.totalShareStatistics;
    return {
      ...NO_METRICS,
      impressions: seen?.impressionCount ?? null,
      reach: seen?.uniqueImpressionsCount ?? null,
      likes: seen?.likeCount ?? null,
      comments: seen?.commentCount ?? null,
      shares: seen?.shareCount ?? null,
      // Taken back likes and clicks can make a count negative.
      clicks: seen?.clickCount === undefined ? null : Math.max(0, seen.clickCount),
    };
  }

  /** Reactions and comments are all that LinkedIn tells of a person's post, and that not to every app. */
  async #socialMetadata(ctx: ProviderContext, ref: PublishedRef): Promise<Metrics> {
    try {
      const answer = await this.#api.authorized(ctx, `/rest/socialMetadata/${encoded(ref.id)}`);
      const seen = expectShape(this.platform, socialMetadata, answer);
      return {
        ...NO_METRICS,
        likes: Object.values(seen.reactionSummaries).reduce((sum, { count }) => sum + count, 0),
        comments: seen.commentSummary?.count ?? null,
      };
    } catch (error) {
      if (!isExternal(error) || error.vendorCode !== 'permission') throw error;
      return { ...NO_METRICS };
    }
  }

  /** What was written below the posts of a person is shown to nobody new. */
  async inbox(ctx: ProviderContext, since: Date): Promise<InboxItem[] | null> {
    if (!isOrganization(ctx.channel.accountId)) return null;
    return await readInbox(this.#api, ctx, since);
  }

  reply(ctx: ProviderContext, reply: InboxReply): Promise<PublishedRef> {
    return sendReply(this.#api, ctx, reply);
  }

  findReply(ctx: ProviderContext, reply: InboxReply): Promise<PublishedRef | null> {
    return findReply(this.#api, ctx, reply);
  }

  async accountMetrics(ctx: ProviderContext): Promise<Metrics> {
    const { accountId } = ctx.channel;
    if (!isOrganization(accountId)) return { ...NO_METRICS };
    const answer = await this.#api.authorized(
      ctx,
      `/rest/networkSizes/${encoded(accountId)}?edgeType=COMPANY_FOLLOWED_BY_MEMBER`,
    );
    return { ...NO_METRICS, followers: expectShape(this.platform, networkSize, answer).firstDegreeSize };
  }
}
