import type { FieldReview } from './conflicts';
import { type Reconciliation, reconcile } from './conflicts';
import { type FieldProvenance, trace } from './provenance';
import { fieldOf, type Value } from './values';

/** What bringing a record's sides together writes on ours, and leaves for the vendor's. */
export interface Settlement {
  fields: Record<string, Value>;
  provenance: Record<string, FieldProvenance>;
  /** Whether our fields differ from before. */
  changed: boolean;
  /** For the vendor; fields that can be written there alone. */
  toExternal: Record<string, Value>;
  /**
   * Agreed once our side is written. What is still to be written at the vendor stands here with the vendor's own value: it then
   * counts as changed by us alone, however often it is settled again before it gets there.
   */
  base: Record<string, Value>;
  reviews: FieldReview[];
}

/** Settles two sides of a record that is there on both. */
export function settle(
  input: Reconciliation,
  known: { fields: Record<string, Value>; provenance: Record<string, FieldProvenance> },
  writable: { has(field: string): boolean },
): Settlement {
  const outcome = reconcile(input);
  if (outcome.kind !== 'fields') throw new Error(`A record that is there was settled as ${outcome.kind}.`);
  const base = { ...outcome.base };
  for (const field of Object.keys(outcome.toExternal)) base[field] = fieldOf(input.external.fields, field);
  return {
    fields: { ...known.fields, ...outcome.toInternal },
    provenance: trace(known.provenance, known.fields, outcome.decisions, input),
    changed: Object.keys(outcome.toInternal).length > 0,
    toExternal: Object.fromEntries(
      Object.entries(outcome.toExternal).filter(([field]) => writable.has(field)),
    ),
    base,
    reviews: outcome.reviews,
  };
}

/** What is agreed once the vendor took its part. */
export function agreedAfterPush({ base, toExternal }: Pick<Settlement, 'base' | 'toExternal'>) {
  return { ...base, ...toExternal };
}

/** What a person's choices make agreed: a side that is chosen counts as the only one that changed. */
export function chosen(
  reviews: readonly Pick<FieldReview, 'field' | 'external'>[],
  choices: Readonly<Record<string, 'external' | 'internal'>>,
): { base: Record<string, Value>; toInternal: Record<string, Value> } {
  const base: Record<string, Value> = {};
  const toInternal: Record<string, Value> = {};
  for (const { field, external } of reviews) {
    base[field] = external;
    if (choices[field] === 'external') toInternal[field] = external;
  }
  return { base, toInternal };
}
