import 'server-only';
import { FieldPath } from 'firebase-admin/firestore';
import type { Db, PatchOf, Tx } from '@/core/db/db';
import type { NewDoc } from '@/core/db/model';
import { isOvertaken } from '@/core/db/optimistic';
import type { Outbox } from '@/core/events/outbox';
import type { Ids } from '@/core/ids';
import { type Post, postModel } from '@/features/content/schema';
import { type ClaimDecision, type ClaimFacts, decideClaim } from './claiming';
import type { Moment } from './failing';
import { type ChannelGate, decideIntent, type IntentDecision, type IntentRequest } from './intent';
import { accountLane, appLane, LaneRepository } from './lane-repository';
import { firstPublishedAt, postStatusOf } from './roll-up';
import {
  type Attempt,
  attemptModel,
  type Lane,
  laneModel,
  type NewAttempt,
  type Run,
  runModel,
} from './schema';
import type { Change, Pause, RunPatch } from './transition';

/** Who holds a run, and under which fence. */
export interface Holding {
  runId: string;
  owner: string;
  fence: number;
}

/** The run is in other hands now: whoever sees this stops and writes nothing more. */
export class LeaseLostError extends Error {
  constructor(readonly runId: string) {
    super(`The lease of ${runId} is lost.`);
    this.name = 'LeaseLostError';
  }
}

/** What an intent must know of a channel, read in its transaction. */
export interface ChannelGates {
  gateIn(tx: Tx, organizationId: string, connectionId: string): Promise<ChannelGate | null>;
}

/** A run as the sweep finds it. */
export type DueRun = Pick<Run, 'id' | 'connectionId' | 'platform'> & { nextActionAt: Date };

export class PublishingRepository {
  readonly lanes: LaneRepository;

  constructor(
    readonly db: Db,
    readonly outbox: Outbox,
    readonly ids: Ids,
    readonly gates: ChannelGates,
  ) {
    this.lanes = new LaneRepository(db);
  }

  // Reading ------------------------------------------------------------------------------------------------------------

  runs() {
    return this.db.collection(runModel);
  }

  async run(organizationId: string, runId: string): Promise<Run | null> {
    const run = await this.db.get(this.db.doc(runModel, runId));
    return run?.organizationId === organizationId ? run : null;
  }

  runsOf(organizationId: string, postId: string): Promise<Run[]> {
    return this.db.find(
      this.runs().where('organizationId', '==', organizationId).where('postId', '==', postId).limit(200),
    );
  }

  runsIn(tx: Tx, organizationId: string, postId: string): Promise<Run[]> {
    return tx.find(
      this.runs().where('organizationId', '==', organizationId).where('postId', '==', postId).limit(200),
    );
  }

  /**
   * Runs whose next action is due by then, oldest first, with no look-back limit: the one query of an idle sweep.
   * @param after goes on behind this one.
   */
  due(by: Date, limit: number, after: DueRun | null = null): Promise<DueRun[]> {
    return this.#dueFrom(by, limit, 'asc', after);
  }

  /** Of those the ones that became due last. */
  dueLately(by: Date, limit: number): Promise<DueRun[]> {
    return this.#dueFrom(by, limit, 'desc', null);
  }

  async #dueFrom(
    by: Date,
    limit: number,
    direction: 'asc' | 'desc',
    after: DueRun | null,
  ): Promise<DueRun[]> {
    const ordered = this.runs()
      .where('nextActionAt', '<=', by)
      .orderBy('nextActionAt', direction)
      .orderBy(FieldPath.documentId(), direction);
    const from = after ? ordered.startAfter(after.nextActionAt, after.id) : ordered;
    const found = await this.db.find(from.limit(limit));
    return found.flatMap(({ id, connectionId, platform, nextActionAt }) =>
      nextActionAt ? [{ id, connectionId, platform, nextActionAt }] : [],
    );
  }

  /** The due runs of one post. */
  async dueOf(postId: string, by: Date): Promise<DueRun[]> {
    const found = await this.db.find(this.runs().where('postId', '==', postId).limit(200));
    return found.flatMap(({ id, connectionId, platform, nextActionAt }) =>
      nextActionAt && nextActionAt <= by ? [{ id, connectionId, platform, nextActionAt }] : [],
    );
  }

  /** Runs that wait for a person to say whether they are out. */
  unconfirmed(organizationId: string, limit: number): Promise<Run[]> {
    return this.db.find(
      this.runs()
        .where('organizationId', '==', organizationId)
        .where('status', '==', 'unconfirmed')
        .limit(limit),
    );
  }

  blockedOn(connectionId: string): Promise<Run[]> {
    return this.db.find(
      this.runs()
        .where('connectionId', '==', connectionId)
        .where('status', '==', 'blocked')
        .where('blockedReason', '==', 'reconnect')
        .limit(500),
    );
  }

  /** Another run of this account already calls that post its own. */
  async belongsToAnother(run: Run, platformPostId: string): Promise<boolean> {
    const owners = await this.db.find(
      this.runs()
        .where('connectionId', '==', run.connectionId)
        .where('platformPostId', '==', platformPostId)
        .limit(2),
    );
    return owners.some((owner) => owner.id !== run.id);
  }

  async post(organizationId: string, postId: string): Promise<Post | null> {
    const post = await this.db.get(this.db.doc(postModel, postId));
    return post?.organizationId === organizationId ? post : null;
  }

  attempts(organizationId: string, runId: string, limit: number): Promise<Attempt[]> {
    return this.db.find(
      this.db
        .collection(attemptModel)
        .where('organizationId', '==', organizationId)
        .where('runId', '==', runId)
        .orderBy('startedAt', 'desc')
        .limit(limit),
    );
  }

  /** Of every channel of a post, newest first. */
  attemptsOf(organizationId: string, postId: string, limit: number): Promise<Attempt[]> {
    return this.db.find(
      this.db
        .collection(attemptModel)
        .where('organizationId', '==', organizationId)
        .where('postId', '==', postId)
        .orderBy('startedAt', 'desc')
        .limit(limit),
    );
  }

  // Planning, inside content's transactions ------------------------------------------------------------------------------

  createIn(tx: Tx, runId: string, run: NewDoc<typeof runModel>): void {
    tx.create(this.db.doc(runModel, runId), run);
  }

  patchIn(tx: Tx, runId: string, patch: RunPatch): void {
    tx.update(this.db.doc(runModel, runId), patch as PatchOf<Run>);
  }

  changeIn(tx: Tx, run: Run, change: Change): void {
    this.#write(tx, run, change);
  }

  // Working on a run -----------------------------------------------------------------------------------------------------

  /** Takes a run's lease, or says why not. @returns the run as it stands afterwards. */
  async claim(
    due: Pick<DueRun, 'id' | 'connectionId' | 'platform'>,
    facts: Pick<ClaimFacts, 'owner' | 'lateLimit'>,
    moment: () => Moment,
  ): Promise<{ decision: ClaimDecision; run: Run } | null> {
    const claiming = this.db.runOptimistic(
      async (tx) => {
        const [run, account, app] = await Promise.all([
          tx.get(this.db.doc(runModel, due.id)),
          tx.get(this.db.doc(laneModel, accountLane(due.connectionId))),
          tx.get(this.db.doc(laneModel, appLane(due.platform))),
        ]);
        if (!run) return null;
        const taken =
          account && run.status === 'ready' ? await this.#turnTaken(tx, run, account, moment()) : false;
        const decision = decideClaim(run, { ...facts, account, app, taken }, moment());
        if (decision.kind === 'skip') return { decision, run };
        return { decision, run: this.#write(tx, run, decision.change) };
      },
      { attempts: 1 },
    );
    try {
      return await claiming;
    } catch (error) {
      // Of several that reach for a run one gets it; the others have other work.
      if (isOvertaken(error)) return null;
      throw error;
    }
  }

  /** All its account allows at once is in flight: what is prepared could only wait again. */
  async #turnTaken(tx: Tx, run: Run, account: Lane, { now }: Moment): Promise<boolean> {
    if (!account.slots.some((slot) => slot.runId !== run.id && slot.until > now)) return false;
    const [open, gate] = await Promise.all([
      this.lanes.openIn(tx, run, account),
      this.gates.gateIn(tx, run.organizationId, run.connectionId),
    ]);
    return gate !== null && open.filter((slot) => slot.until > now).length >= gate.concurrentCommits;
  }

  /** @throws LeaseLostError */
  async heartbeat(holding: Holding, leaseUntil: Date): Promise<Run> {
    return this.db.runOptimistic(async (tx) => {
      const run = await this.#held(tx, holding);
      return this.#write(tx, run, { patch: { leaseUntil, nextActionAt: leaseUntil } });
    });
  }

  /** One fenced change. @throws LeaseLostError when the run is in other hands. */
  async change(holding: Holding, decide: (run: Run) => Change): Promise<Run> {
    return this.db.runOptimistic(async (tx) => {
      const run = await this.#held(tx, holding);
      const change = decide(run);
      const lanes = await this.lanes.lanesOf(tx, run, change.pauses ?? []);
      return this.#write(tx, run, change, lanes);
    });
  }

  /**
   * The last check before a commit call: everything that could forbid it is read again in one transaction with the write
   * that says "a call may leave now". Editing, withdrawing and planning a post write its runs, so a change in between makes
   * this start over.
   * @throws LeaseLostError
   */
  async intent(
    holding: Holding,
    request: IntentRequest,
    moment: () => Moment,
  ): Promise<{ decision: IntentDecision; run: Run }> {
    return this.db.runOptimistic(async (tx) => {
      const run = await this.#held(tx, holding);
      const [post, channel, slots] = await Promise.all([
        tx.get(this.db.doc(postModel, run.postId)),
        this.gates.gateIn(tx, run.organizationId, run.connectionId),
        this.lanes.slotsIn(tx, run),
      ]);
      const decision = decideIntent(run, { ...request, post, channel, slots }, moment());
      if (decision.kind === 'busy') return { decision, run };
      const written = this.#write(tx, run, decision.change);
      if (decision.kind === 'send') this.lanes.takeSlot(tx, run, slots, decision.slot);
      return { decision, run: written };
    });
  }

  /**
   * A worker that lost its lease while its commit call was in flight brings the answer all the same. It counts only while
   * that very commit is still unsettled.
   * @returns null when it does not count any more.
   */
  async lateAnswer(runId: string, commitId: string, decide: (run: Run) => Change): Promise<Run | null> {
    return this.db.runOptimistic(async (tx) => {
      const run = await tx.get(this.db.doc(runModel, runId));
      if (run?.status !== 'unconfirmed' || run.commit?.id !== commitId) return null;
      const change = decide(run);
      return this.#write(tx, run, {
        ...change,
        patch: { ...change.patch, leaseOwner: null, leaseUntil: null, fence: run.fence + 1 },
      });
    });
  }

  /** A change from outside, such as a person's decision. @returns null when the run is not there. */
  async decide(
    organizationId: string,
    runId: string,
    decide: (run: Run) => Change | null,
  ): Promise<Run | null> {
    return this.db.runOptimistic(async (tx) => {
      const run = await tx.get(this.db.doc(runModel, runId));
      if (run?.organizationId !== organizationId) return null;
      const change = decide(run);
      return change ? this.#write(tx, run, change) : run;
    });
  }

  /**
   * Brings the post's status in line with its runs. Idempotent.
   * Runs are only read, so one may change meanwhile: it looks again until there is nothing left to change.
   */
  async rollUp(organizationId: string, postId: string): Promise<void> {
    while (await this.#rollUpOnce(organizationId, postId));
  }

  async #rollUpOnce(organizationId: string, postId: string): Promise<boolean> {
    return this.db.runOptimistic(async (tx) => {
      const ref = this.db.doc(postModel, postId);
      const post = await tx.get(ref);
      const runs = await this.runsIn(tx, organizationId, postId);
      const status = postStatusOf(runs);
      if (!post || !status || post.organizationId !== organizationId) return false;
      // Taken back to a draft, or withdrawn: its runs say nothing about it any more.
      if (post.status === 'deleted' || (post.status === 'draft' && status === 'cancelled')) return false;
      const publishedAt = firstPublishedAt(runs);
      if (post.status === status && post.publishedAt?.getTime() === publishedAt?.getTime()) return false;
      tx.update(ref, { status, ...(publishedAt ? { publishedAt } : {}) });
      return true;
    });
  }

  // Parts of transactions ------------------------------------------------------------------------------------------------

  async #held(tx: Tx, holding: Holding): Promise<Run> {
    const run = await tx.get(this.db.doc(runModel, holding.runId));
    if (!run || run.fence !== holding.fence || run.leaseOwner !== holding.owner)
      throw new LeaseLostError(holding.runId);
    return run;
  }

  /** Writes a change with all that belongs to it. @returns the run as it stands afterwards. */
  #write(tx: Tx, run: Run, change: Change, lanes: { pause: Pause; lane: Lane | null }[] = []): Run {
    const after = { ...run, ...change.patch } as Run;
    tx.update(this.db.doc(runModel, run.id), change.patch as PatchOf<Run>);
    if (change.attempt) this.#record(tx, run, after, change.attempt);
    for (const { event, payload } of change.announce ?? []) this.outbox.append(tx, event, payload);
    for (const { pause, lane } of lanes) this.lanes.pause(tx, run, pause, lane);
    return after;
  }

  #record(tx: Tx, run: Run, after: Run, facts: NonNullable<Change['attempt']>): void {
    const attempt: NewAttempt = {
      organizationId: run.organizationId,
      runId: run.id,
      postId: run.postId,
      connectionId: run.connectionId,
      platform: run.platform,
      step: run.step,
      errorClass: null,
      message: null,
      vendorStatus: null,
      vendorCode: null,
      platformPostId: null,
      actorId: null,
      fingerprint: run.commit?.step === run.step ? run.commit.fingerprint : null,
      ...facts,
      status: after.status,
      nextActionAt: after.nextActionAt,
    };
    tx.create(this.db.doc(attemptModel, this.ids.next('att')), attempt);
  }
}

/** gRPC: DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED, ABORTED, INTERNAL, UNAVAILABLE. */
const OUTAGE_CODES = new Set([4, 8, 10, 13, 14]);

/** The database could not do it now and may later. */
export function isOutage(error: unknown): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    typeof error.code === 'number' &&
    OUTAGE_CODES.has(error.code)
  );
}
