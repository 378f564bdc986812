import type { ShardRule } from '../../shards/schema';

/** A rule while it is written: its fields in order, some of them without a name yet. */
export interface ShardDraft extends Omit<ShardRule, 'fields'> {
  id: number;
  fields: { id: number; target: string; source: string }[];
}

export function draftsOf(rules: readonly ShardRule[]): ShardDraft[] {
  return rules.map((rule, id) => ({
    ...rule,
    id,
    fields: Object.entries(rule.fields).map(([target, source], at) => ({ id: at, target, source })),
  }));
}

/** Fields that nobody has named or filled are left out. */
export function rulesOf(drafts: readonly ShardDraft[]): ShardRule[] {
  return drafts.map(({ id: _, fields, ...rule }) => ({
    ...rule,
    condition: rule.condition?.trim() || null,
    fields: Object.fromEntries(
      fields.flatMap(({ target, source }): [string, string][] =>
        target.trim() && source ? [[target.trim(), source]] : [],
      ),
    ),
  }));
}

export function nextId(all: readonly { id: number }[]): number {
  return Math.max(-1, ...all.map(({ id }) => id)) + 1;
}

export function moved<T>(all: readonly T[], at: number, by: 1 | -1): T[] {
  const [one, other] = [all[at], all[at + by]];
  if (one === undefined || other === undefined) return [...all];
  return all.map((each, index) => (index === at ? other : index === at + by ? one : each));
}
