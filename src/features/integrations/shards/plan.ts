import { type Fields, fieldOf } from '../sync/values';
import type { ShardKind, ShardRule } from './schema';

/** What a record's shards come to. Pure: the same record, rules and links lead to the same steps, and to none a second time. */

/** A shard as a record and its rule make it. */
export interface WantedShard {
  key: string;
  kind: ShardKind;
  /** `unknown`: its condition could not be answered, so that nothing changes. */
  state: 'holds' | 'ends' | 'unknown';
  fields: Record<string, unknown>;
  hash: string;
  /** The record that is its own as long as nothing was merged. */
  home: string;
}

/** What is known of a shard. */
export interface ShardLink {
  id: string;
  shardKey: string;
  recordId: string;
  home: string | null;
  fieldHash: string;
  /** Its last values; what was removed for good has none. */
  base: Fields;
  deleted: boolean;
}

export type ShardStep =
  | {
      do: 'put';
      linkId: string;
      shard: WantedShard;
      recordId: string;
      known: ShardLink | null;
      /** The record it leaves. */
      leaves: string | null;
    }
  | { do: 'drop'; linkId: string; recordId: string; home: string | null; erase: boolean };

/** Fields of a shard, those without a value left out. */
export function shardFields(rule: Pick<ShardRule, 'key' | 'kind' | 'fields'>, record: Fields): Fields {
  const taken = Object.entries(rule.fields).flatMap(([name, source]): [string, unknown][] => {
    const value = fieldOf(record, source);
    return value === null || value === '' ? [] : [[name, value]];
  });
  if (taken.length === 0) return {};
  const fields = Object.fromEntries(taken);
  return rule.kind === 'activity' && !Object.hasOwn(fields, 'kind') ? { ...fields, kind: rule.key } : fields;
}

/** What tells shards apart that several records share; null where each record has its own. */
export function identityOf(rule: Pick<ShardRule, 'identity'>, fields: Fields): string | null {
  if (rule.identity === null) return null;
  const value = fieldOf(fields, rule.identity);
  const text = typeof value === 'string' ? value : value === null ? '' : JSON.stringify(value);
  return text.normalize('NFKC').trim().toLowerCase() || null;
}

/**
 * @param linkIdOf the id of a shard's link.
 * @param gone the record itself was deleted, or erased; null: it is there.
 */
export function planShards(
  wanted: readonly WantedShard[],
  links: readonly ShardLink[],
  linkIdOf: (shardKey: string) => string,
  gone: 'deleted' | 'erased' | null,
): ShardStep[] {
  const steps: ShardStep[] = [];
  const open = new Map(links.map((link) => [link.shardKey, link]));
  for (const shard of wanted) {
    const known = open.get(shard.key) ?? null;
    if (gone !== null) continue;
    if (shard.state !== 'ends') open.delete(shard.key);
    if (shard.state !== 'holds') continue;
    const atHome = known?.home === shard.home;
    if (known && atHome && !known.deleted && known.fieldHash === shard.hash) continue;
    // Whatever its record was merged into stays its record, unless it is another one's now.
    const recordId = known && atHome ? known.recordId : shard.home;
    const leaves = known && !known.deleted && known.recordId !== recordId ? known.recordId : null;
    steps.push({ do: 'put', linkId: linkIdOf(shard.key), shard, recordId, known, leaves });
  }
  const erase = gone === 'erased';
  // What was only deleted before loses its values too.
  for (const { id, recordId, home, deleted, base } of open.values())
    if (!deleted || (erase && Object.keys(base).length > 0))
      steps.push({ do: 'drop', linkId: id, recordId, home, erase });
  return steps;
}

/** A contribution to a record that several may share. */
export interface Contribution {
  fields: Fields;
  hash: string;
  stamp: number;
}

/** Of several the newest counts; of equally old ones always the same, in whatever order they come. */
export function newest<T extends Pick<Contribution, 'hash' | 'stamp'>>(all: readonly T[]): T | null {
  return all.reduce<T | null>(
    (best, one) =>
      best === null || one.stamp > best.stamp || (one.stamp === best.stamp && one.hash > best.hash)
        ? one
        : best,
    null,
  );
}

/** Whether a record must take these values: older ones never undo newer ones. */
export function isDue(
  known: { deleted: boolean; stamp: number; hash: string } | null,
  next: Pick<Contribution, 'hash' | 'stamp'>,
): boolean {
  if (!known || known.deleted) return true;
  // Equal values that are newer count too: they stand against older ones that come later.
  return newest([known, next]) === next;
}
