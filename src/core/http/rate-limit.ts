import 'server-only';
import { LRUCache } from 'lru-cache';
import type { RedisLink } from '@/core/cache/redis';
import { metrics } from '@/core/telemetry/metrics';
import { type Clock, systemClock } from '@/core/time/clock';
import type { RateClass } from './rate-classes';
import { RATE_LIMITS } from './rate-limits';

export interface RateVerdict {
  allowed: boolean;
  limit: number;
  remaining: number;
  /** Seconds after which the next request is admitted (0 when one is admitted now). */
  resetSeconds: number;
}

/** Requests counted in the running minute and in the one before it. */
export interface RateWindow {
  startedAt: number;
  current: number;
  previous: number;
}

const WINDOW_MS = 60_000;
/** Callers remembered in memory at once; the one that was quiet longest is forgotten first. */
const MAX_CALLERS = 100_000;

/**
 * Sliding window over two counters: the minute before counts by the share of it that still lies within the last 60 seconds.
 * Never admits more than the limit in a burst, and closely follows the exact count otherwise.
 */
export function slide(
  known: RateWindow | undefined,
  limit: number,
  now: number,
): { window: RateWindow; verdict: RateVerdict } {
  const startedAt = now - (now % WINDOW_MS);
  const age = known ? startedAt - known.startedAt : Number.POSITIVE_INFINITY;
  const window: RateWindow = {
    startedAt,
    current: known && age === 0 ? known.current : 0,
    previous: known && age === 0 ? known.previous : known && age === WINDOW_MS ? known.current : 0,
  };
  const elapsed = (now - startedAt) / WINDOW_MS;
  const used = window.previous * (1 - elapsed) + window.current;
  const allowed = used + 1 <= limit;
  if (allowed) window.current += 1;
  const remaining = Math.max(0, Math.floor(limit - used - (allowed ? 1 : 0)));
  return {
    window,
    verdict: {
      allowed,
      limit,
      remaining,
      resetSeconds: remaining > 0 ? 0 : secondsUntilFree(window, limit, now),
    },
  };
}

/** When does `previous·(1 − elapsed) + current + 1 ≤ limit` hold again? */
function secondsUntilFree(window: RateWindow, limit: number, now: number): number {
  const inThisWindow = (limit - 1 - window.current) / window.previous;
  const freeAt =
    window.previous > 0 && inThisWindow >= 0
      ? window.startedAt + (1 - inThisWindow) * WINDOW_MS
      : window.startedAt + WINDOW_MS + (1 - Math.min(1, (limit - 1) / window.current)) * WINDOW_MS;
  return Math.max(1, Math.ceil((freeAt - now) / 1000));
}

/** `slide` in Redis, atomically and by Redis' own clock. One key, so one hash slot. Returns window and verdict of the look-up. */
const SCRIPT = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local limit = tonumber(ARGV[1])
local started = now - now % ${WINDOW_MS}
local known = redis.call('HMGET', KEYS[1], 's', 'c', 'p')
local current, previous = 0, 0
if known[1] then
  local age = started - tonumber(known[1])
  if age == 0 then current, previous = tonumber(known[2]), tonumber(known[3])
  elseif age == ${WINDOW_MS} then previous = tonumber(known[2]) end
end
local used = previous * (1 - (now - started) / ${WINDOW_MS}) + current
if used + 1 <= limit then
  redis.call('HSET', KEYS[1], 's', started, 'c', current + 1, 'p', previous)
  redis.call('PEXPIRE', KEYS[1], ${2 * WINDOW_MS})
end
return { started, current, previous, now }
`;

/**
 * Counts requests per class and caller. Shared by all instances through Redis; without it each instance counts for itself,
 * which admits more but never turns a caller away wrongly.
 */
export class RateLimiter {
  readonly #memory = new LRUCache<string, RateWindow>({ max: MAX_CALLERS });

  constructor(
    readonly redis: RedisLink | null = null,
    readonly clock: Clock = systemClock,
    readonly limits: Record<RateClass, { perMinute: number }> = RATE_LIMITS,
  ) {}

  /** Counts one request; a refused one is not counted, so trying on does not prolong the wait. */
  async consume(className: RateClass, key: string): Promise<RateVerdict> {
    const limit = this.limits[className].perMinute;
    const name = `rl:${className}:${key}`;
    const verdict = (await this.#inRedis(name, limit)) ?? this.#inMemory(name, limit);
    if (!verdict.allowed) metrics.rateLimited(className);
    return verdict;
  }

  async #inRedis(name: string, limit: number): Promise<RateVerdict | undefined> {
    const answer = await this.redis?.attempt((client) => client.eval(SCRIPT, 1, name, limit));
    if (!answer?.ok) return undefined;
    const [startedAt = 0, current = 0, previous = 0, now = 0] = (answer.value as unknown[]).map(Number);
    return slide({ startedAt, current, previous }, limit, now).verdict;
  }

  #inMemory(name: string, limit: number): RateVerdict {
    const { window, verdict } = slide(this.#memory.get(name), limit, this.clock.now().getTime());
    this.#memory.set(name, window);
    return verdict;
  }
}
