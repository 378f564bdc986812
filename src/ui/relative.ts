const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Moments further away than this are told as a date: "in 23 days" helps nobody plan. */
export const RELATIVE_LIMIT_MS = 7 * DAY;

export type RelativeUnit = 'second' | 'minute' | 'hour' | 'day';

/**
 * The unit a distance is told in. Rounds towards the unit a person would say: 90 s is minutes, 36 h is
 * days. Distances under 10 s are "now" (0 seconds), so that a list does not flicker.
 */
export function relativeUnit(distanceMs: number): RelativeUnit {
  const size = Math.abs(distanceMs);
  if (size < 45 * SECOND) return 'second';
  if (size < 50 * MINUTE) return 'minute';
  if (size < 22 * HOUR) return 'hour';
  return 'day';
}

/** How often (ms) a relative time of this distance has to be told anew. */
export function refreshEvery(distanceMs: number): number {
  const unit = relativeUnit(distanceMs);
  return { second: 10 * SECOND, minute: 30 * SECOND, hour: 5 * MINUTE, day: HOUR }[unit];
}

export type Moment = Date | number | string;

/** Accepts what our data carries: a Date, epoch milliseconds or an ISO string. Null when it is no date. */
export function toDate(at: Moment): Date | null {
  const date = at instanceof Date ? at : new Date(at);
  return Number.isNaN(date.getTime()) ? null : date;
}
