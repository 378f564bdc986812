import type { UsageResponse } from '../insight-schema';

const DAY = 86_400_000;
export const RANGES = [7, 30, 90] as const;
export type Range = (typeof RANGES)[number];

/** UTC days, as usage is counted. */
export interface DayRange {
  from: string;
  to: string;
}

/** The last so many days, today included. */
export function rangeOf(today: Date, days: Range): DayRange {
  return { from: dayOf(new Date(today.getTime() - (days - 1) * DAY)), to: dayOf(today) };
}

export function dayOf(date: Date): string {
  return date.toISOString().slice(0, 10);
}

export type UsageFigures = UsageResponse['totals'];
const NOTHING: UsageFigures = { requests: 0, failures: 0, inputTokens: 0, outputTokens: 0 };

/** One entry per day of the range: a day without a call was measured, and is 0. */
export function everyDay(
  rows: UsageResponse['rows'],
  { from, to }: DayRange,
): (UsageFigures & { day: string })[] {
  const known = new Map(rows.map((row) => [row.key, row]));
  const days: (UsageFigures & { day: string })[] = [];
  for (let at = Date.parse(from); at <= Date.parse(to); at += DAY) {
    const day = dayOf(new Date(at));
    days.push({ ...NOTHING, ...known.get(day), day });
  }
  return days;
}

/** Share of calls that failed; null before the first. */
export function failureShare({ requests, failures }: UsageFigures): number | null {
  return requests === 0 ? null : failures / requests;
}
