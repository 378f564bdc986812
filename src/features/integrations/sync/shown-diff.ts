import type { SyncDiff } from './schema';

/** Differences are shown to people, and kept by the dozen in one document: what is longer is cut. */
const TEXT = 300;
const LENGTH = 1_000;

export function shownDiff(diff: SyncDiff): SyncDiff {
  return {
    ...diff,
    fields: diff.fields.slice(0, 100).map(({ field, before, after }) => ({
      field,
      before: shown(before),
      after: shown(after),
    })),
  };
}

function shown(value: unknown): unknown {
  if (typeof value === 'string') return value.length > TEXT ? `${value.slice(0, TEXT)}…` : value;
  if (typeof value !== 'object' || value === null) return value;
  const text = JSON.stringify(value);
  return text.length > LENGTH ? `${text.slice(0, TEXT)}…` : value;
}
