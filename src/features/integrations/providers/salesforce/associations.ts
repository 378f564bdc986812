import 'server-only';
import type { VendorAssociation, VendorAssociations, VendorSession } from '../types';
import { caseSafeId, isRecordId } from './ids';
import type { SalesforceRecords } from './records';

/** Lookups of the objects that are synced, and what they lead to. */
const LOOKUPS: Readonly<Record<string, readonly { field: string; entity: string }[]>> = {
  contact: [{ field: 'AccountId', entity: 'company' }],
  opportunity: [
    { field: 'AccountId', entity: 'company' },
    { field: 'ContactId', entity: 'contact' },
  ],
};

/** At Salesforce, what a record belongs to stands in fields of its own. */
export class SalesforceAssociations implements VendorAssociations {
  constructor(readonly records: Pick<SalesforceRecords, 'fetchByIds'>) {}

  async read(
    session: VendorSession,
    entity: string,
    externalIds: readonly string[],
  ): Promise<VendorAssociation[]> {
    const lookups = LOOKUPS[entity] ?? [];
    if (lookups.length === 0 || externalIds.length === 0) return [];
    const fields = lookups.map(({ field }) => field);
    const found = await this.records.fetchByIds(session, entity, externalIds, fields);
    return found.flatMap(({ externalId, data }) =>
      lookups.flatMap(({ field, entity: target }): VendorAssociation[] => {
        const value = data[field];
        return typeof value === 'string' && isRecordId(value)
          ? [{ externalId, entity: target, toExternalId: caseSafeId(value), kind: target }]
          : [];
      }),
    );
  }
}
