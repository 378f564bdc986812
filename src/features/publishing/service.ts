import 'server-only';
import type { Actor } from '@/core/auth/principal';
import type { Tx } from '@/core/db/db';
import { NotFoundError } from '@/core/errors';
import { afterResponse } from '@/core/http/after';
import { singleton } from '@/core/singletons';
import { logger } from '@/core/telemetry/logger';
import type { Clock } from '@/core/time/clock';
import type { RunPlan, RunPlanner } from '@/features/content/run-planner';
import type { Post, UnsavedPost } from '@/features/content/schema';
import type { RunDispatcher } from './dispatcher';
import type { Moment } from './failing';
import { contentHashOf } from './intent';
import {
  decideApproved,
  decideCancel,
  decideContentChanged,
  decideHeld,
  decideReplan,
  newRun,
} from './planning';
import type { PublishingRepository } from './repository';
import {
  type Attempt,
  type ResolveRequest,
  type Run,
  type RunView,
  runIdOf,
  type SweepCounts,
} from './schema';
import { awaitsAnswer, decideRelease, decideRemoval, decideResolve, decideRetry } from './settling';
import { bookSlotIn } from './slots/booking';
import type { Timing } from './timing';
import { announceTrouble, type RunPatch } from './transition';

export interface PublishingDependencies {
  repository: PublishingRepository;
  /** A fresh one for each use: a dispatcher counts what it did. */
  dispatcher: () => RunDispatcher;
  clock: Clock;
  random: () => number;
  timing: Timing;
}

/** Runs: planned by content, carried out by the worker, settled by people. */
export class PublishingService implements RunPlanner<Run> {
  constructor(readonly deps: PublishingDependencies) {}

  static getInstance(): PublishingService {
    return singleton<PublishingService>('PublishingService');
  }

  // What content asks for (see RunPlanner) -------------------------------------------------------------------------------

  runsIn(tx: Tx, post: Pick<Post, 'id' | 'organizationId'>): Promise<Run[]> {
    return this.deps.repository.runsIn(tx, post.organizationId, post.id);
  }

  planIn(tx: Tx, post: UnsavedPost, plans: readonly RunPlan[], known: readonly Run[]): void {
    const { repository, clock } = this.deps;
    for (const plan of plans) {
      const runId = runIdOf(post.id, plan.connectionId);
      const run = known.find((one) => one.id === runId);
      if (!run) {
        const made = newRun(post, plan, clock.now());
        repository.createIn(tx, runId, made);
        bookSlotIn(repository.db, tx, null, made);
      } else this.#patchIn(tx, run, decideReplan(run, post, plan, clock.now()));
    }
  }

  cancelIn(tx: Tx, _postId: string, runs: readonly Run[]): void {
    for (const run of runs) this.#patchIn(tx, run, decideCancel(run));
  }

  contentChangedIn(tx: Tx, post: UnsavedPost, runs: readonly Run[]): void {
    const now = this.deps.clock.now();
    for (const run of runs) {
      const hash = contentHashOf(post, run.connectionId);
      this.#patchIn(tx, run, decideContentChanged(run, post, hash, now));
    }
  }

  approvedIn(tx: Tx, asSoonAsApproved: boolean, runs: readonly Run[]): void {
    const now = this.deps.clock.now();
    for (const run of runs) this.#patchIn(tx, run, decideApproved(run, asSoonAsApproved, now));
  }

  heldIn(tx: Tx, runs: readonly Run[]): void {
    const now = this.deps.clock.now();
    for (const run of runs) this.#patchIn(tx, run, decideHeld(run, now));
  }

  runsOf(organizationId: string, postId: string): Promise<Run[]> {
    return this.deps.repository.runsOf(organizationId, postId);
  }

  attemptsOf(organizationId: string, postId: string, limit: number): Promise<Attempt[]> {
    return this.deps.repository.attemptsOf(organizationId, postId, limit);
  }

  /** What nobody knows to be out, longest due first; at most 100. */
  async unconfirmed(organizationId: string): Promise<RunView[]> {
    const runs = await this.deps.repository.unconfirmed(organizationId, 100);
    return runs.sort((a, b) => a.dueAt.getTime() - b.dueAt.getTime()).map(runView);
  }

  kick(postId: string): void {
    afterResponse(() => this.runDue(postId));
  }

  /** For a caller who waits for the answer: what is due is worked on before it, not after. */
  async runDue(postId: string): Promise<void> {
    const due = await this.deps.repository.dueOf(postId, this.deps.clock.now());
    if (due.length > 0) await this.deps.dispatcher().runAll(due);
  }

  // What people decide ---------------------------------------------------------------------------------------------------

  /**
   * Tries again what failed, is blocked, or is out only in part.
   * @throws NotFoundError, ConflictError when there is nothing to try again or nobody knows whether it is out.
   */
  async retry(actor: Actor, postId: string, runId: string): Promise<RunView> {
    return this.#decide(actor, postId, runId, (run) => decideRetry(run, actor.userId, this.#moment()));
  }

  /**
   * A person's answer about a run that may be out.
   * @throws NotFoundError, ConflictError when nobody asks about it (any more).
   */
  async resolve(actor: Actor, postId: string, runId: string, answer: ResolveRequest): Promise<RunView> {
    return this.#decide(actor, postId, runId, (run) =>
      decideResolve(run, answer, actor.userId, this.#moment()),
    );
  }

  /**
   * Takes what is out off its networks; runs that are not out are left alone.
   * @returns the runs that are being removed.
   */
  async removeFromNetworks(actor: Actor, postId: string): Promise<RunView[]> {
    const { repository } = this.deps;
    const runs = await repository.runsOf(actor.organizationId, postId);
    const removed: Run[] = [];
    for (const { id } of runs) {
      const run = await repository.decide(actor.organizationId, id, (current) =>
        decideRemoval(current, actor.userId, this.#moment()),
      );
      if (run?.status === 'deleting') removed.push(run);
    }
    await repository.rollUp(actor.organizationId, postId);
    this.kick(postId);
    return removed.map(runView);
  }

  // What happens elsewhere -----------------------------------------------------------------------------------------------

  /** A channel was reconnected: what waited for that goes on. Repeatable. @returns how many runs were released. */
  async channelReconnected(connectionId: string): Promise<number> {
    const { repository } = this.deps;
    let released = 0;
    for (const { id, organizationId, postId } of await repository.blockedOn(connectionId)) {
      const run = await repository.decide(organizationId, id, (current) =>
        decideRelease(current, 'reconnect', this.#moment()),
      );
      if (run?.status === 'scheduled') released += 1;
      await repository.rollUp(organizationId, postId);
    }
    return released;
  }

  /** Brings a post's status in line with its runs. Repeatable. */
  async rollUp(organizationId: string, postId: string): Promise<void> {
    await this.deps.repository.rollUp(organizationId, postId);
  }

  // The sweep ------------------------------------------------------------------------------------------------------------

  /** Works on everything due within this time. @param milliseconds an upper bound for beginning new work. */
  async sweep(milliseconds: number): Promise<SweepCounts> {
    const until = new Date(this.deps.clock.now().getTime() + milliseconds);
    const counts = await this.deps.dispatcher().sweep(until);
    if (counts.due > 0) logger.info(counts, 'swept due posts');
    return counts;
  }

  async #decide(
    actor: Actor,
    postId: string,
    runId: string,
    decide: Parameters<PublishingRepository['decide']>[2],
  ): Promise<RunView> {
    const { repository } = this.deps;
    const known = await repository.run(actor.organizationId, runId);
    if (known?.postId !== postId || !mayUse(actor, known)) throw new NotFoundError('This run');
    const run = await repository.decide(actor.organizationId, runId, (current) => decide(current));
    if (!run) throw new NotFoundError('This run');
    await repository.rollUp(actor.organizationId, postId);
    if (run.status === 'scheduled') this.kick(postId);
    return runView(run);
  }

  #patchIn(tx: Tx, run: Run, patch: RunPatch | null): void {
    if (!patch) return;
    bookSlotIn(this.deps.repository.db, tx, run, { ...run, ...patch });
    const announce =
      patch.status === 'cancelled' ? announceTrouble(run, { ...patch, status: patch.status }) : [];
    this.deps.repository.changeIn(tx, run, { patch, announce });
  }

  #moment(): Moment {
    const now = this.deps.clock.now();
    return { now, startedAt: now, random: this.deps.random, timing: this.deps.timing };
  }
}

/** A member limited to some channels sees nothing of the others here. */
function mayUse(actor: Actor, run: Run): boolean {
  return actor.channelIds.length === 0 || actor.channelIds.includes(run.connectionId);
}

export function runView(run: Run): RunView {
  const { id, postId, connectionId, platform, status, dueAt, localTime, zone, nextActionAt, attempts } = run;
  return {
    id,
    postId,
    connectionId,
    platform,
    status,
    dueAt,
    localTime,
    zone,
    nextActionAt,
    attempts,
    parts: run.parts.map((part) => ({
      key: part.key,
      status: part.status,
      platformPostId: part.platformPostId,
      permalink: part.permalink,
    })),
    platformPostId: run.platformPostId,
    permalink: run.permalink ?? null,
    publishedAt: run.publishedAt,
    errorClass: run.lastErrorClass,
    error: run.lastError,
    blockedReason: run.blockedReason,
    needsAnswer: awaitsAnswer(run),
  };
}
