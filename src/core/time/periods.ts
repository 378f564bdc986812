/**
 * The anchor's time of day, `months` months on, in UTC. A day the month does not have becomes its last one; always counted
 * from the anchor, so 31 January goes 28 February, 31 March.
 */
export function addMonthsClamped(anchor: Date, months: number): Date {
  const target = new Date(anchor);
  target.setUTCDate(1);
  target.setUTCMonth(target.getUTCMonth() + months);
  const lastDay = new Date(Date.UTC(target.getUTCFullYear(), target.getUTCMonth() + 1, 0)).getUTCDate();
  target.setUTCDate(Math.min(anchor.getUTCDate(), lastDay));
  return target;
}

export interface Period {
  /** 0 is the period that starts at the anchor. Negative before it. */
  index: number;
  /** Inclusive. */
  start: Date;
  /** Exclusive; the next period's start. */
  end: Date;
}

/** The monthly period, counted from the anchor, that `now` lies in. */
export function periodOf(anchor: Date, now: Date): Period {
  let index =
    (now.getUTCFullYear() - anchor.getUTCFullYear()) * 12 + now.getUTCMonth() - anchor.getUTCMonth();
  if (addMonthsClamped(anchor, index) > now) index -= 1;
  return { index, start: addMonthsClamped(anchor, index), end: addMonthsClamped(anchor, index + 1) };
}

/** `2026-03-29`, in UTC. */
export function dayKey(instant: Date): string {
  return instant.toISOString().slice(0, 10);
}

/** `2026-03`, in UTC. */
export function monthKey(instant: Date): string {
  return instant.toISOString().slice(0, 7);
}

/** `2026-01`, `2026-02`, … of every UTC month from one instant to another, both included. */
export function monthsBetween(from: Date, to: Date): string[] {
  const months: string[] = [];
  const start = new Date(Date.UTC(from.getUTCFullYear(), from.getUTCMonth(), 1));
  for (let month = start; month <= to; month = addMonthsClamped(start, months.length))
    months.push(monthKey(month));
  return months;
}
