import { COUNTED_METRICS, ENGAGEMENT_METRICS, type Measured, type Sums } from './schema';

/** What measured values mean for sums. Pure. */

/**
 * How much each counted metric grew between two measurements of one subject. A metric the network does not report stays absent;
 * one it reports for the first time counts from 0.
 */
export function growthOf(before: Measured, after: Measured): Sums {
  const growth: Sums = {};
  for (const name of COUNTED_METRICS) {
    const value = after[name];
    if (value === null || value === undefined) continue;
    growth[name] = value - (before[name] ?? 0);
  }
  const engaged = ENGAGEMENT_METRICS.flatMap((name) => growth[name] ?? []);
  if (engaged.length > 0) growth.engagements = engaged.reduce((sum, value) => sum + value, 0);
  return growth;
}

export function engagementsOf(metrics: Measured): number {
  return ENGAGEMENT_METRICS.reduce((sum, name) => sum + (metrics[name] ?? 0), 0);
}

/** A value that is not reported this time keeps its last known one. */
export function latestOf(before: Measured, after: Measured): Measured {
  const latest: Measured = { ...before };
  for (const [name, value] of Object.entries(after) as [keyof Measured, number | null | undefined][])
    if (value !== undefined && (value !== null || latest[name] === undefined)) latest[name] = value;
  return latest;
}

export function addSums(one: Sums, other: Sums): Sums {
  const out: Sums = { ...one };
  for (const [name, value] of Object.entries(other) as [keyof Sums, number][])
    out[name] = (out[name] ?? 0) + value;
  return out;
}
