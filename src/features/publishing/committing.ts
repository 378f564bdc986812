import type {
  Artefacts,
  CommitResult,
  PublishedRef,
  RateObservation,
  ReconcileMode,
} from '@/features/platforms/providers/types';
import { attemptOf, decideFailure, giveUp, type Moment } from './failing';
import { FAILURE_TEXT, TEXT } from './reasons';
import type { Run } from './schema';
import { pollDelayMs, reminderDelayMs } from './timing';
import {
  type AttemptFacts,
  announceCompleted,
  announceOut,
  announceQuestion,
  type Change,
  FRESH_STEP,
  isRootOut,
  type Pause,
  RELEASED,
  type RunPatch,
  stepAfter,
  transition,
} from './transition';

/** Empty artefacts are stored as nothing. */
export function storedArtefacts(artefacts: Artefacts): string | null {
  return Object.keys(artefacts).length === 0 ? null : JSON.stringify(artefacts);
}

/** The current step is out. With more to send the lease stays, and the next part begins. */
export function stepOut(
  run: Run,
  ref: PublishedRef | null,
  permalink: string | undefined,
  attempt: AttemptFacts,
): Change {
  const publishedAt = attempt.finishedAt;
  const link = ref?.permalink ?? permalink ?? null;
  const parts = run.parts.map((part) =>
    part.key === run.step
      ? {
          ...part,
          status: 'published' as const,
          platformPostId: ref?.id ?? null,
          permalink: link,
          extra: { ...ref?.extra },
          publishedAt,
        }
      : part,
  );
  const next = stepAfter(run);
  const isRoot = run.step === 'root' && !isRootOut(run);
  const patch = transition(run, 'out', {
    parts,
    ...FRESH_STEP,
    ...(isRoot ? { platformPostId: ref?.id ?? null, publishedAt, ...(link ? { permalink: link } : {}) } : {}),
    ...(next ? { step: next } : {}),
    artefacts: null,
    artefactsFor: null,
    uncertain: false,
    askedAt: null,
    reminders: 0,
    blockedReason: null,
    lastErrorClass: null,
    lastError: null,
  });
  return {
    patch,
    attempt: { ...attempt, platformPostId: ref?.id ?? null },
    announce: [
      ...(isRoot ? [announceOut(run, link, publishedAt)] : []),
      ...(patch.status === 'published' && !isRoot ? [announceCompleted(run)] : []),
    ],
  };
}

/** Nothing more is allowed for now: everybody in that scope waits until the network's own reset. */
function pausesOf(rate: RateObservation | undefined, now: Date): Pause[] {
  if (rate?.remaining !== 0 || !rate.resetsAt || rate.resetsAt <= now) return [];
  return [{ scope: rate.scope, until: rate.resetsAt, reason: 'rate_limit' }];
}

/** What the answer to a commit call means. `unknown` is never sent again from here. */
export function decideCommitResult(
  run: Run,
  result: CommitResult,
  mode: ReconcileMode,
  moment: Moment,
): Change {
  if (result.status === 'published') {
    const change = stepOut(run, result.ref, undefined, attemptOf('commit', 'published', moment));
    return { ...change, pauses: pausesOf(result.rate, moment.now) };
  }
  if (result.status === 'accepted') {
    return {
      patch: transition(run, 'accepted', {
        ...RELEASED,
        artefacts: storedArtefacts(result.artefacts),
        looks: 0,
        phaseSince: moment.now,
        nextActionAt: later(moment.now, pollDelayMs(result.pollAfterMs, 0, moment.timing)),
      }),
      attempt: attemptOf('commit', 'accepted', moment),
      pauses: pausesOf(result.rate, moment.now),
    };
  }
  if (result.error.outcome !== 'unknown') return decideFailure(run, result, 'commit', moment);
  return unconfirmed(run, mode, attemptOf('commit', 'unknown', moment, result.error), moment);
}

/** Nobody knows whether the step is out. Looks come after the old request can no longer be running. */
export function unconfirmed(run: Run, mode: ReconcileMode, attempt: AttemptFacts, moment: Moment): Change {
  const patch = transition(run, 'unknown', {
    ...RELEASED,
    looks: 0,
    phaseSince: moment.now,
    uncertain: true,
    lastErrorClass: attempt.errorClass ?? 'unknown',
    lastError: FAILURE_TEXT[attempt.errorClass ?? 'unknown'],
    nextActionAt: firstLookAt(run, mode, moment),
  });
  if (mode !== 'none') return { patch, attempt };
  const question = asked({ ...run, ...patch } as Run, attempt, moment);
  return { ...question, patch: { ...patch, ...question.patch } };
}

export function firstLookAt(run: Run, mode: ReconcileMode, moment: Moment): Date {
  const sentAt = run.commit?.sentAt ?? moment.now;
  const over = run.commit?.deadline ?? moment.now;
  const wanted = mode === 'eventual' ? later(sentAt, moment.timing.looksEventual[0] ?? 0) : over;
  return latest(wanted, over);
}

/** Only a person can tell now. */
export function asked(run: Run, attempt: AttemptFacts, moment: Moment): Change {
  const reminder = run.askedAt ? run.reminders + 1 : 0;
  const message = isRootOut(run) ? TEXT.questionPart : TEXT.question;
  const patch: RunPatch = transition(run, 'ask', {
    ...RELEASED,
    askedAt: run.askedAt ?? moment.now,
    reminders: reminder,
    uncertain: true,
    lastError: message,
    nextActionAt: later(moment.now, reminderDelayMs(reminder, moment.timing)),
  });
  return { patch, attempt, announce: [announceQuestion({ ...run, ...patch } as Run, message, reminder)] };
}

/** An accepted commit that the network did not finish in the time it may take. */
export function confirmTimedOut(run: Run, mode: ReconcileMode, moment: Moment): Change {
  const attempt = {
    ...attemptOf('confirm', 'unknown', moment),
    errorClass: 'timeout' as const,
    message: 'The network accepted the post and did not say that it is out.',
  };
  return unconfirmed(run, mode, attempt, moment);
}

/** Media the network did not finish processing before the commit. */
export function processingTimedOut(run: Run, moment: Moment): Change {
  const attempt = {
    ...attemptOf('prepare', 'failed', moment),
    errorClass: 'timeout' as const,
    message: TEXT.slowProcessing,
  };
  return giveUp(run, attempt, { kind: 'timeout', text: TEXT.slowProcessing });
}

export function later(base: Date, milliseconds: number): Date {
  return new Date(base.getTime() + milliseconds);
}

export function latest(a: Date, b: Date): Date {
  return new Date(Math.max(a.getTime(), b.getTime()));
}
