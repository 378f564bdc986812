import type { VendorAssociation } from '../providers/types';
import type { Relation } from './repository';

type Known = Pick<Relation, 'id' | 'fromExternalId' | 'toEntity' | 'toExternalId' | 'kind'>;

/** What must be written so that what is known equals what the vendor says of these records. Pure. */
export function planRelations<K extends Known>(
  found: readonly VendorAssociation[],
  known: readonly K[],
): { add: VendorAssociation[]; remove: K[] } {
  const wanted = new Map(
    found.map((one) => [nameOf(one.externalId, one.entity, one.toExternalId, one.kind), one]),
  );
  const remove: K[] = [];
  for (const row of known) {
    const name = nameOf(row.fromExternalId, row.toEntity, row.toExternalId, row.kind);
    if (!wanted.delete(name)) remove.push(row);
  }
  return { add: [...wanted.values()], remove };
}

function nameOf(...parts: string[]): string {
  return JSON.stringify(parts);
}
