import { z } from 'zod';
import type { FakeAnswer } from './platforms/server';

/** HubSpot's kinds of record, what its calls take, and how it writes records. */

export type HubSpotType = 'contacts' | 'companies' | 'deals';

export interface HubSpotRecord {
  id: string;
  properties: Record<string, string | null>;
  createdAt: Date;
  updatedAt: Date;
  archivedAt: Date | null;
}

/** What the real API refuses beyond these. @see https://developers.hubspot.com/docs/api-reference/search/guide */
export const searchBody = z.strictObject({
  limit: z.int().min(1).max(200),
  after: z.string().optional(),
  sorts: z.array(z.string()).max(1).optional(),
  properties: z.array(z.string()).optional(),
  query: z.string().optional(),
  filterGroups: z
    .array(
      z.strictObject({
        filters: z
          .array(
            z.strictObject({
              propertyName: z.string(),
              operator: z.enum(['GT', 'GTE', 'LT', 'LTE', 'EQ', 'IN']),
              value: z.string().optional(),
              values: z.array(z.string()).min(1).max(100).optional(),
            }),
          )
          .max(6),
      }),
    )
    .max(5),
});
export const batchRead = z.strictObject({
  properties: z.array(z.string()),
  propertiesWithHistory: z.array(z.string()).optional(),
  /** One with unique values, in place of the id. */
  idProperty: z.string().optional(),
  inputs: z
    .array(z.strictObject({ id: z.string() }))
    .min(1)
    .max(100),
});
const properties = z.record(z.string(), z.string().nullable());
export const batchUpdate = z.strictObject({
  inputs: z
    .array(z.strictObject({ id: z.string(), properties }))
    .min(1)
    .max(100),
});
export const batchCreate = z.strictObject({
  inputs: z
    .array(
      z.strictObject({
        properties,
        associations: z.array(z.unknown()).optional(),
        objectWriteTraceId: z.string().optional(),
      }),
    )
    .min(1)
    .max(100),
});

const STAMP = {
  contacts: 'lastmodifieddate',
  companies: 'hs_lastmodifieddate',
  deals: 'hs_lastmodifieddate',
};
export const TIMES = { startedAt: '2026-01-01T00:00:00.000Z', completedAt: '2026-01-01T00:00:00.000Z' };
export const MARK = {
  ...{ name: 'irisync_id', label: 'IriSync', type: 'string', options: [], hasUniqueValue: true },
};
export const PROPERTIES = [
  { name: 'email', label: 'Email', type: 'string', options: [] },
  {
    ...{ name: 'lifecyclestage', label: 'Lifecycle stage', type: 'enumeration' },
    options: [{ value: 'lead', label: 'Lead' }],
  },
  {
    ...{ name: 'hs_object_id', label: 'Record ID', type: 'number', options: [] },
    modificationMetadata: { readOnlyValue: true, archivable: true, readOnlyDefinition: true },
  },
];

export function expired(): FakeAnswer {
  return {
    status: 401,
    body: { status: 'error', message: 'The OAuth token used expired', category: 'EXPIRED_AUTHENTICATION' },
  };
}

/** Why these records of a batch have no result. */
export function failure(category: 'OBJECT_NOT_FOUND' | 'INTERNAL_ERROR', ids: readonly string[]) {
  const message =
    category === 'OBJECT_NOT_FOUND'
      ? 'Could not get some objects, they may be deleted or not exist.'
      : 'There was a problem with the request.';
  return ids.length > 0
    ? [{ status: 'error', category, message, context: { ids }, links: {}, errors: [] }]
    : [];
}

/** 207 where some records of a batch have no result. */
export function several(results: readonly unknown[], errors: readonly object[]): FakeAnswer {
  const body = { status: 'COMPLETE', results, ...TIMES };
  return errors.length > 0
    ? { status: 207, body: { ...body, numErrors: errors.length, errors } }
    : { status: 200, body };
}

/** @see https://developers.hubspot.com/docs/developer-tooling/platform/usage-guidelines */
export function dailyLimit(): FakeAnswer {
  return {
    status: 429,
    body: { status: 'error', message: 'daily limit', errorType: 'RATE_LIMIT', policyName: 'DAILY' },
  };
}

export function matches(
  type: HubSpotType,
  record: HubSpotRecord,
  filter: {
    propertyName: string;
    operator: string;
    value?: string | undefined;
    values?: string[] | undefined;
  },
): boolean {
  const { propertyName, operator, value = '', values = [] } = filter;
  const own =
    propertyName === 'hs_object_id'
      ? Number(record.id)
      : propertyName === STAMP[type]
        ? record.updatedAt.getTime()
        : propertyName === 'createdate'
          ? record.createdAt.getTime()
          : Number.NaN;
  const text = (record.properties[propertyName] ?? '').toLowerCase();
  if (Number.isNaN(own)) return operator === 'IN' ? values.includes(text) : text === value.toLowerCase();
  const wanted = Number(value);
  if (operator === 'GT') return own > wanted;
  if (operator === 'GTE') return own >= wanted;
  if (operator === 'LT') return own < wanted;
  return operator === 'LTE' ? own <= wanted : own === wanted;
}

/** Only what was asked for, beside what HubSpot always sends. */
export function view(type: HubSpotType, record: HubSpotRecord, wanted: readonly string[]) {
  const values = Object.fromEntries(wanted.map((name) => [name, record.properties[name] ?? null]));
  return {
    id: record.id,
    properties: {
      ...values,
      hs_object_id: record.id,
      createdate: record.createdAt.toISOString(),
      [STAMP[type]]: record.updatedAt.toISOString(),
    },
    createdAt: record.createdAt.toISOString(),
    updatedAt: record.updatedAt.toISOString(),
    archived: record.archivedAt !== null,
    ...(record.archivedAt ? { archivedAt: record.archivedAt.toISOString() } : {}),
  };
}
