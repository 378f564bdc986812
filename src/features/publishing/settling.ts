import { ConflictError } from '@/core/errors';
import type { CommitResult, ReconcileMode, ReconcileResult } from '@/features/platforms/providers/types';
import { asked, firstLookAt, later, latest, stepOut, unconfirmed } from './committing';
import { attemptOf, giveUp, type Moment, withStep } from './failing';
import { FAILURE_TEXT, TEXT } from './reasons';
import type { BlockedReason, ResolveRequest, Run } from './schema';
import { MAX_TRIES } from './timing';
import {
  announceTrouble,
  type Change,
  FRESH_STEP,
  isRootOut,
  RELEASED,
  stepAfter,
  takenOver,
  transition,
} from './transition';

/** Settling an `unconfirmed` run: by looking at the network, by the channel's own setting, or by a person's word. */

export interface Look {
  mode: ReconcileMode;
  /** Null when the network could not be asked at all. */
  result: ReconcileResult | null;
  /** The channel sends again without asking. */
  automaticResend: boolean;
}

/** When the next look is allowed, if not now. */
export function lookLater(run: Run, mode: ReconcileMode, moment: Moment): Date | null {
  if (run.askedAt) return null;
  const first = firstLookAt(run, mode, moment);
  return run.looks === 0 && first > moment.now ? first : null;
}

export function decideLook(run: Run, look: Look, moment: Moment): Change {
  const { mode, result } = look;
  const status = result?.status ?? 'unknown';
  const error = result?.status === 'unknown' ? result.error : undefined;
  if (result?.status === 'found')
    return stepOut(run, result.ref, undefined, attemptOf('reconcile', 'found', moment));
  const attempt = attemptOf('reconcile', status === 'absent' ? 'absent' : 'unknown', moment, error);
  if (mode === 'exact' && status === 'absent') return absent(run, 'absent', attempt, moment);
  const next = nextLookAt(run, mode, moment);
  if (next && !run.askedAt) {
    return {
      patch: transition(run, 'look_again', { ...RELEASED, looks: run.looks + 1, nextActionAt: next }),
      attempt,
    };
  }
  if (mode === 'eventual' && status === 'absent' && look.automaticResend && !run.askedAt)
    return absent(run, 'resend', attempt, moment);
  return asked(run, attempt, moment);
}

function nextLookAt(run: Run, mode: ReconcileMode, moment: Moment): Date | null {
  const looks = run.looks + 1;
  if (mode === 'exact') {
    const pause = moment.timing.looksExact[looks];
    return pause === undefined ? null : later(moment.now, pause);
  }
  if (mode === 'none') return null;
  const after = moment.timing.looksEventual[looks];
  if (after === undefined) return null;
  const planned = later(run.commit?.sentAt ?? moment.now, after);
  // Looks that were missed while no worker ran are not all made up for at once.
  const soonest = later(moment.now, Math.min(5_000, moment.timing.looksEventual[0] ?? 5_000));
  return latest(planned, soonest);
}

/** It is certainly not there: the step is sent again, unless it used up its tries. */
function absent(
  run: Run,
  event: 'absent' | 'resend',
  attempt: ReturnType<typeof attemptOf>,
  moment: Moment,
): Change {
  const attempts = run.attempts + 1;
  if (attempts >= MAX_TRIES) {
    const kind = run.lastErrorClass ?? 'unknown';
    return giveUp(run, attempt, { kind, text: FAILURE_TEXT[kind] });
  }
  return {
    attempt,
    patch: transition(run, event, {
      ...RELEASED,
      attempts,
      looks: 0,
      phaseSince: null,
      uncertain: false,
      askedAt: null,
      reminders: 0,
      nextActionAt: moment.now,
    }),
  };
}

/** The answer of a commit whose worker lost its lease meanwhile. Only what is certain counts. */
export function decideLateAnswer(run: Run, result: CommitResult, moment: Moment): Change {
  if (result.status === 'published') {
    const attempt = attemptOf('commit', 'published', moment);
    return stepOut({ ...run, nextActionAt: moment.now }, result.ref, undefined, attempt);
  }
  if (result.status === 'failed' && result.error.outcome !== 'unknown')
    return absent(run, 'absent', attemptOf('commit', result.error.outcome, moment, result.error), moment);
  return { patch: {} };
}

/** Settles what cannot be looked at, because the channel or the content is gone: only a person can tell. */
export function settleBlind(run: Run, moment: Moment): Change {
  if (run.status === 'deleting') return notRemoved(run, attemptOf('delete', 'failed', moment));
  const attempt = attemptOf('reconcile', 'unknown', moment);
  if (run.status === 'confirming') return unconfirmed(run, 'none', attempt, moment);
  return asked(run, attempt, moment);
}

/** The post went away before this was sent. */
export function cancelGone(run: Run, moment: Moment): Change {
  const attempt = { ...attemptOf('prepare', 'cancelled', moment), message: TEXT.gone };
  const patch = transition(run, 'cancel', { blockedReason: null, lastError: TEXT.gone });
  return { patch, attempt, announce: announceTrouble(run, patch) };
}

/** It stays on the network. */
export function notRemoved(run: Run, attempt: ReturnType<typeof attemptOf>): Change {
  const patch = transition({ ...run, step: lastStep(run) }, 'kept', { lastError: TEXT.notRemoved });
  return { patch, attempt };
}

function lastStep(run: Run): Run['step'] {
  return run.parts.find((part) => part.status !== 'published' && part.status !== 'deleted')?.key ?? run.step;
}

// People ---------------------------------------------------------------------------------------------------------------

export function awaitsAnswer(run: Pick<Run, 'status' | 'uncertain'>): boolean {
  return (
    run.status === 'unconfirmed' || (run.uncertain && (run.status === 'failed' || run.status === 'partial'))
  );
}

/** @throws ConflictError when nobody asks about this run (any more). */
export function decideResolve(run: Run, answer: ResolveRequest, actorId: string, moment: Moment): Change {
  if (!awaitsAnswer(run)) {
    throw new ConflictError('This post is not waiting for an answer. Reload to see where it stands.');
  }
  const decision = { ...attemptOf('decision', 'found', moment), actorId };
  if (answer.outcome === 'published') return saidToBeOut(run, answer.permalink, decision);
  if (!answer.resend) {
    if (run.status !== 'unconfirmed') return { patch: {}, attempt: { ...decision, outcome: 'left' } };
    const patch = transition(run, 'leave', {
      ...withStep(run, 'failed'),
      ...takenOver(run),
      uncertain: true,
      lastErrorClass: run.lastErrorClass ?? 'unknown',
      lastError: TEXT.left,
    });
    return { patch, attempt: { ...decision, outcome: 'left' }, announce: announceTrouble(run, patch) };
  }
  // The old request may still be running; then its deadline comes first.
  const over = run.commit?.deadline ?? moment.now;
  return {
    attempt: { ...decision, outcome: 'resend' },
    patch: transition(run, 'resend', {
      ...FRESH_STEP,
      ...takenOver(run),
      ...withStep(run, 'waiting'),
      uncertain: false,
      askedAt: null,
      reminders: 0,
      lastErrorClass: null,
      lastError: null,
      releasedAt: moment.now,
      nextActionAt: latest(over, moment.now),
    }),
  };
}

function saidToBeOut(run: Run, permalink: string | undefined, attempt: ReturnType<typeof attemptOf>): Change {
  const resting = { ...run, nextActionAt: run.nextActionAt ?? attempt.finishedAt };
  const out = stepOut(resting, null, permalink, attempt);
  const change = { ...out, patch: { ...out.patch, ...takenOver(run) } };
  if (!stepAfter(run)) return change;
  // Replies need the network's own id of what they reply to, and a link is not that.
  const after = { ...resting, ...change.patch } as Run;
  const kind = run.lastErrorClass ?? ('unknown' as const);
  const ended = transition(after, 'fail', {
    ...withStep(after, 'failed'),
    lastErrorClass: kind,
    lastError:
      'The first part is out. The rest was not sent, because the network did not tell us what to attach it to.',
  });
  return {
    ...change,
    patch: { ...change.patch, ...ended },
    announce: [...(change.announce ?? []), ...announceTrouble(run, ended)],
  };
}

/** @throws ConflictError when there is nothing to try again, or nobody knows yet whether it is out. */
export function decideRetry(run: Run, actorId: string, moment: Moment): Change {
  if (run.uncertain) {
    throw new ConflictError(
      'Nobody knows whether this is out. Look at the channel and tell us first.',
      'conflict',
      {
        details: { status: run.status },
      },
    );
  }
  if (run.status !== 'failed' && run.status !== 'partial' && run.status !== 'blocked') {
    throw new ConflictError('Only a post that failed or is blocked can be tried again.', 'conflict', {
      details: { status: run.status },
    });
  }
  const step = run.parts.find((part) => part.status !== 'published')?.key ?? run.step;
  const parts = run.parts.map((part) =>
    part.status === 'failed' || part.status === 'skipped' ? { ...part, status: 'waiting' as const } : part,
  );
  return {
    attempt: { ...attemptOf('decision', 'resend', moment), actorId },
    patch: transition(run, 'retry', {
      ...FRESH_STEP,
      ...takenOver(run),
      step,
      parts,
      // Nothing of it is out, so nothing has to be recognised again.
      fixedAt: isRootOut(run) ? run.fixedAt : null,
      askedAt: null,
      reminders: 0,
      blockedReason: null,
      lastErrorClass: null,
      lastError: null,
      releasedAt: moment.now,
      nextActionAt: moment.now,
    }),
  };
}

/** The cause of a block is gone. @returns null when the run does not wait for that (any more). */
export function decideRelease(run: Run, cause: BlockedReason, moment: Moment): Change | null {
  if (run.status !== 'blocked' || run.blockedReason !== cause) return null;
  return {
    patch: transition(run, 'release', {
      ...FRESH_STEP,
      ...takenOver(run),
      askedAt: null,
      reminders: 0,
      blockedReason: null,
      lastErrorClass: null,
      lastError: null,
      // Not `releasedAt`: what is late by now is asked about instead of sent.
      nextActionAt: latest(run.dueAt, moment.now),
    }),
  };
}

/** @returns null for a run that is not out. */
export function decideRemoval(run: Run, actorId: string, moment: Moment): Change | null {
  if (run.status !== 'published' && run.status !== 'partial') return null;
  return {
    patch: transition(run, 'delete', { ...FRESH_STEP, ...takenOver(run), nextActionAt: moment.now }),
    attempt: { ...attemptOf('decision', 'deleted', moment), actorId },
  };
}
