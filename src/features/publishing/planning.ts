import type { NewDoc } from '@/core/db/model';
import { ConflictError } from '@/core/errors';
import type { RunPlan } from '@/features/content/run-planner';
import type { Post } from '@/features/content/schema';
import { latest } from './committing';
import type { Run, RunStatus, runModel } from './schema';
import { BEFORE_INTENT_STATUSES } from './states';
import { FRESH_STEP, isRootOut, newPart, type RunPatch, takenOver, transition } from './transition';

/** What content asks of runs, inside its own transactions. Pure: a patch, nothing, or a refusal. */

const NO_TROUBLE = {
  blockedReason: null,
  lastErrorClass: null,
  lastError: null,
  askedAt: null,
  reminders: 0,
} as const satisfies RunPatch;

type PlannedPost = Pick<Post, 'id' | 'organizationId' | 'authorId' | 'version'>;

/** A post that was to go out at once waits this long for its approval before its author is told. Milliseconds. */
const APPROVAL_PATIENCE = 24 * 3600_000;

/** When something is to be done about a run that is planned so. */
function firstActionAt(plan: RunPlan, now: Date): Date {
  const past = plan.dueAt <= now;
  return plan.needsApproval && past ? new Date(now.getTime() + APPROVAL_PATIENCE) : plan.dueAt;
}

export function newRun(post: PlannedPost, plan: RunPlan, now: Date): NewDoc<typeof runModel> {
  return {
    organizationId: post.organizationId,
    postId: post.id,
    connectionId: plan.connectionId,
    platform: plan.platform,
    authorId: post.authorId,
    dueAt: plan.dueAt,
    localTime: plan.localTime,
    zone: plan.zone,
    slotId: plan.slotId ?? null,
    status: plan.needsApproval ? 'pending_approval' : 'scheduled',
    nextActionAt: firstActionAt(plan, now),
    leaseOwner: null,
    leaseUntil: null,
    fence: 0,
    step: 'root',
    parts: [newPart('root')],
    ...FRESH_STEP,
    artefacts: null,
    artefactsFor: null,
    contentVersion: post.version,
    contentHash: plan.contentHash,
    fixedAt: null,
    commit: null,
    platformPostId: null,
    publishedAt: null,
    lastErrorClass: null,
    lastError: null,
    blockedReason: null,
    uncertain: false,
    askedAt: null,
    reminders: 0,
    releasedAt: null,
  };
}

/** Documents alone may still change: nothing of this run left, and nothing may have. */
export function isChangeable(run: Pick<Run, 'status' | 'parts' | 'uncertain'>): boolean {
  if (isRootOut(run) || run.uncertain) return false;
  return BEFORE_INTENT_STATUSES.has(run.status) || run.status === 'failed' || run.status === 'cancelled';
}

const TOO_LATE: Partial<Record<RunStatus, string>> = {
  committing: 'This post is being sent right now. Wait a moment and look again.',
  confirming: 'The network has taken this post. It can be deleted once it is out.',
  unconfirmed: 'Nobody knows yet whether this post is out. Settle that first.',
  failed: 'Nobody knows whether this post is out. Settle that first.',
  deleted: 'This post was removed from the network. Make a new one to publish again.',
  deleting: 'This post is being removed from the network. Make a new one to publish again.',
};

export function tooLate(run: Pick<Run, 'id' | 'connectionId' | 'status'>): ConflictError {
  const message = TOO_LATE[run.status] ?? 'This post is out already. To publish again, make a new post.';
  return new ConflictError(message, 'too_late', {
    details: { runId: run.id, connectionId: run.connectionId, status: run.status },
  });
}

/**
 * @returns the patch that makes the plan true, or null when it is true already.
 * @throws ConflictError `too_late`
 */
export function decideReplan(run: Run, post: PlannedPost, plan: RunPlan, now: Date): RunPatch | null {
  if (!isChangeable(run)) throw tooLate(run);
  const waiting = BEFORE_INTENT_STATUSES.has(run.status) && run.status !== 'blocked';
  const sameTime = run.dueAt.getTime() === plan.dueAt.getTime();
  // At the time it has already, a run keeps its slot.
  const slotId = plan.slotId ?? (sameTime ? run.slotId : null);
  const same =
    run.slotId === slotId &&
    run.contentHash === plan.contentHash &&
    sameTime &&
    run.localTime === plan.localTime &&
    run.zone === plan.zone &&
    waiting &&
    (run.status === 'pending_approval') === plan.needsApproval;
  if (same) return run.contentVersion === post.version ? null : { contentVersion: post.version };
  // A new time, an approval or a decision to send is a person's "go": lateness counts from here where the time has passed.
  const past = plan.dueAt <= now;
  return transition(run, plan.needsApproval ? 'hold' : 'plan', {
    ...takenOver(run),
    ...FRESH_STEP,
    step: 'root',
    parts: [newPart('root')],
    dueAt: plan.dueAt,
    localTime: plan.localTime,
    zone: plan.zone,
    slotId,
    nextActionAt: firstActionAt(plan, now),
    releasedAt: past && !plan.needsApproval ? now : null,
    fixedAt: null,
    contentVersion: post.version,
    contentHash: plan.contentHash,
    blockedReason: null,
    lastErrorClass: null,
    lastError: null,
    askedAt: null,
    reminders: 0,
  });
}

/** @throws ConflictError `too_late` */
export function decideCancel(run: Run): RunPatch | null {
  // What somebody chose to leave stays as it is: it may be out, so it is not called cancelled.
  if (run.status === 'cancelled' || (run.status === 'failed' && run.uncertain)) return null;
  if (!isChangeable(run)) throw tooLate(run);
  return transition(run, 'cancel', {
    ...takenOver(run),
    slotId: null,
    blockedReason: null,
    lastErrorClass: null,
    lastError: null,
  });
}

/**
 * Whoever prepares the old content is stopped; what waits for a person goes on waiting.
 * @throws ConflictError `too_late`
 */
export function decideContentChanged(
  run: Run,
  post: PlannedPost,
  contentHash: string,
  now: Date,
): RunPatch | null {
  if (run.status === 'cancelled') return null;
  if (!isChangeable(run)) throw tooLate(run);
  const content: RunPatch = { contentVersion: post.version, contentHash };
  if (run.status === 'failed' || run.status === 'blocked' || run.status === 'pending_approval')
    return content;
  const started = run.status !== 'scheduled' || run.leaseOwner !== null;
  return transition(run, 'plan', {
    ...content,
    ...takenOver(run),
    ...FRESH_STEP,
    step: 'root',
    parts: [newPart('root')],
    fixedAt: null,
    lastErrorClass: null,
    lastError: null,
    nextActionAt: started ? latest(run.dueAt, now) : run.nextActionAt,
  });
}

/**
 * The content is approved: what waited for that goes on. Null for a run that did not wait.
 * @param asSoonAsApproved it had no time of its own: lateness counts from now. A post whose time passed long ago is not sent
 * without asking.
 */
export function decideApproved(run: Run, asSoonAsApproved: boolean, now: Date): RunPatch | null {
  const waits = run.status === 'pending_approval' || isBlockedForApproval(run);
  if (!waits || !isChangeable(run)) return null;
  return transition(run, 'plan', {
    ...takenOver(run),
    ...FRESH_STEP,
    ...NO_TROUBLE,
    nextActionAt: run.dueAt,
    releasedAt: asSoonAsApproved && run.dueAt <= now ? now : run.releasedAt,
  });
}

/** The content may not go out after all. Null for a run that waits already, is over, or is on its way. */
export function decideHeld(run: Run, now: Date): RunPatch | null {
  if (run.status === 'pending_approval' || run.status === 'blocked') return null;
  if (!BEFORE_INTENT_STATUSES.has(run.status) || !isChangeable(run)) return null;
  const past = run.dueAt <= now;
  return transition(run, 'hold', {
    ...takenOver(run),
    ...FRESH_STEP,
    ...NO_TROUBLE,
    nextActionAt: past ? new Date(now.getTime() + APPROVAL_PATIENCE) : run.dueAt,
  });
}

function isBlockedForApproval(run: Pick<Run, 'status' | 'blockedReason'>): boolean {
  return run.status === 'blocked' && run.blockedReason === 'approval';
}
