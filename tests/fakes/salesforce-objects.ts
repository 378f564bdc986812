import { z } from 'zod';
import { type FakeAnswer, must } from './platforms/server';

/** Salesforce's standard kinds of record, and how it writes ids, moments and what it knows of fields. */

export type SalesforceType = 'Lead' | 'Contact' | 'Account' | 'Opportunity';

export const PREFIX: Record<SalesforceType, string> = {
  Lead: '00Q',
  Contact: '003',
  Account: '001',
  Opportunity: '006',
};
const ADDRESS = ['Street', 'City', 'State', 'PostalCode', 'Country'];
export const FIELDS: Record<SalesforceType, string[]> = {
  Lead: ['FirstName', 'LastName', 'Email', 'Phone', 'Company', 'Title', 'Status', 'OwnerId'],
  Contact: [
    ...['FirstName', 'LastName', 'Email', 'Phone', 'Title', 'AccountId', 'OwnerId'],
    ...ADDRESS.map((part) => `Mailing${part}`),
  ],
  Account: [
    ...['Name', 'Website', 'Industry', 'Phone', 'NumberOfEmployees', 'OwnerId'],
    ...ADDRESS.map((part) => `Billing${part}`),
  ],
  Opportunity: ['Name', 'Amount', 'StageName', 'CloseDate', 'Probability', 'AccountId', 'OwnerId'],
};
export const NUMBERS = new Set(['Amount', 'Probability', 'NumberOfEmployees']);
export const REQUIRED: Record<SalesforceType, string[]> = {
  Lead: ['LastName', 'Company'],
  Contact: ['LastName'],
  Account: ['Name'],
  Opportunity: ['Name', 'StageName', 'CloseDate'],
};
/** @see https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_composite_sobjects_collections.htm */
export const collection = z.strictObject({
  allOrNone: z.literal(false),
  records: z
    .array(
      z.looseObject({
        attributes: z.strictObject({ type: z.enum(['Lead', 'Contact', 'Account', 'Opportunity']) }),
        id: z.string().optional(),
      }),
    )
    .min(1),
});
export type Row = z.output<typeof collection>['records'][number];
const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
export function described(name: string) {
  const own = name === 'Id' || name === 'SystemModstamp' || name === 'CreatedDate';
  return {
    ...{ name, label: name, createable: !own, updateable: !own },
    type: name === 'Status' ? 'picklist' : own ? 'id' : NUMBERS.has(name) ? 'double' : 'string',
    relationshipName: name === 'OwnerId' ? 'Owner' : null,
    picklistValues:
      name === 'Status'
        ? [
            { value: 'Open', label: 'Open - Not Contacted', active: true },
            { value: 'Old', label: 'Old', active: false },
          ]
        : [],
  };
}

export function cellOf(row: Record<string, unknown>, field: string): [string, unknown] {
  if (field === 'Owner.Name') return ['Owner', { attributes: { type: 'User' }, Name: 'Olive' }];
  const value = row[field] ?? null;
  return [field, value instanceof Date ? stamp(value) : value];
}

/** `2026-11-21T10:00:00.000+0000` */
export function stamp(at: Date): string {
  return at.toISOString().replace('Z', '+0000');
}

export function seconds(at: Date): Date {
  return new Date(Math.floor(at.getTime() / 1_000) * 1_000);
}

export function minutes(text: string | null): Date {
  const at = Date.parse(text ?? '');
  must(!Number.isNaN(at), errors(400, 'INVALID_REPLICATION_DATE', 'not a date'));
  return new Date(Math.floor(at / 60_000) * 60_000);
}

export function sixty2(number: number, length: number): string {
  let left = number;
  let digits = '';
  while (digits.length < length) {
    digits = ALPHABET.charAt(left % 62) + digits;
    left = Math.floor(left / 62);
  }
  return digits;
}

/** The three characters that make an id survive systems without case. */
export function eighteen(id: string): string {
  const parts = id.match(/.{5}/g) ?? [];
  const bits = (part: string) => [...part].map((letter) => (/[A-Z]/.test(letter) ? '1' : '0'));
  return (
    id +
    parts
      .map((part) =>
        'ABCDEFGHIJKLMNOPQRSTUVWXYZ012345'.charAt(Number.parseInt(bits(part).reverse().join(''), 2)),
      )
      .join('')
  );
}

export function errors(status: number, errorCode: string, message: string): FakeAnswer {
  return { status, body: [{ message, errorCode }] };
}

export interface SalesforceRecord {
  Id: string;
  SystemModstamp: Date;
  CreatedDate: Date;
  values: Record<string, unknown>;
  deletedAt: Date | null;
}

const DAY_MS = 86_400_000;

/** @see https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_getdeleted.htm */
export function deletionsOf(
  records: readonly SalesforceRecord[],
  asked: {
    start: Date;
    end: Date;
    now: Date;
    since: Date;
    atOnce: number;
    unfinishedSince: Date | null;
  },
): FakeAnswer {
  const { start, end, since, atOnce } = asked;
  const now = asked.now.getTime();
  const wide = end.getTime() - start.getTime();
  const dates = (why: string) => errors(400, 'INVALID_REPLICATION_DATE', why);
  must(wide >= 60_000, dates('endDate must be more than one minute after startDate'));
  must(
    wide <= 30 * DAY_MS && start.getTime() >= now - 30 * DAY_MS,
    dates('startDate cannot be more than 30 days ago'),
  );
  must(start >= since, dates('startDate before earliestDateAvailable'));
  const open = asked.unfinishedSince?.getTime() ?? Number.POSITIVE_INFINITY;
  const gone = records.filter(
    ({ deletedAt }) => deletedAt && deletedAt >= start && deletedAt < end && deletedAt.getTime() < open,
  );
  must(gone.length <= atOnce, errors(400, 'EXCEEDED_ID_LIMIT', 'too many ids'));
  return {
    status: 200,
    body: {
      deletedRecords: gone.map(({ Id, deletedAt }) => ({ id: Id, deletedDate: stamp(deletedAt ?? end) })),
      earliestDateAvailable: stamp(since),
      latestDateCovered: stamp(new Date(Math.min(end.getTime(), open))),
    },
  };
}

export function failed(statusCode: string, message: string) {
  return { success: false, errors: [{ statusCode, message, fields: [] }] };
}

export function expired(): FakeAnswer {
  return errors(401, 'INVALID_SESSION_ID', 'Session expired or invalid');
}
