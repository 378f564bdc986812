import type { Anomaly, DayRow, Trend } from './schema';

const METRICS = ['impressions', 'engagements'] as const;
/** Fewer days say nothing about a trend. */
const TREND_DAYS = 7;
/** Over the whole period, the line must move by this part of the median day to count as up or down. */
const TREND_SHARE = 0.1;
const BASE_DAYS = 28;
const BASE_MIN = 14;
/** Iglewicz and Hoaglin, How to Detect and Handle Outliers (1993): scores beyond 3.5 are outliers. */
const SCORE = 3.5;
/** Makes the median absolute deviation comparable to a standard deviation. */
const NORMAL = 0.6745;

/** What the numbers say beyond their sums. Pure; each method is named in the answer. */
export class PerformanceAnalyzer {
  readonly method = {
    trend: `Theil–Sen line (median of all slopes between two measured days) over at least ${TREND_DAYS} days; up or down when it moves by more than ${TREND_SHARE * 100} % of the median day over the period.`,
    anomaly: `Robust z-score against the median of the ${BASE_DAYS} days before (at least ${BASE_MIN} measured), by median absolute deviation; beyond ±${SCORE} counts.`,
  };

  /** @param days of the period, oldest first; today is left out, it is not over. */
  trends(days: readonly DayRow[]): Trend[] {
    return METRICS.map((metric) => {
      const points = measured(days.slice(0, -1), metric);
      if (points.length < TREND_DAYS)
        return { metric, direction: 'unknown', perDay: null, days: points.length };
      const slopes = points.flatMap((a, index) =>
        points.slice(index + 1).map((b) => (b.value - a.value) / (b.index - a.index)),
      );
      const perDay = median(slopes);
      const typical = Math.abs(median(points.map((point) => point.value)));
      const moved = Math.abs(perDay) * (points.length - 1);
      const direction = moved <= typical * TREND_SHARE ? 'flat' : perDay > 0 ? 'up' : 'down';
      return { metric, direction, perDay, days: points.length };
    });
  }

  /**
   * Days of the period that stand out from those before them, the newest first.
   * @param rows the period and as many days before it; today is left out.
   */
  anomalies(rows: readonly DayRow[], periodDays: number): Anomaly[] {
    const first = rows.length - periodDays;
    const found = METRICS.flatMap((metric) =>
      rows.slice(0, -1).flatMap((row, index) => {
        const value = row.sums[metric];
        if (index < first || value === undefined) return [];
        const base = measured(rows.slice(Math.max(0, index - BASE_DAYS), index), metric).map(
          (one) => one.value,
        );
        if (base.length < BASE_MIN) return [];
        const expected = median(base);
        const spread = median(base.map((one) => Math.abs(one - expected)));
        // Days that are all alike have no spread; one count apart is the least that can be told.
        const score = (NORMAL * (value - expected)) / Math.max(spread, 1);
        return Math.abs(score) > SCORE ? [{ metric, day: row.day, value, expected, score }] : [];
      }),
    );
    return found.sort((a, b) => b.day.localeCompare(a.day));
  }
}

function measured(
  rows: readonly DayRow[],
  metric: (typeof METRICS)[number],
): { index: number; value: number }[] {
  return rows.flatMap((row, index) => {
    const value = row.sums[metric];
    return value === undefined ? [] : [{ index, value }];
  });
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2;
}
