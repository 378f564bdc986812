import { ExternalServiceError } from '@/core/errors';

/** A number in [0, 1); injected so that jitter is testable. */
export type Random = () => number;

const RATE_LIMIT_BASE_MS = 1_000;
const RATE_LIMIT_CAP_MS = 30_000;
const BASE_MS = 200;
const CAP_MS = 10_000;

/**
 * Milliseconds to wait before trying again.
 *
 * The vendor's own word (`retryAfterMs`) is followed exactly. A rate limit without one backs off up to `min(1 s·2^n, 30 s)`
 * and at least half of it, so that a limit is never hammered; everything else gets full jitter
 * (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/).
 *
 * @param retry how many tries failed already, minus one: 0 before the first retry.
 */
export function retryDelayMs(error: unknown, retry: number, random: Random): number {
  if (error instanceof ExternalServiceError) {
    if (error.retryAfterMs !== undefined) return error.retryAfterMs;
    if (error.kind === 'rate_limit') {
      const ceiling = Math.min(RATE_LIMIT_BASE_MS * 2 ** retry, RATE_LIMIT_CAP_MS);
      return ceiling / 2 + (random() * ceiling) / 2;
    }
  }
  return random() * Math.min(BASE_MS * 2 ** retry, CAP_MS);
}
