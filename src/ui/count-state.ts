export type CountState = 'calm' | 'near' | 'full' | 'over';

const NEAR = 0.8;

/**
 * How a count stands against its limit: `calm` under 80 %, `near` from 80 %, `full` at the limit,
 * `over` beyond it. A limit of 0 or less means that nothing is allowed.
 */
export function countState(used: number, limit: number): CountState {
  if (used > limit) return 'over';
  if (limit <= 0 || used === limit) return 'full';
  return used / limit >= NEAR ? 'near' : 'calm';
}

/** The part of the ring to draw, 0 to 1. */
export function countShare(used: number, limit: number): number {
  if (limit <= 0) return used > 0 ? 1 : 0;
  return Math.min(1, Math.max(0, used / limit));
}
