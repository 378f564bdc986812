import { isDeepStrictEqual } from 'node:util';
import type { CrmRecord } from './repository';

/** Earlier values that are remembered. */
const HISTORY = 20;

/** The record with a person's values, each with its past; null when nothing differs. */
export function edited(
  { fields, provenance }: Pick<CrmRecord, 'fields' | 'provenance'>,
  given: Readonly<Record<string, unknown>>,
  by: { actor: string; stamp: number },
): Pick<CrmRecord, 'fields' | 'provenance'> | null {
  const changed = Object.entries(given).filter(
    ([field, value]) => !isDeepStrictEqual(own(fields, field) ?? null, value),
  );
  if (changed.length === 0) return null;
  const traced = { ...provenance };
  for (const [field] of changed) {
    const known = own(provenance, field);
    const earlier = known
      ? [{ value: own(fields, field) ?? null, stamp: known.stamp, actor: known.actor }, ...known.history]
      : [];
    traced[field] = { source: 'internal', ...by, strategy: null, history: earlier.slice(0, HISTORY) };
  }
  return { fields: { ...fields, ...Object.fromEntries(changed) }, provenance: traced };
}

function own<T>(record: Readonly<Record<string, T>>, field: string): T | undefined {
  return Object.hasOwn(record, field) ? record[field] : undefined;
}
