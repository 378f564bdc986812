import type { ExternalServiceError } from '@/core/errors';

/** What follows a try. Pure. */

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** Pauses after each failed try, in milliseconds: 10 s, 1, 5, 15, 30 min, 1, 2, 4, 8, 9 h. A day and an hour in all. */
export const RETRY_DELAYS_MS: readonly number[] = [
  10_000,
  MINUTE_MS,
  5 * MINUTE_MS,
  15 * MINUTE_MS,
  30 * MINUTE_MS,
  HOUR_MS,
  2 * HOUR_MS,
  4 * HOUR_MS,
  8 * HOUR_MS,
  9 * HOUR_MS,
];

export type AttemptStep = { kind: 'retry'; at: Date } | { kind: 'failed' };

/** @param tries since the message was made or replayed, this one included. */
export function stepAfter(
  failure: Pick<ExternalServiceError, 'retryable' | 'retryAfterMs'>,
  { tries, once, now }: { tries: number; once: boolean; now: Date },
): AttemptStep {
  const delay = RETRY_DELAYS_MS[tries - 1];
  if (once || !failure.retryable || delay === undefined) return { kind: 'failed' };
  return { kind: 'retry', at: new Date(now.getTime() + Math.max(delay, failure.retryAfterMs ?? 0)) };
}

export interface Health {
  status: 'active' | 'failing' | 'disabled';
  failureCount: number;
  failingSince: Date | null;
}

const FAILING_AFTER = 5;
export const DISABLED_AFTER_MS = 24 * HOUR_MS;

/** What a failed try says about its channel: failing after five in a row, off after a day of it. */
export function healthAfterFailure(known: Health, now: Date): Health {
  if (known.status === 'disabled') return known;
  const failureCount = known.failureCount + 1;
  if (failureCount < FAILING_AFTER)
    return { status: known.status, failureCount, failingSince: known.failingSince };
  const failingSince = known.failingSince ?? now;
  const over = now.getTime() - failingSince.getTime() >= DISABLED_AFTER_MS;
  return { status: over ? 'disabled' : 'failing', failureCount, failingSince };
}
