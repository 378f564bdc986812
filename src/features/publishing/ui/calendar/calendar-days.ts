import { localOf, resolveLocal } from '@/core/time/zones';

/** Dates and cells of the calendar. A date is a wall date, `2026-03-29`; instants exist only at the edges. Pure. */

export const VIEWS = ['day', 'week', 'month', 'list'] as const;
export type CalendarView = (typeof VIEWS)[number];

const DAY = 24 * 3600_000;
const wall = (date: string) => Date.parse(`${date}T00:00:00Z`);
const dateOf = (milliseconds: number) => new Date(milliseconds).toISOString().slice(0, 10);

export function addDays(date: string, days: number): string {
  return dateOf(wall(date) + days * DAY);
}

/** Monday of its week. */
export function weekStart(date: string): string {
  const weekday = (new Date(wall(date)).getUTCDay() + 6) % 7;
  return addDays(date, -weekday);
}

export function today(now: Date, zone: string): string {
  return localOf(now, zone).slice(0, 10);
}

/** The next or previous period; a month keeps to its own length. */
export function shift(view: CalendarView, date: string, by: 1 | -1): string {
  if (view === 'day') return addDays(date, by);
  if (view === 'week') return addDays(date, 7 * by);
  const first = new Date(wall(`${date.slice(0, 7)}-01`));
  first.setUTCMonth(first.getUTCMonth() + by);
  return first.toISOString().slice(0, 10);
}

/** The dates a view shows, in order: a month with the days that fill its weeks, a list with the days of its month. */
export function datesOf(view: CalendarView, date: string): string[] {
  if (view === 'day') return [date];
  if (view === 'week') return run(weekStart(date), 7);
  const first = `${date.slice(0, 7)}-01`;
  const next = shift('month', first, 1);
  if (view === 'list') return run(first, Math.round((wall(next) - wall(first)) / DAY));
  const start = weekStart(first);
  const weeks = Math.ceil((wall(next) - wall(start)) / (7 * DAY));
  return run(start, weeks * 7);
}

function run(start: string, days: number): string[] {
  return Array.from({ length: days }, (_, index) => addDays(start, index));
}

/** The instants between which a view lies, on the clocks of the zone. */
export function rangeOf(view: CalendarView, date: string, zone: string): { from: Date; to: Date } {
  const dates = datesOf(view, date);
  const [first = date, last = date] = [dates[0], dates.at(-1)];
  return {
    from: resolveLocal(`${first}T00:00`, zone).instant,
    to: resolveLocal(`${addDays(last, 1)}T00:00`, zone).instant,
  };
}

/** One field of the grid: a whole day, or an hour of one. */
export interface Cell {
  date: string;
  /** Null: the whole day. */
  hour: number | null;
}

/** Rows of cells: weeks of days, or hours of days. */
export function cellsOf(view: 'day' | 'week' | 'month', date: string): Cell[][] {
  const dates = datesOf(view, date);
  if (view === 'month') {
    return Array.from({ length: dates.length / 7 }, (_, week) =>
      dates.slice(week * 7, week * 7 + 7).map((day) => ({ date: day, hour: null })),
    );
  }
  return Array.from({ length: 24 }, (_, hour) => dates.map((day) => ({ date: day, hour })));
}

export function cellKey({ date, hour }: Cell): string {
  return hour === null ? date : `${date}T${String(hour).padStart(2, '0')}`;
}

/** The cell an instant lies in, by its key. */
export function keyAt(instant: Date, zone: string, view: 'day' | 'week' | 'month'): string {
  return localOf(instant, zone).slice(0, view === 'month' ? 10 : 13);
}
