import 'server-only';
import { ExternalServiceError } from '@/core/errors';
import type { Clock } from '@/core/time/clock';
import { later } from './committing';
import { postRemoved } from './events';
import { attemptOf, type Moment } from './failing';
import type { Run } from './schema';
import { notRemoved } from './settling';
import { refOf, type StepContexts } from './step-context';
import { MAX_TRIES, outageDelayMs } from './timing';
import { type Change, RELEASED, transition } from './transition';

/** Takes every part off the network, last first. What is gone already counts as removed, so that it can be repeated. */
export async function removeParts(contexts: StepContexts, clock: Clock, moment: () => Moment): Promise<void> {
  const { lease, loaded } = contexts;
  const { provider } = loaded.channel;
  const startedAt = clock.now();
  const out = lease.run.parts.filter((part) => part.status === 'published').reverse();
  for (const part of out) {
    const ref = refOf(part);
    const error =
      provider.delete && ref
        ? await attempted(() => provider.delete?.(contexts.question({}, moment().timing.question), ref))
        : NOT_ABLE;
    if (error) {
      await lease.change((run) => decideNotRemoved(run, error, { ...moment(), startedAt }));
      return;
    }
    await lease.change((run) => ({
      patch: {
        parts: run.parts.map((one) => (one.key === part.key ? { ...one, status: 'deleted' as const } : one)),
      },
    }));
  }
  await lease.change((run) => {
    const { id: runId, postId, organizationId, connectionId, platform } = run;
    return {
      patch: transition(run, 'gone', { lastError: null, lastErrorClass: null }),
      attempt: attemptOf('delete', 'deleted', { ...moment(), startedAt }),
      announce: [{ event: postRemoved, payload: { runId, postId, organizationId, connectionId, platform } }],
    };
  });
}

const NOT_ABLE = 'not_able';

async function attempted(remove: () => Promise<void> | undefined): Promise<ExternalServiceError | null> {
  try {
    await remove();
    return null;
  } catch (error) {
    if (error instanceof ExternalServiceError) return error;
    throw error;
  }
}

function decideNotRemoved(run: Run, error: ExternalServiceError | typeof NOT_ABLE, moment: Moment): Change {
  const attempts = run.attempts + 1;
  if (error === NOT_ABLE || !error.retryable || attempts >= MAX_TRIES) {
    const known = error === NOT_ABLE ? undefined : error;
    return notRemoved(run, attemptOf('delete', 'failed', moment, known));
  }
  const delay = error.retryAfterMs ?? outageDelayMs(attempts, moment.random);
  return {
    patch: transition(run, 'again', { ...RELEASED, attempts, nextActionAt: later(moment.now, delay) }),
    attempt: attemptOf('delete', 'failed', moment, error),
  };
}
