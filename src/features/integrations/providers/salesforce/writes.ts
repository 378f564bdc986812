import 'server-only';
import { SfDate } from 'jsforce/lib/date.js';
import { createSOQL } from 'jsforce/lib/soql-builder.js';
import { z } from 'zod';
import { ExternalServiceError } from '@/core/errors';
import type {
  CreateOutcome,
  PushOutcome,
  VendorChange,
  VendorCreation,
  VendorRecord,
  VendorSession,
  VendorWriter,
} from '../types';
import type { SalesforceApi } from './api';
import { caseSafeId, isRecordId } from './ids';
import { type Description, objectOf, type SalesforceRecords } from './records';

/** @see https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_composite_sobjects_collections_update.htm */
const BATCH = 200;
const COLLECTIONS = '/composite/sobjects';
/** Salesforce's clock and ours need not agree. */
const SKEW_MS = 60_000;

/** Kept by Salesforce itself. What else a person may not write is in the description of the record's kind. */
const READ_ONLY: ReadonlySet<string> = new Set([
  ...['Id', 'SystemModstamp', 'CreatedDate', 'CreatedById', 'LastModifiedDate', 'LastModifiedById'],
  ...['LastActivityDate', 'LastViewedDate', 'LastReferencedDate', 'IsDeleted', 'MasterRecordId'],
]);
/** Codes of a single record that say nothing about it: locked by somebody, a busy server, an allowance that is used up. */
const PASSING: ReadonlySet<string> = new Set([
  ...['UNABLE_TO_LOCK_ROW', 'SERVER_UNAVAILABLE', 'QUERY_TIMEOUT', 'REQUEST_LIMIT_EXCEEDED'],
  // It was there a moment ago: the next look finds that it is gone.
  ...['ENTITY_IS_DELETED', 'NOT_FOUND', 'ENTITY_IS_LOCKED'],
]);
/** What records are called, for those that have no key of their own. */
const NAMES: Readonly<Record<string, readonly string[]>> = {
  Lead: ['Email', 'FirstName', 'LastName'],
  Contact: ['Email', 'FirstName', 'LastName'],
  Account: ['Name'],
  Opportunity: ['Name'],
};

const saved = z.array(
  z.object({
    id: z.string().refine(isRecordId).transform(caseSafeId).nullish(),
    success: z.boolean(),
    errors: z
      .array(z.object({ statusCode: z.string().optional(), message: z.string().optional() }))
      .default([]),
  }),
);
type Saved = z.output<typeof saved>[number];
const rows = z.object({
  records: z.array(z.looseObject({ Id: z.string().refine(isRecordId).transform(caseSafeId) })),
});

/** Writes Salesforce's records, up to 200 a call, each with an outcome of its own. */
export class SalesforceWrites implements VendorWriter {
  readonly batch = BATCH;
  readonly creator = this;

  constructor(
    readonly api: SalesforceApi,
    readonly records: SalesforceRecords,
  ) {}

  /** What belongs to another record (`Owner.Name`), or is put together of several fields, is only read. */
  writes(_entity: string, externalField: string): boolean {
    return /^[A-Za-z]\w{0,79}$/.test(externalField) && !READ_ONLY.has(externalField);
  }

  applied(record: VendorRecord, values: VendorChange['values']): VendorRecord {
    return { ...record, data: { ...record.data, ...values } };
  }

  async batchUpdate(
    session: VendorSession,
    entity: string,
    changes: readonly VendorChange[],
  ): Promise<PushOutcome[]> {
    const given = changes.map(({ externalId, values }) => ({ key: externalId, values }));
    const outcomes = await this.#saved(session, entity, given, 'PATCH');
    return outcomes.map(({ key, result }): PushOutcome => {
      if (result.success) return { externalId: key, ok: true };
      return { externalId: key, ok: false, ...faultOf(result) };
    });
  }

  async batchCreate(
    session: VendorSession,
    entity: string,
    creations: readonly VendorCreation[],
  ): Promise<CreateOutcome[]> {
    const outcomes = await this.#saved(session, entity, creations, 'POST');
    return outcomes.map(({ key, result }): CreateOutcome => {
      if (result.success && result.id) return { key, ok: true, externalId: result.id, made: true };
      return { key, ok: false, ...faultOf(result) };
    });
  }

  /**
   * By fields that the organisation declared as ids of other systems, where the mapping fills one; else, where it was sent before, by
   * email and name among those that were made since. SOQL knows what was just made.
   */
  async findCreated(
    session: VendorSession,
    entity: string,
    creations: readonly VendorCreation[],
  ): Promise<CreateOutcome[]> {
    const { fields } = await this.records.description(session, entity);
    const keys = fields.filter(({ externalId }) => externalId === true).map(({ name }) => name);
    const found: CreateOutcome[] = [];
    for (const one of creations) {
      const key = keys.find((name) => typeof one.values[name] === 'string' && one.values[name] !== '');
      const outcome = key
        ? await this.#byKey(session, entity, one, key)
        : await this.#byName(session, entity, one);
      if (outcome) found.push(outcome);
    }
    return found;
  }

  async #byKey(session: VendorSession, entity: string, one: VendorCreation, name: string) {
    const [row] = await this.#query(session, entity, [{ [name]: literal(one.values[name]) }]);
    if (!row) return null;
    const since = one.tried ? one.tried.first.getTime() - SKEW_MS : Number.POSITIVE_INFINITY;
    const made = Date.parse(String(row.CreatedDate)) >= since;
    return { key: one.key, ok: true as const, externalId: row.Id, made };
  }

  async #byName(session: VendorSession, entity: string, one: VendorCreation): Promise<CreateOutcome | null> {
    const { tried, values, key } = one;
    if (!tried) return null;
    const names = (NAMES[objectOf(entity)] ?? []).filter((name) => typeof values[name] === 'string');
    if (names.length === 0)
      return { key, ok: false, message: 'Whether it got there cannot be told, since it has no name.' };
    const since = new SfDate(new Date(tried.first.getTime() - SKEW_MS).toISOString());
    const [row] = await this.#query(session, entity, [
      ...names.map((name) => ({ [name]: literal(values[name]) })),
      { CreatedDate: { $gte: since } },
    ]);
    return row ? { key, ok: true, externalId: row.Id, made: true } : null;
  }

  async #query(session: VendorSession, entity: string, conditions: object[]) {
    const soql = createSOQL({
      ...{ table: objectOf(entity), fields: ['Id', 'CreatedDate'], limit: 1 },
      conditions: conditions as never,
      sort: [['CreatedDate', 'ASC']],
    });
    const connection = await this.api.connection(session);
    const answer = await connection.request(`/query?q=${encodeURIComponent(soql)}`);
    return this.api.shaped(rows, answer).records;
  }

  /** A record with a value that cannot be sent fails alone, here or there. */
  async #saved(
    session: VendorSession,
    entity: string,
    given: readonly { key: string; values: VendorChange['values'] }[],
    method: 'PATCH' | 'POST',
  ): Promise<{ key: string; result: Saved }[]> {
    const known = await this.records.description(session, entity);
    const type = objectOf(entity);
    const prepared = given.map(({ key, values }) => ({ key, body: bodyOf(known, values, method) }));
    const sent = prepared.flatMap(({ key, body }) =>
      'fault' in body
        ? []
        : [
            {
              key,
              record: { attributes: { type }, ...(method === 'PATCH' ? { id: key } : {}), ...body.values },
            },
          ],
    );
    const answers = await this.#send(session, sent, method);
    return prepared.map(({ key, body }) => {
      const result = 'fault' in body ? refused(body.fault) : answers.get(key);
      return { key, result: result ?? refused('Salesforce did not say what became of it.', 'NOT_FOUND') };
    });
  }

  /** A field that Salesforce does not know fails the whole call: it is halved, until the record at fault fails alone. */
  async #send(
    session: VendorSession,
    sent: readonly { key: string; record: object }[],
    method: 'PATCH' | 'POST',
  ): Promise<Map<string, Saved>> {
    if (sent.length === 0) return new Map();
    try {
      const connection = await this.api.connection(session);
      const body = JSON.stringify({ allOrNone: false, records: sent.map(({ record }) => record) });
      const headers = { 'content-type': 'application/json' };
      const answer = await connection.request({ method, url: COLLECTIONS, body, headers });
      const results = this.api.shaped(saved, answer);
      return new Map(
        sent.flatMap(({ key }, at): [string, Saved][] => (results[at] ? [[key, results[at]]] : [])),
      );
    } catch (error) {
      if (!(error instanceof ExternalServiceError) || error.kind !== 'invalid_request') throw error;
      const [first] = sent;
      if (sent.length === 1 && first) return new Map([[first.key, refused(error.message)]]);
      const middle = Math.ceil(sent.length / 2);
      const head = await this.#send(session, sent.slice(0, middle), method);
      return new Map([...head, ...(await this.#send(session, sent.slice(middle), method))]);
    }
  }
}

/** Values in the types of their fields: Salesforce reads no number from a text. */
function bodyOf(
  { fields }: Description,
  values: VendorChange['values'],
  method: 'PATCH' | 'POST',
): { values: Record<string, unknown> } | { fault: string } {
  const made: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(values)) {
    if (method === 'POST' && (value === null || value === undefined)) continue;
    const field = fields.find((one) => one.name === name);
    if (!field)
      return {
        fault: `Salesforce has no field ${name} here, or the person who connected it may not see it.`,
      };
    if (method === 'POST' ? !field.createable : !field.updateable)
      return { fault: `Salesforce does not let the person who connected it write ${field.label} (${name}).` };
    made[name] = typed(value, field.type);
  }
  return { values: made };
}

function typed(value: unknown, type: string): unknown {
  if (value === null || value === undefined || value === '') return null;
  // Several options are divided by semicolons.
  if (Array.isArray(value)) return value.join(';');
  if (/^(?:double|currency|percent|int|long)$/.test(type) && typeof value === 'string') return Number(value);
  return /^(?:string|textarea|phone|email|url|picklist|multipicklist|combobox)$/.test(type)
    ? String(value)
    : value;
}

/** jsforce escapes quotes and leaves backslashes, with which a text could end its own quotes. */
function literal(value: unknown): string {
  return String(value).replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\r', '\\r');
}

function refused(message: string, statusCode?: string): Saved {
  return { success: false, errors: [{ message, ...(statusCode ? { statusCode } : {}) }] };
}

function faultOf({ errors: [first] }: Saved): { message: string; later?: true } {
  const message = first?.message ?? 'Salesforce did not take this record.';
  return PASSING.has(first?.statusCode ?? '') ? { message, later: true } : { message };
}
