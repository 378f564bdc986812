import type { ChartPoint } from '@/ui/chart/types';

const MOST = 6;

interface Day {
  day: string;
  byTask: Partial<Record<string, number>>;
  byProvider: Record<string, number>;
}

/** Chart points of the largest splits; what comes after the fifth is one series, `other`, since more than six colours say nothing. */
export function usageSeries(
  days: readonly Day[],
  split: 'byTask' | 'byProvider',
): { points: ChartPoint[]; keys: string[] } {
  const totals = new Map<string, number>();
  for (const day of days)
    for (const [key, value] of Object.entries(day[split]))
      totals.set(key, (totals.get(key) ?? 0) + (value ?? 0));
  const ranked = [...totals].sort(([, a], [, b]) => b - a).map(([key]) => key);
  const shown = ranked.length > MOST ? ranked.slice(0, MOST - 1) : ranked;
  const rest = ranked.slice(shown.length);
  const keys = rest.length > 0 ? [...shown, 'other'] : shown;
  const points = days.map((day) => ({
    x: day.day,
    ...Object.fromEntries(shown.map((key) => [key, day[split][key] ?? 0])),
    ...(rest.length > 0 ? { other: rest.reduce((sum, key) => sum + (day[split][key] ?? 0), 0) } : {}),
  }));
  return { points, keys };
}
