import type { Tx } from '@/core/db/db';
import type { StoredRecord } from './records';

/** A record of ours as the writes of one transaction leave it so far. */
export interface Standing {
  record: StoredRecord;
  /** Links of vendors' records that no longer stand behind it. */
  gone: ReadonlySet<string>;
}

const standing = new WeakMap<Tx, Map<string, Standing>>();

/**
 * Records that several of the vendors' stand behind are written for each of them: a transaction reads before it writes, so that
 * whoever writes later goes on from here and not from what was read.
 */
export function standingIn(tx: Tx, recordId: string): Standing | undefined {
  return standing.get(tx)?.get(recordId);
}

/** @param left the link that left the record with this write. */
export function standsIn(tx: Tx, record: StoredRecord, left?: string): void {
  const all = standing.get(tx) ?? new Map<string, Standing>();
  const gone = new Set(all.get(record.id)?.gone);
  if (left) gone.add(left);
  standing.set(tx, all.set(record.id, { record, gone }));
}
