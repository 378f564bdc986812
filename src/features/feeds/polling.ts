import type { ExternalServiceError } from '@/core/errors';
import { FAILURES_MAX, FEED_LIMITS, type FeedProblem, type StopReason } from './schema';

const MINUTE_MS = 60_000;
const LONGEST_MS = 24 * 3600_000;

/** A feed could not be read, and why. */
export class FeedFault extends Error {
  readonly retryAfterMs: number | undefined;

  constructor(
    readonly problem: FeedProblem,
    options: { cause?: unknown; retryAfterMs?: number | undefined } = {},
  ) {
    super(
      `The feed could not be read: ${problem}.`,
      options.cause === undefined ? {} : { cause: options.cause },
    );
    this.name = 'FeedFault';
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** What a failed call to a feed's server means. */
export function faultOf(error: ExternalServiceError): FeedFault {
  return new FeedFault(problemOf(error), { cause: error, retryAfterMs: error.retryAfterMs });
}

function problemOf({ vendorCode, vendorStatus = 0, kind }: ExternalServiceError): FeedProblem {
  if (vendorCode === 'blocked_address') return 'blocked';
  if (vendorCode === 'response_too_large') return 'too_large';
  if (vendorStatus === 410) return 'gone';
  if (vendorStatus === 404) return 'not_found';
  if (kind === 'rate_limit') return 'busy';
  if (vendorStatus >= 500) return 'server_error';
  return vendorStatus >= 300 ? 'refused' : 'unreachable';
}

/** Somewhat around the interval, so that feeds added together are not asked together; never sooner than the shortest one. */
export function nextLook(now: Date, intervalMinutes: number, random: () => number): Date {
  const minutes = Math.max(intervalMinutes * (0.9 + random() * 0.2), FEED_LIMITS.intervalMin);
  return new Date(now.getTime() + Math.round(minutes * MINUTE_MS));
}

export interface FailureStep {
  failures: number;
  /** Null: it is switched off. */
  nextPollAt: Date | null;
  stop: StopReason | null;
}

/**
 * What follows a failed look: a longer pause each time, at least as long as the server asks for; an end when the feed is gone, or
 * after too many in a row.
 */
export function afterFailure(
  feed: { failures: number; intervalMinutes: number },
  fault: Pick<FeedFault, 'problem' | 'retryAfterMs'>,
  now: Date,
): FailureStep {
  const failures = feed.failures + 1;
  if (fault.problem === 'gone') return { failures, nextPollAt: null, stop: 'gone' };
  if (failures >= FAILURES_MAX) return { failures, nextPollAt: null, stop: 'exhausted' };
  const doubled = feed.intervalMinutes * MINUTE_MS * 2 ** (failures - 1);
  const wait = Math.max(Math.min(doubled, LONGEST_MS), fault.retryAfterMs ?? 0);
  return { failures, nextPollAt: new Date(now.getTime() + wait), stop: null };
}

/** Whether whoever made a feed may still do with it what it does; null: they may. */
export function whyStopped(
  actor: { permissions: ReadonlySet<string> } | null,
  feed: { mode: string },
): StopReason | null {
  if (!actor) return 'author_gone';
  const needed = feed.mode === 'draft' ? ['content.write'] : ['content.write', 'content.publish'];
  return needed.every((permission) => actor.permissions.has(permission)) ? null : 'author_permission';
}
