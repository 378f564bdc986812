import { ExternalServiceError } from '@/core/errors';
import type { InboxPace } from '@/features/platforms/providers/types';
import type { ChannelTrouble } from './schema';

const IDLE_MS = 5 * 60_000;
const WATCHED_MS = 60_000;
const LONGEST_MS = 6 * 3600_000;
/** A channel that must be reconnected, or whose network has no inbox, is asked rarely. */
const RESTING_MS = 6 * 3600_000;

/** Milliseconds between two looks while somebody watches. */
export function watchedInterval({ watchedMs = WATCHED_MS }: InboxPace): number {
  return watchedMs;
}

export function nextPollAfter(now: Date, { idleMs = IDLE_MS }: InboxPace): Date {
  return new Date(now.getTime() + idleMs);
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

/** Failures in a row that may be a bad moment; more of them are said. */
const QUIET_FAILURES = 2;

/** What a person should know, and can perhaps help with. @param failures in a row, this one included. */
export function troubleOf(error: unknown, failures: number): ChannelTrouble | null {
  if (error instanceof ExternalServiceError) {
    if (error.kind === 'auth_expired') return 'reconnect';
    if (error.vendorCode === 'permission') return 'permission';
  }
  return failures > QUIET_FAILURES ? 'failing' : null;
}
