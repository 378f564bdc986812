import type { RateObservation } from '@/features/platforms/providers/types';

/** Header names of one counted allowance. `reset` is read as epoch seconds, or as an instant in ISO form. */
export interface RateHeaders {
  name: string;
  scope: RateObservation['scope'];
  limit: string;
  remaining: string;
  reset: string;
  /** `reset` counts seconds from now on. */
  resetIn?: true;
}

function count(value: string | null): number | undefined {
  return value !== null && /^\d+(\.\d+)?$/.test(value.trim()) ? Math.floor(Number(value)) : undefined;
}

function instant(value: string | null, from: number): Date | undefined {
  if (value === null) return undefined;
  const seconds = count(value);
  const date = new Date(seconds === undefined ? value : from + seconds * 1000);
  return Number.isNaN(date.getTime()) ? undefined : date;
}

/** What an answer says about allowances: the tightest one, so that others may slow down before they are refused. */
export function rateOf(
  headers: Headers,
  known: readonly RateHeaders[],
  now?: Date,
): RateObservation | undefined {
  const seen = known.flatMap((names): RateObservation[] => {
    const remaining = count(headers.get(names.remaining));
    if (remaining === undefined) return [];
    const limit = count(headers.get(names.limit));
    const resetsAt = instant(headers.get(names.reset), names.resetIn ? (now?.getTime() ?? 0) : 0);
    return [
      {
        name: names.name,
        scope: names.scope,
        remaining,
        ...(limit === undefined ? {} : { limit }),
        ...(resetsAt ? { resetsAt } : {}),
      },
    ];
  });
  return seen.toSorted((a, b) => (a.remaining ?? 0) - (b.remaining ?? 0))[0];
}
