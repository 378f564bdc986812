import type { CheckResult, ReconcileMode } from '@/features/platforms/providers/types';
import { confirmTimedOut, later, processingTimedOut, storedArtefacts } from './committing';
import { attemptOf, giveUp, type Moment } from './failing';
import { FAILURE_TEXT } from './reasons';
import type { Run } from './schema';
import { pollDelayMs } from './timing';
import { type Change, RELEASED, transition } from './transition';

type Waiting = Extract<CheckResult, { status: 'processing' }>;

/** Uploads are being worked on; the run is looked at again, until it has taken too long. */
export function decideProcessing(run: Run, result: Waiting, artefactsFor: string, moment: Moment): Change {
  const { now, timing } = moment;
  const first = run.status !== 'processing';
  const since = first ? now : (run.phaseSince ?? now);
  if (now.getTime() - since.getTime() > timing.processing) return processingTimedOut(run, moment);
  const looks = first ? 0 : run.looks + 1;
  return {
    patch: transition(run, 'processing', {
      ...RELEASED,
      looks,
      phaseSince: since,
      artefacts: storedArtefacts(result.artefacts),
      artefactsFor,
      nextActionAt: later(now, pollDelayMs(result.pollAfterMs, looks, timing)),
    }),
    ...(first ? { attempt: attemptOf('prepare', 'processing', moment) } : {}),
  };
}

/** The network was asked about a commit it accepted, and does not call it published. */
export function decideChecked(
  run: Run,
  result: Exclude<CheckResult, { status: 'published' }>,
  mode: ReconcileMode,
  moment: Moment,
): Change {
  const { now, timing } = moment;
  if (result.status === 'failed' && !couldNotAsk(result.error.kind)) {
    const attempt = attemptOf('confirm', 'failed', moment, result.error);
    return giveUp(run, attempt, { kind: result.error.kind, text: FAILURE_TEXT[result.error.kind] });
  }
  const since = run.phaseSince ?? now;
  if (now.getTime() - since.getTime() > timing.confirming) return confirmTimedOut(run, mode, moment);
  const looks = run.looks + 1;
  const wished = result.status === 'processing' ? result.pollAfterMs : timing.pollShortest;
  const asked = result.status === 'failed' ? result.error.retryAfterMs : undefined;
  return {
    patch: transition(run, 'processing', {
      ...RELEASED,
      looks,
      ...(result.status === 'failed' ? {} : { artefacts: storedArtefacts(result.artefacts) }),
      nextActionAt: later(now, asked ?? pollDelayMs(wished, looks, timing)),
    }),
  };
}

/** The network said nothing about the post: it could not be asked. */
function couldNotAsk(kind: NonNullable<Run['lastErrorClass']>): boolean {
  return kind !== 'invalid_request' && kind !== 'content_policy' && kind !== 'context_too_long';
}
