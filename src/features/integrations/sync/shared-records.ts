import type { Provenance } from './provenance';
import type { RecordValues, StoredRecord } from './records';
import type { RecordLink } from './repository';
import type { Settlement } from './settle';
import { type Fields, fieldOf, same } from './values';

/** Records that several of the vendors' stand behind, since two of ours were merged. Pure. */

type Own = Pick<RecordLink, 'id' | 'ownRecordId'> & Partial<Pick<RecordLink, 'home'>>;

/** The record a vendor's was before any merge, and is again when that is undone. */
export function ownRecordOf({ id, ownRecordId, home }: Own): string {
  return ownRecordId ?? home ?? id;
}

/** The record was merged into another one, which has its vendor's word from then on; nothing is written back there. */
export function isAbsorbed(link: Own & Pick<RecordLink, 'recordId'>): boolean {
  return link.recordId !== ownRecordOf(link);
}

/**
 * Our fields as one of several vendors' records meets them: what another one of them says, and what a merge chose, is no edit of
 * ours, or merging here would write at vendors.
 */
export function ownFields(base: Fields, known: RecordValues): Fields {
  if (!known.mergedFrom?.length) return known.fields;
  return Object.fromEntries(
    Object.entries(known.fields).map(([field, value]) => [
      field,
      isEdit(known.provenance, field) ? value : fieldOf(base, field),
    ]),
  );
}

function isEdit(provenance: Provenance, field: string): boolean {
  const past = Object.hasOwn(provenance, field) ? provenance[field] : undefined;
  return past !== undefined && past.source !== 'external' && past.mergedFrom === undefined;
}

/** What an absorbed record's vendor says, marked as such: undoing the merge takes it back. */
export function markAbsorbed(settlement: Settlement, known: RecordValues, ownId: string): Settlement {
  const provenance = Object.fromEntries(
    Object.entries(settlement.provenance).map(([field, past]) => {
      const fresh = past !== known.provenance[field] && past.source === 'external';
      return [field, fresh ? { ...past, mergedFrom: ownId } : past];
    }),
  );
  return { ...settlement, provenance };
}

/** The record as it will be, for a second change of it in the same commit. */
export function afterwards(known: StoredRecord, { fields, provenance, reviews }: Settlement): StoredRecord {
  return { ...known, fields, provenance, sync: reviews.length > 0 ? 'conflict' : known.sync };
}

/** One of the vendors' records behind one of ours, and what it says. */
export type Behind = Own & Pick<RecordLink, 'recordId' | 'base'>;

/**
 * What is left of a record when one of those behind it is erased: nothing that came from that one, and what the others say
 * instead. What stays is marked as theirs, so that it goes with the last one who says so.
 */
export function withoutErased(
  known: Pick<StoredRecord, 'fields' | 'provenance' | 'platform'>,
  link: Own & Pick<RecordLink, 'recordId'>,
  others: readonly Behind[],
  stamp: number,
): Pick<StoredRecord, 'fields' | 'provenance'> {
  const own = isAbsorbed(link) ? ownRecordOf(link) : undefined;
  // Its own vendor's word comes first.
  const heard = [...others].sort((a, b) => Number(isAbsorbed(a)) - Number(isAbsorbed(b)));
  const fields: Record<string, unknown> = {};
  const provenance: StoredRecord['provenance'] = {};
  for (const [field, value] of Object.entries(known.fields)) {
    const past = known.provenance[field];
    if (past?.mergedFrom !== own) {
      fields[field] = value;
      if (past) provenance[field] = { ...past, history: [] };
      continue;
    }
    const told = heard.find(({ base }) => fieldOf(base, field) !== null && same(fieldOf(base, field), value));
    const other = told ?? heard.find(({ base }) => fieldOf(base, field) !== null);
    fields[field] = other ? fieldOf(other.base, field) : null;
    if (!other) continue;
    const fresh = { source: 'external' as const, actor: known.platform, strategy: null, stamp };
    const { source, actor, strategy, stamp: since } = told && past ? past : fresh;
    const from = isAbsorbed(other) ? { mergedFrom: ownRecordOf(other) } : {};
    provenance[field] = { ...{ source, actor, strategy, stamp: since, history: [] }, ...from };
  }
  return { fields, provenance };
}
