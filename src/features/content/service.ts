import 'server-only';
import type { Actor } from '@/core/auth/principal';
import type { Page } from '@/core/db/cursor';
import type { Tx } from '@/core/db/db';
import { ForbiddenError, NotFoundError, ValidationError } from '@/core/errors';
import { singleton } from '@/core/singletons';
import { logger } from '@/core/telemetry/logger';
import type { DeleteAnswer, PostDetail, PostWithRuns, PublishAnswer, SavedPost } from './answer-schema';
import {
  approvalAfter,
  channelsConcerned,
  channelsToApprove,
  requireSameReview,
  unapprovedChannels,
} from './approval';
import { type ContentDependencies, type Occurrence, placeOf, type Timing } from './dependencies';
import { isLocked, planEdit } from './edit-plan';
import { postCreated, postDeleted, postUpdated } from './events';
import { requireVersion } from './if-match';
import { announcePlan, type Edit, type Prepared, plansAfter, plansFor } from './plans';
import {
  channelIdsOf,
  contentOf,
  editOf,
  eventFacts,
  given,
  inlinePost,
  type StoredContent,
  summaryOf,
} from './post-shape';
import { beginSeries } from './recurrence/beginning';
import {
  channelsOf,
  requireCampaign,
  requireChannelsOf,
  requireMayPublish,
  requireRoom,
  requireVisible,
} from './references';
import type { PlannedRun, RunPlan } from './run-planner';
import { settledRuns } from './run-wait';
import { dueOf, type PostDue, resolveSchedule } from './schedule';
import type {
  ComposedContent,
  CreatePostRequest,
  ListPostsQuery,
  Post,
  PostSeries,
  PublishRequest,
  UnsavedPost,
  UpdatePostRequest,
} from './schema';
import { withFreshTimes } from './slot-races';
import { mediaIdsOf, type References, requireNoErrors } from './validation';
import { contentHash } from './variant';

const OUT = new Set(['published', 'partial', 'deleting']);
const GONE = new Set(['cancelled', 'deleted']);

/** Posts: written, changed, planned, withdrawn. What a post and its runs say changes in one transaction. */
export class ContentService {
  constructor(readonly deps: ContentDependencies) {}

  static getInstance(): ContentService {
    return singleton<ContentService>('ContentService');
  }

  /**
   * @throws ValidationError with paths; SystemError `rules_violated` with findings; ForbiddenError for a channel that is not
   * the caller's to use, or the plan's limit.
   * @param as for a post its series, a feed or an import makes; the database's ALREADY_EXISTS when it is there.
   */
  create(actor: Actor, request: CreatePostRequest, as: Occurrence | null = null): Promise<SavedPost> {
    return withFreshTimes(request.schedule, () => this.#create(actor, request, as));
  }

  /** Refuses what {@link create} would refuse, and writes nothing. */
  async check(actor: Actor, request: CreatePostRequest): Promise<void> {
    await this.#composed(actor, request, null);
  }

  async #composed(actor: Actor, request: CreatePostRequest, as: Occurrence | null) {
    const source = actor.apiKeyId ? 'api' : 'human';
    const { times } = this.deps;
    const references = await this.deps.validator.references(actor.organizationId, request);
    const asked = request.channels.map((channel) => channel.connectionId);
    const { schedule, due } = await times.resolve(actor.organizationId, request.schedule, asked);
    const content = contentOf(request, channelsOf(actor, request.channels, references));
    const { campaignId, tags, submit = false } = request;
    await requireCampaign(this.deps.campaigns, actor.organizationId, campaignId);
    const blank = { approval: { status: 'none' as const }, tags, version: 1, source } as const;
    const base = {
      organizationId: actor.organizationId,
      authorId: actor.userId,
      ...(as ? placeOf(as) : { id: this.deps.ids.next('post') }),
    };
    const prepared = await this.#prepare(
      actor,
      { ...base, ...blank, schedule, ...(campaignId ? { campaignId } : {}) },
      content,
      references,
      due,
      null,
      submit,
    );
    const series = beginSeries(this.deps, prepared.post, request.schedule);
    const plans = due ? await plansFor(prepared, channelIdsOf(content), due) : [];
    // What many posts are made of at once is not read over one by one.
    const around = as ? [] : await this.deps.neighbours.findings(prepared.post, plans, references);
    const warnings = [...prepared.warnings, ...around];
    return { ...(series ?? prepared), warnings, series, plans, submit };
  }

  async #create(actor: Actor, request: CreatePostRequest, as: Occurrence | null): Promise<SavedPost> {
    const { repository, outbox, planner } = this.deps;
    const { post, warnings, series, plans, submit } = await this.#composed(actor, request, as);
    const { source, schedule } = post;
    await repository.db.run(async (tx) => {
      repository.createIn(tx, post);
      series?.storeIn(tx);
      if (plans.length > 0) planner.planIn(tx, post, plans, []);
      outbox.append(tx, postCreated, { ...eventFacts(post, actor), source, status: post.status });
      announcePlan(outbox, tx, { post, actor, plans, submit });
      as?.alongside?.(tx);
    });
    if (schedule.mode === 'now') planner.kick(post.id);
    return { ...(await this.#withRuns(actor.organizationId, post.id)), warnings };
  }

  /** @throws NotFoundError also for a draft that is somebody else's. */
  async get(actor: Actor, id: string): Promise<PostDetail> {
    await this.#visible(actor, id);
    const [detail, attempts] = await Promise.all([
      this.#withRuns(actor.organizationId, id),
      this.deps.planner.attemptsOf(actor.organizationId, id, 200),
    ]);
    const [metrics, links] = await Promise.all([
      this.deps.metrics.ofRuns(detail.runs.map((run) => run.id)),
      this.deps.links.ofPost(actor.organizationId, id),
    ]);
    return { ...detail, attempts, metrics, links };
  }

  list(actor: Actor, query: ListPostsQuery): Promise<Page<Post>> {
    const narrowed = (['channel', 'campaignId', 'tag'] as const).filter(
      (field) => query[field] !== undefined,
    );
    if (narrowed.length > 1) {
      throw ValidationError.at(
        `query.${narrowed.at(-1)}`,
        'Filter by a channel, a campaign or a tag: by one of them at a time.',
      );
    }
    const draftsOf = actor.permissions.has('content.manage') ? 'all' : actor.userId;
    return this.deps.repository.list(actor.organizationId, query, draftsOf);
  }

  /**
   * Changes what is given. A planned post stays planned; what is out or on its way does not change.
   * @param version the one the caller read.
   * @param as for what its series makes of it.
   * @throws ConflictError `stale_version`, or `too_late` when a run this touches is being sent or is out.
   */
  async update(
    actor: Actor,
    id: string,
    version: number,
    patch: UpdatePostRequest,
    as: PostSeries | null = null,
  ): Promise<SavedPost> {
    const before = await this.#visible(actor, id);
    requireVersion(before, version);
    const { schedule: asked, connectionIds = null } = patch;
    if (!asked) {
      const due = before.status === 'draft' ? null : dueOf(before.schedule);
      const base = as ? { ...before, series: as } : before;
      return this.#change(actor, base, patch, { schedule: before.schedule, due }, null);
    }
    requireChannelsOf(patch.channels ?? before.channels, connectionIds);
    return withFreshTimes(asked, async () => {
      const runs = await this.deps.planner.runsOf(actor.organizationId, before.id);
      const time = await this.deps.times.ofEdit(before, patch, asked, runs);
      return this.#change(actor, before, patch, time, connectionIds);
    });
  }

  /**
   * Puts channels of a post on their way now.
   * @param connectionIds only these; null = every channel that is not out yet.
   */
  async publishNow(actor: Actor, id: string, connectionIds: readonly string[] | null): Promise<SavedPost> {
    const before = await this.#visible(actor, id);
    requireChannelsOf(before.channels, connectionIds);
    const now = resolveSchedule({ mode: 'now' }, this.deps.clock.now());
    return this.#change(actor, before, { schedule: { mode: 'now' } }, now, connectionIds);
  }

  /** `POST /api/content/publish`: an existing post, or one given inline. @param wait seconds to watch the runs. */
  async publish(
    actor: Actor,
    request: PublishRequest,
    wait: number,
    signal: AbortSignal,
  ): Promise<PublishAnswer> {
    const { post } = request.postId
      ? await this.publishNow(actor, request.postId, request.connectionIds ?? null)
      : await this.create(actor, inlinePost(request));
    const { planner } = this.deps;
    // The work begins at once rather than after the answer, since the answer waits for it.
    const work = wait > 0 ? planner.runDue(post.id) : undefined;
    work?.catch((error: unknown) =>
      logger.error({ err: error, postId: post.id }, 'publishing at once failed'),
    );
    const runs = await settledRuns(planner, post, wait, signal);
    return { postId: post.id, runs: runs.map(summaryOf) };
  }

  /**
   * Withdraws a post, for its author and for whoever manages all content: what waits is cancelled, what is out stays out on
   * its networks and keeps its history.
   * @param remote take what is out off its networks too; the post is `deleted` once all of them have done so.
   * @throws ConflictError `too_late` while a run is on its way.
   */
  async delete(actor: Actor, id: string, remote: boolean): Promise<DeleteAnswer> {
    const { repository, planner, outbox } = this.deps;
    const { authorId } = await this.#visible(actor, id);
    if (authorId !== actor.userId && !actor.permissions.has('content.manage')) {
      throw new ForbiddenError('Only the author of this post, or an admin, can delete it.');
    }
    await repository.db.run(async (tx) => {
      const post = await repository.getIn(tx, actor.organizationId, id);
      if (!post || post.status === 'deleted') throw new NotFoundError('This post');
      const runs = await planner.runsIn(tx, post);
      const live = runs.filter((run) => !GONE.has(run.status) && !OUT.has(run.status));
      if (live.length > 0) planner.cancelIn(tx, id, live);
      if (runs.length === 0) repository.deleteIn(tx, id);
      else if (!remote || !runs.some((run) => OUT.has(run.status))) repository.setStatusIn(tx, id, 'deleted');
      outbox.append(tx, postDeleted, eventFacts(post, actor));
    });
    if (remote) await planner.removeFromNetworks(actor, id);
    return { runs: (await planner.runsOf(actor.organizationId, id)).map(summaryOf) };
  }

  /** One edit, whatever asked for it: content, channels, time. */
  async #change(
    actor: Actor,
    before: Post,
    patch: UpdatePostRequest,
    { schedule, due }: Timing,
    only: readonly string[] | null,
  ): Promise<SavedPost> {
    const { planner, validator, repository } = this.deps;
    const merged = { ...before, ...given(patch) };
    const references = await validator.references(actor.organizationId, merged);
    const channels = patch.channels ? channelsOf(actor, patch.channels, references) : before.channels;
    // What is cleared must not come back from the version before.
    const { firstComment: _, thread: __, campaignId: ___, ...kept } = before;
    const campaignId = patch.campaignId === undefined ? before.campaignId : patch.campaignId;
    if (campaignId !== before.campaignId)
      await requireCampaign(this.deps.campaigns, actor.organizationId, campaignId);
    const next = {
      ...kept,
      tags: merged.tags,
      schedule,
      version: before.version + 1,
      ...(campaignId ? { campaignId } : {}),
    };
    const submit = patch.submit ?? false;
    const timed = patch.schedule !== undefined;
    const known = await planner.runsOf(actor.organizationId, before.id);
    const edit = { before, known, only, timed };
    const content = contentOf(merged, channels);
    const drafted = await this.#prepare(actor, next, content, references, due, edit, submit);
    const series = beginSeries(this.deps, drafted.post, patch.schedule);
    const prepared = series ? { ...drafted, post: series.post } : drafted;
    const plans = await repository.db.run(async (tx) => {
      const written = await this.#writeEdit(tx, actor, prepared, { before, due, timed, only, submit });
      series?.storeIn(tx);
      return written;
    });
    const around = await this.deps.neighbours.findings(prepared.post, plans, references);
    if (due) await planner.rollUp(actor.organizationId, before.id);
    if (schedule.mode === 'now' && timed) planner.kick(before.id);
    return {
      ...(await this.#withRuns(actor.organizationId, before.id)),
      warnings: [...prepared.warnings, ...around],
    };
  }

  /** Post and runs change together, on what is true inside the transaction. */
  async #writeEdit(
    tx: Tx,
    actor: Actor,
    prepared: Prepared,
    edit: Pick<Edit, 'before' | 'timed' | 'only'> & { due: PostDue | null; submit: boolean },
  ): Promise<RunPlan[]> {
    const { repository, planner, outbox, clock } = this.deps;
    const { post } = prepared;
    const { before, due } = edit;
    const current = await repository.getIn(tx, actor.organizationId, post.id);
    if (!current || current.status === 'deleted') throw new NotFoundError('This post');
    requireVersion(current, before.version);
    requireSameReview(current, before);
    const channels = new Map([...before.channels, ...post.channels].map((one) => [one.connectionId, one]));
    const runs = await planner.runsIn(tx, { ...before, channels: [...channels.values()] });
    const plans = due
      ? await plansAfter(prepared, { ...edit, due, before: current, runs, now: clock.now() })
      : [];
    // A post that has runs is called what they say: `rollUp` follows the commit.
    const first = before.status === 'draft' || !due;
    repository.editIn(tx, post.id, first ? { ...editOf(post), status: post.status } : editOf(post));
    if (due) {
      const { left, changed } = planEdit(current, post, runs);
      if (left.length > 0) planner.cancelIn(tx, post.id, left);
      if (changed.length > 0) planner.contentChangedIn(tx, post, changed);
      if (plans.length > 0) planner.planIn(tx, post, plans, runs);
    } else {
      const live = runs.filter((run) => !GONE.has(run.status));
      if (live.length > 0) planner.cancelIn(tx, post.id, live);
    }
    if (due || before.status !== 'draft') {
      outbox.append(tx, postUpdated, { ...eventFacts(post, actor), version: post.version });
    }
    announcePlan(outbox, tx, { post, actor, plans, submit: edit.submit });
    return plans;
  }

  /** Everything that can be refused is refused here, before anything is written. */
  async #prepare(
    actor: Actor,
    base: Omit<UnsavedPost, keyof ComposedContent | 'channelIds' | 'mediaIds' | 'contentHash' | 'status'>,
    content: StoredContent,
    references: References,
    due: PostDue | null,
    edit: {
      before: Post;
      known: readonly PlannedRun[];
      only: readonly string[] | null;
      timed: boolean;
    } | null,
    submit: boolean,
  ): Promise<Prepared> {
    const locked = new Set(edit?.known.filter(isLocked).map((run) => run.connectionId));
    const open = (edit?.only ?? channelIdsOf(content)).filter((id) => !locked.has(id));
    const dueAt = edit && !edit.timed ? null : (due?.dueAt ?? null);
    const found = await this.deps.validator.findings(content, open, references, dueAt);
    const hash = await contentHash(content);
    const policy = due ? await this.deps.organizations.contentPolicy(actor.organizationId) : null;
    if (due) requireMayPublish(actor, content, open, references);
    const warnings = due ? requireNoErrors(found) : found;
    const waits = base.schedule.mode === 'at' && edit?.before.status !== 'scheduled';
    if (policy?.scheduledPosts && waits)
      requireRoom(await this.deps.repository.countScheduled(actor.organizationId), policy.scheduledPosts);
    const concerned = channelsConcerned(channelIdsOf(content), locked, edit);
    const approval = approvalAfter(base.approval, {
      hash,
      planned: due !== null,
      ...channelsToApprove(
        concerned.flatMap((id) => references.connections.get(id) ?? []),
        policy?.approvalRequired ?? false,
        actor.userId,
      ),
      channelIds: concerned,
      submit,
      timed: edit?.timed ?? true,
      actor,
      now: this.deps.clock.now(),
    });
    const connections = channelIdsOf(content).map((id) => references.connections.get(id));
    const { sandbox: _, ...rest } = base;
    const post: UnsavedPost = {
      ...rest,
      ...content,
      channelIds: channelIdsOf(content),
      mediaIds: mediaIdsOf(content),
      contentHash: hash,
      approval,
      status: due ? 'scheduled' : 'draft',
      ...(connections.length > 0 && connections.every((one) => one?.sandbox) ? { sandbox: true } : {}),
    };
    return { post, references, warnings, unapproved: unapprovedChannels(approval, hash, concerned) };
  }

  /** @throws NotFoundError for another organisation's post, and for a draft of somebody else unless the caller manages all. */
  async #visible(actor: Actor, id: string): Promise<Post> {
    return requireVisible(actor, await this.deps.repository.get(actor.organizationId, id));
  }

  async #withRuns(organizationId: string, id: string): Promise<PostWithRuns> {
    const [post, runs] = await Promise.all([
      this.deps.repository.get(organizationId, id),
      this.deps.planner.runsOf(organizationId, id),
    ]);
    if (!post) throw new NotFoundError('This post');
    return { post, runs: runs.map(summaryOf) };
  }
}
