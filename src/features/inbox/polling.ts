import { ExternalServiceError } from '@/core/errors';

/** Milliseconds between two looks at a channel: while nobody watches, and while somebody has the inbox open. */
const IDLE_MS = 5 * 60_000;
const WATCHED_MS = 60_000;
/** The practice network costs nothing to ask. */
const SANDBOX_WATCHED_MS = 2_000;
const LONGEST_MS = 6 * 3600_000;
/** A channel that must be reconnected, or whose network has no inbox, is asked rarely. */
const RESTING_MS = 6 * 3600_000;

export function watchedInterval(platform: string): number {
  return platform === 'sandbox' ? SANDBOX_WATCHED_MS : WATCHED_MS;
}

export function nextPollAfter(now: Date): Date {
  return new Date(now.getTime() + IDLE_MS);
}

export function rest(now: Date): Date {
  return new Date(now.getTime() + RESTING_MS);
}

/** When to ask again after a failure: what the network says, else twice as long each time. @param failures in a row, this one included. */
export function backOff(error: unknown, failures: number, now: Date): Date {
  if (error instanceof ExternalServiceError) {
    if (error.retryAfterMs !== undefined)
      return new Date(now.getTime() + Math.max(error.retryAfterMs, WATCHED_MS));
    if (error.kind === 'auth_expired' || error.kind === 'invalid_request') return rest(now);
  }
  return new Date(now.getTime() + Math.min(IDLE_MS * 2 ** Math.min(failures - 1, 10), LONGEST_MS));
}
