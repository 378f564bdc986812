import { ExternalServiceError } from '@/core/errors';
import { retryDelayMs } from '@/core/resilience/backoff';
import type { StepFailure } from '@/features/platforms/providers/types';
import { BLOCKED_TEXT, FAILURE_TEXT } from './reasons';
import type { BlockedReason, Run } from './schema';
import { MAX_TRIES, outageDelayMs, reminderDelayMs, type Timing } from './timing';
import {
  type AttemptFacts,
  announceBlock,
  announceTrouble,
  type Change,
  type Pause,
  RELEASED,
  type RunPatch,
  transition,
} from './transition';

/** What a decision may know beside the run itself. */
export interface Moment {
  now: Date;
  startedAt: Date;
  random: () => number;
  timing: Timing;
}

const at = (base: Date, milliseconds: number) => new Date(base.getTime() + milliseconds);

/** Facts of an attempt that ended in a classified failure. */
export function attemptOf(
  phase: AttemptFacts['phase'],
  outcome: AttemptFacts['outcome'],
  moment: Moment,
  error?: ExternalServiceError,
): AttemptFacts {
  return {
    phase,
    outcome,
    startedAt: moment.startedAt,
    finishedAt: moment.now,
    ...(error
      ? {
          errorClass: error.kind,
          message: error.message.slice(0, 500),
          vendorStatus: error.vendorStatus ?? null,
          vendorCode: error.vendorCode ?? null,
        }
      : {}),
  };
}

/** The current part as it stands once the run gives up on it. */
export function withStep(run: Run, status: Run['parts'][number]['status']): Pick<Run, 'parts'> {
  return { parts: run.parts.map((part) => (part.key === run.step ? { ...part, status } : part)) };
}

/** Ends the run: `failed`, or `partial` when its first post is out. */
export function giveUp(
  run: Run,
  attempt: AttemptFacts,
  error: { kind: Run['lastErrorClass']; text: string },
  extra: Omit<Change, 'patch'> & { uncertain?: boolean; patch?: RunPatch } = {},
): Change {
  const patch = transition(run, 'fail', {
    ...withStep(run, 'failed'),
    ...extra.patch,
    attempts: run.attempts + 1,
    uncertain: extra.uncertain ?? false,
    blockedReason: null,
    lastErrorClass: error.kind,
    lastError: error.text,
  });
  return {
    patch,
    attempt,
    announce: announceTrouble(run, patch),
    ...(extra.pauses ? { pauses: extra.pauses } : {}),
  };
}

/** Puts the run before a person. A part after the first post is not worth that: the run ends as `partial`. */
export function blocked(run: Run, reason: BlockedReason, moment: Moment, detail?: string): Change {
  const message = detail ? `${BLOCKED_TEXT[reason]} ${detail}` : BLOCKED_TEXT[reason];
  const patch = transition(run, 'block', {
    ...RELEASED,
    nextActionAt: at(moment.now, reminderDelayMs(0, moment.timing)),
    blockedReason: reason,
    lastError: message.slice(0, 1000),
    uncertain: false,
    askedAt: moment.now,
    reminders: 0,
    phaseSince: moment.now,
  });
  const attempt = { ...attemptOf('prepare', 'blocked', moment), message: message.slice(0, 500) };
  if (patch.status !== 'blocked') {
    const ended = { ...patch, ...withStep(run, 'failed'), blockedReason: null };
    return { patch: ended, attempt, announce: announceTrouble(run, ended) };
  }
  return { patch, attempt, announce: [announceBlock(run, reason, message, 0)] };
}

/**
 * A step that is definitely not out: tried again, or given up after six tries or when trying again cannot help.
 * The network's own `Retry-After` is followed exactly and shared with every run in its scope.
 */
export function decideFailure(
  run: Run,
  failure: StepFailure,
  phase: 'prepare' | 'commit',
  moment: Moment,
): Change {
  const { error } = failure;
  const failures = run.attempts + 1;
  const limited = error.kind === 'rate_limit' || error.kind === 'quota';
  const delay =
    error.retryAfterMs !== undefined || error.kind === 'rate_limit'
      ? retryDelayMs(error, run.attempts, moment.random)
      : outageDelayMs(failures, moment.random);
  const nextActionAt = at(moment.now, delay);
  const pauses: Pause[] =
    limited && (error.retryAfterMs !== undefined || error.kind === 'rate_limit')
      ? [{ scope: failure.scope ?? 'account', until: nextActionAt, reason: error.kind }]
      : [];
  const outcome = phase === 'prepare' ? 'failed' : error.outcome === 'not_sent' ? 'not_sent' : 'rejected';
  const attempt = attemptOf(phase, outcome, moment, error);
  if (!error.retryable || failures >= MAX_TRIES) {
    return giveUp(run, attempt, { kind: error.kind, text: FAILURE_TEXT[error.kind] }, { pauses });
  }
  const patch = transition(run, 'again', {
    ...RELEASED,
    nextActionAt,
    attempts: failures,
    looks: 0,
    phaseSince: null,
    uncertain: false,
    lastErrorClass: error.kind,
    lastError: FAILURE_TEXT[error.kind],
    ...(failure.discardArtefacts ? { artefacts: null, artefactsFor: null } : {}),
  });
  return { patch, attempt, pauses };
}

/** The intent stands, yet nothing was sent: too little time is left, or the network cannot take such a step. */
export function decideRefusal(run: Run, why: 'late' | 'unsupported', moment: Moment): Change {
  if (why === 'unsupported') {
    const text = 'This network does not take this part of the post.';
    const attempt = { ...attemptOf('commit', 'not_sent', moment), message: text };
    return giveUp(run, attempt, { kind: 'invalid_request', text });
  }
  const error = new ExternalServiceError(
    'Too little time was left to wait for an answer; nothing was sent.',
    {
      provider: run.platform,
      kind: 'timeout',
      retryable: true,
      outcome: 'not_sent',
    },
  );
  return decideFailure(run, { status: 'failed', error }, 'commit', moment);
}
