import type { WindowRule } from './vendors.data';

/** Arithmetic of limits over plain data: what Redis does in one script, and each process does for itself while Redis is away. */

/** Steps a window moves in. Calls are counted by step, and a step counts whole as long as any of it lies within the window. */
export const STEPS = 10;

export interface StepCount {
  startedAt: number;
  count: number;
}

export interface Look {
  used: number;
  /** Milliseconds until one more call fits; 0 for now. */
  waitMs: number;
  /** Milliseconds until nothing of it counts any more. */
  freeMs: number;
}

/** Shortest wait that is worth a look: a step may end at this very moment. */
const MIN_WAIT_MS = 1;

/**
 * Never more than `limit` calls within any `windowMs`: a step leaves only when its last moment has left the window.
 * @param counts oldest first.
 * @param stepMs length of the steps in `counts`.
 */
export function look(counts: readonly StepCount[], rule: WindowRule, stepMs: number, now: number): Look {
  const leavesAt = ({ startedAt }: StepCount) => startedAt + stepMs + rule.windowMs;
  const counted = counts.filter((step) => step.count > 0 && leavesAt(step) > now);
  const used = counted.reduce((sum, { count }) => sum + count, 0);
  const last = counted.at(-1);
  let tooMany = used + 1 - rule.limit;
  let waitMs = 0;
  for (const step of counted) {
    if (tooMany <= 0) break;
    tooMany -= step.count;
    waitMs = Math.max(MIN_WAIT_MS, leavesAt(step) - now);
  }
  return { used, waitMs, freeMs: last ? leavesAt(last) - now : 0 };
}

/** With one call more. What cannot count any more after `keepMs` is left out. */
export function counted(
  counts: readonly StepCount[],
  stepMs: number,
  keepMs: number,
  now: number,
): StepCount[] {
  const startedAt = now - (now % stepMs);
  const kept = counts.filter((step) => step.startedAt + stepMs + keepMs > now);
  const last = kept.at(-1);
  if (last?.startedAt === startedAt) return [...kept.slice(0, -1), { startedAt, count: last.count + 1 }];
  return [...kept, { startedAt, count: 1 }];
}

export function stepOf({ windowMs }: WindowRule): number {
  return Math.max(1, Math.floor(windowMs / STEPS));
}

/** One process's part of a limit; less than one call in a window is one call in a longer one. */
export function shareOf({ limit, windowMs }: WindowRule, instances: number): WindowRule {
  if (limit >= instances) return { limit: Math.floor(limit / instances), windowMs };
  return { limit: 1, windowMs: Math.ceil((windowMs * instances) / limit) };
}

// The multiplier -------------------------------------------------------------------------------------------------------------

export const LOWEST = 0.5;
export const AFTER_429 = 0.7;
export const WHEN_SCARCE = 0.8;
/** A vendor that has less than this of its allowance left is called less often. */
export const SCARCE = 0.1;
const RECOVERY = 0.05;
export const CALM_MS = 60_000;

export interface Pace {
  multiplier: number;
  lastUpdated: number;
  /** Since when it has been at its lowest; null when it is not. */
  lowestSince: number | null;
}

export const FULL_PACE: Pace = { multiplier: 1, lastUpdated: 0, lowestSince: null };

/** The multiplier now: every minute without a slow-down brings it back a little. */
export function paceAt({ multiplier, lastUpdated }: Pace, now: number): number {
  const minutes = Math.max(0, Math.floor((now - lastUpdated) / CALM_MS));
  return rounded(Math.min(1, multiplier + RECOVERY * minutes));
}

export function slowed(pace: Pace, factor: number, now: number): Pace {
  const before = paceAt(pace, now);
  const multiplier = rounded(Math.max(LOWEST, before * factor));
  const stays = before === LOWEST ? (pace.lowestSince ?? now) : now;
  return { multiplier, lastUpdated: now, lowestSince: multiplier === LOWEST ? stays : null };
}

/** What a limit comes to at a pace. */
export function paced(rule: WindowRule, multiplier: number): WindowRule {
  return { ...rule, limit: Math.max(1, Math.floor(rounded(rule.limit * multiplier))) };
}

/** Redis and this process must not differ by the last bit of a product. */
function rounded(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}
