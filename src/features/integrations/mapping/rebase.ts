import type { DocOf } from '@/core/db/model';
import { inOrder } from './order';
import { ruleOf, sameRule } from './rule';
import type { dataMappingModel, MappingRule } from './schema';

/** Rows of a draft, and how they go on when somebody else saves meanwhile. Pure. */

export type StoredMapping = Pick<
  DocOf<typeof dataMappingModel>,
  keyof MappingRule | 'id' | 'version' | 'position' | 'createdAt'
>;

/**
 * What somebody else did to a mapping that was changed here: changed it, deleted it, or changed what was removed here (then their
 * mapping stands in the draft).
 */
export type Collision = 'changed' | 'deleted' | 'removed';

export interface DraftRow {
  key: string;
  rule: MappingRule;
  /** What is stored; null for a mapping that is not there yet. */
  stored: StoredMapping | null;
  collision: Collision | null;
}

export function rowsOf(stored: readonly StoredMapping[]): DraftRow[] {
  return inOrder(stored).map((one) => ({ key: one.id, rule: ruleOf(one), stored: one, collision: null }));
}

/**
 * Rows over what is stored now. What was not touched here follows; what was touched here and there waits for a person, and is
 * never lost on either side.
 */
export function rebased(
  rows: readonly DraftRow[],
  before: readonly StoredMapping[],
  now: readonly StoredMapping[],
): DraftRow[] {
  const there = new Map(now.map((one) => [one.id, one]));
  const known = new Map(before.map((one) => [one.id, one]));
  const claimed = new Set<string>();
  const kept = rows.flatMap((row): DraftRow[] => {
    const next = row.stored ? there.get(row.stored.id) : undefined;
    if (next) claimed.add(next.id);
    if (row.stored) return carried(row, row.stored, next ?? null);
    // Somebody else has mapped the same field meanwhile.
    const twin = now.find((one) => one.externalField === row.rule.externalField && !known.has(one.id));
    if (!twin || claimed.has(twin.id)) return [row];
    claimed.add(twin.id);
    return [{ ...row, stored: twin, collision: sameRule(row.rule, twin) ? null : 'changed' }];
  });
  const arrived = inOrder(now).flatMap((one): DraftRow[] => {
    if (claimed.has(one.id)) return [];
    const old = known.get(one.id);
    const row = { key: one.id, rule: ruleOf(one), stored: one };
    if (!old) return [{ ...row, collision: null }];
    // Removed here: it stays so unless somebody works on it.
    return old.version === one.version ? [] : [{ ...row, collision: 'removed' }];
  });
  return [...kept, ...arrived];
}

function carried(row: DraftRow, old: StoredMapping, next: StoredMapping | null): DraftRow[] {
  if (next && next.version === old.version) return [{ ...row, stored: next }];
  const untouched = sameRule(row.rule, old) && row.collision === null;
  if (untouched) return next ? [{ ...row, rule: ruleOf(next), stored: next }] : [];
  if (!next) return row.collision === 'removed' ? [] : [{ ...row, stored: null, collision: 'deleted' }];
  const settledAlready = sameRule(row.rule, next);
  if (row.collision === 'removed') return [{ ...row, rule: ruleOf(next), stored: next }];
  return [{ ...row, stored: next, collision: settledAlready ? null : 'changed' }];
}
