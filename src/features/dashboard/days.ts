import { dayKey } from '@/core/time/periods';

const DAY_MS = 24 * 3600_000;

/** UTC days as `2026-03-29`. */
export function addDays(day: string, days: number): string {
  return dayKey(new Date(Date.parse(`${day}T00:00:00Z`) + days * DAY_MS));
}

/** Both ends included. */
export function daysBetween(from: string, to: string): string[] {
  const days: string[] = [];
  for (let day = from; day <= to; day = addDays(day, 1)) days.push(day);
  return days;
}
