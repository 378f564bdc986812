import 'server-only';
import { ExternalServiceError } from '@/core/errors';
import type { VendorAssociation, VendorAssociations, VendorSession } from '../types';
import { UNKNOWN_FIELD } from './api';
import { caseSafeId, isRecordId } from './ids';
import type { SalesforceRecords } from './records';

/** Ids that one call takes. */
const BATCH = 100;

interface Lookup {
  field: string;
  entity: string;
}

/** Lookups of the objects that are synced, and what they lead to. */
const LOOKUPS: Readonly<Record<string, readonly Lookup[]>> = {
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
    const found: VendorAssociation[] = [];
    const lookups = LOOKUPS[entity] ?? [];
    for (let at = 0; lookups.length > 0 && at < externalIds.length; at += BATCH)
      found.push(...(await this.#read(session, entity, externalIds.slice(at, at + BATCH), lookups)));
    return found;
  }

  async #read(
    session: VendorSession,
    entity: string,
    externalIds: readonly string[],
    lookups: readonly Lookup[],
  ): Promise<VendorAssociation[]> {
    try {
      const fields = lookups.map(({ field }) => field);
      const rows = await this.records.fetchByIds(session, entity, externalIds, fields);
      return rows.flatMap(({ externalId, data }) =>
        lookups.flatMap(({ field, entity: target }): VendorAssociation[] => {
          const value = data[field];
          return typeof value === 'string' && isRecordId(value)
            ? [{ externalId, entity: target, toExternalId: caseSafeId(value), kind: target }]
            : [];
        }),
      );
    } catch (error) {
      if (!(error instanceof ExternalServiceError) || error.vendorCode !== UNKNOWN_FIELD) throw error;
      // A lookup that this person may not read is none; the others still are.
      if (lookups.length === 1) return [];
      const alone = lookups.map((lookup) => this.#read(session, entity, externalIds, [lookup]));
      return (await Promise.all(alone)).flat();
    }
  }
}
