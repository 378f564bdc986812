import { expect, it } from 'vitest';
import { ExternalServiceError } from '@/core/errors';
import type { VendorRecord, VendorSession } from '../types';
import { UNKNOWN_FIELD } from './api';
import { SalesforceAssociations } from './associations';

const ACCOUNT = '001000000000001AAA';
const PERSON = '003000000000001AAA';
const session = {} as VendorSession;

/** As far as looking records up goes: a field that nobody may read fails the whole call. */
function records(readable: readonly string[], data: Record<string, unknown>) {
  const calls: { ids: number; fields: readonly string[] }[] = [];
  const fetchByIds = async (
    _session: VendorSession,
    _entity: string,
    ids: readonly string[],
    fields: readonly string[],
  ): Promise<VendorRecord[]> => {
    if (fields.some((field) => !readable.includes(field)))
      throw new ExternalServiceError('no such field', {
        ...{ provider: 'salesforce', kind: 'invalid_request', retryable: false, outcome: 'not_sent' },
        vendorCode: UNKNOWN_FIELD,
      });
    calls.push({ ids: ids.length, fields });
    return ids.map((externalId) => ({ externalId, data, updatedAt: new Date(0) }));
  };
  return { fetchByIds, calls };
}

it('reads what the lookups of a record lead to, a hundred records a call', async () => {
  const source = records(['AccountId', 'ContactId'], { AccountId: ACCOUNT, ContactId: PERSON });
  const ids = Array.from({ length: 150 }, (_, index) => `006${index}`);
  const found = await new SalesforceAssociations(source).read(session, 'opportunity', ids);
  expect(found).toHaveLength(300);
  expect(found.slice(0, 2)).toEqual([
    { externalId: '0060', entity: 'company', toExternalId: ACCOUNT, kind: 'company' },
    { externalId: '0060', entity: 'contact', toExternalId: PERSON, kind: 'contact' },
  ]);
  expect(source.calls.map((call) => call.ids)).toEqual([100, 50]);
});

it('goes without a lookup that may not be read, and asks nothing of records without any', async () => {
  const source = records(['AccountId'], { AccountId: ACCOUNT });
  const associations = new SalesforceAssociations(source);
  expect(await associations.read(session, 'opportunity', ['006'])).toMatchObject([{ entity: 'company' }]);
  expect(await associations.read(session, 'lead', ['00Q'])).toEqual([]);
  expect(source.calls).toHaveLength(1);
  await expect(
    new SalesforceAssociations({
      fetchByIds: async () => {
        throw new Error('unreachable');
      },
    }).read(session, 'contact', ['003']),
  ).rejects.toThrow('unreachable');
});
