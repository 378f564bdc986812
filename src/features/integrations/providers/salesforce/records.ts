import 'server-only';
import { SfDate } from 'jsforce/lib/date.js';
import { createSOQL, type QueryConfig } from 'jsforce/lib/soql-builder.js';
import { z } from 'zod';
import { ExternalServiceError } from '@/core/errors';
import type { Clock } from '@/core/time/clock';
import type { PropertyView } from '../../connections/schema';
import type { VendorPage, VendorRecord, VendorSession } from '../types';
import { noSuchField, type SalesforceApi, UNKNOWN_FIELD } from './api';
import { caseSafeId, isRecordId } from './ids';
import { OBJECTS } from './objects.data';

/** Records of a page: as many as are saved here in one commit. */
const PAGE = 200;
/** Records of one call, the most an answer carries: calls are what an organisation has a daily allowance of. */
const ROWS = 2_000;
const MINUTE_MS = 60_000;
/** Salesforce tells of deletions for so long. Longer gaps end in a full pass, which finds absences. */
const DELETIONS_KEPT_MS = 15 * 86_400_000;
/** Longer than any transaction takes. */
const DELETIONS_LATE_MS = 86_400_000;
/** A list that reaches back less far is asked for with a quarter of the time, again and again, down to this. */
const SHORTEST_REACH_MS = 2 * MINUTE_MS;
/** Each of them is looked up here: more than this at once are asked for in narrower windows. */
const DELETIONS_AT_ONCE = 2_000;

const recordId = z.string().refine(isRecordId).transform(caseSafeId);
/** `2026-11-21T10:00:00.000+0000` */
const moment = z
  .string()
  .transform((text) => new Date(text))
  .refine((at) => !Number.isNaN(at.getTime()));

const queryAnswer = z.object({
  done: z.boolean(),
  nextRecordsUrl: z
    .string()
    .regex(/^\/services\/data\/[\w./-]+$/)
    .optional(),
  records: z.array(z.looseObject({ Id: recordId, SystemModstamp: moment })),
});
const description = z.object({
  fields: z.array(
    z.object({
      name: z.string().regex(/^\w+$/),
      label: z.string(),
      type: z.string(),
      createable: z.boolean(),
      updateable: z.boolean(),
      /** An id of another system, which finds its record. */
      externalId: z.boolean().nullish(),
      relationshipName: z.string().nullish(),
      picklistValues: z
        .array(z.object({ value: z.string(), label: z.string().nullish(), active: z.boolean() }))
        .nullish(),
    }),
  ),
});
export type Description = z.output<typeof description>;
const deletedAnswer = z.object({
  deletedRecords: z.array(z.object({ id: recordId })),
  latestDateCovered: moment.nullish(),
});

/** What changed in `[from, to)`; `after` is the last record that was read, by stamp (milliseconds) and id. */
const changesCursor = z.object({
  from: z.number(),
  to: z.number(),
  after: z.tuple([z.number(), recordId]).nullable(),
});
type ChangesCursor = z.output<typeof changesCursor>;
/** What was deleted in `[from, to)`, in windows of `span`; all in milliseconds. */
const deletedCursor = z.object({ from: z.number(), to: z.number(), span: z.number() });
type DeletedCursor = z.output<typeof deletedCursor>;

interface Rows {
  records: readonly VendorRecord[];
  /** There are others behind the last one. */
  more: boolean;
}

/** Reads Salesforce's records. Every page goes on from the last record's place, never from a page number or a query kept open. */
export class SalesforceRecords {
  /** Of one run: fields are asked for once. */
  readonly #described = new WeakMap<VendorSession, Map<string, Promise<Description>>>();

  /** Of one run: rows that came with the last page and belong to the next ones. */
  readonly #ahead = new WeakMap<VendorSession, Map<string, Rows>>();

  constructor(
    readonly api: SalesforceApi,
    readonly clock: Clock,
  ) {}

  changesFrom(from: Date, to: Date): string {
    return written({ from: from.getTime(), to: to.getTime(), after: null } satisfies ChangesCursor);
  }

  /** In the order of (stamp, id): any number of records may share a stamp, which knows seconds. */
  async fetchChanges(
    session: VendorSession,
    entity: string,
    cursor: string,
    fields: readonly string[],
  ): Promise<VendorPage> {
    const { from, to, after } = changesCursor.parse(JSON.parse(cursor));
    const [stamp, id] = after ?? [from, null];
    const beyond = [
      { SystemModstamp: { $gt: at(stamp) } },
      { $and: [{ SystemModstamp: at(stamp) }, { Id: { $gt: id } }] },
    ];
    const load = () =>
      this.#rows(session, entity, fields, {
        conditions: [
          // Said apart as well: the index serves a range, and does not serve what is left or right of OR.
          { SystemModstamp: { $gte: at(stamp) } },
          { SystemModstamp: { $lt: at(to) } },
          ...(id ? [{ $or: beyond }] : []),
        ],
        sort: [
          ['SystemModstamp', 'ASC'],
          ['Id', 'ASC'],
        ],
        limit: ROWS,
      });
    return this.#page(session, { entity, fields, cursor }, load, ({ updatedAt, externalId }) =>
      written({ from, to, after: [updatedAt.getTime(), externalId] } satisfies ChangesCursor),
    );
  }

  fetchAll(
    session: VendorSession,
    entity: string,
    cursor: string | null,
    fields: readonly string[],
  ): Promise<VendorPage> {
    const load = () =>
      this.#rows(session, entity, fields, {
        ...(cursor ? { conditions: { Id: { $gt: caseSafeId(cursor) } } } : {}),
        sort: [['Id', 'ASC']],
        limit: ROWS,
      });
    return this.#page(session, { entity, fields, cursor }, load, ({ externalId }) => externalId);
  }

  async fetchByIds(
    session: VendorSession,
    entity: string,
    ids: readonly string[],
    fields: readonly string[],
  ): Promise<readonly VendorRecord[]> {
    if (ids.length === 0) return [];
    const soql = await this.#soql(session, entity, fields, {
      conditions: { Id: { $in: ids.map(caseSafeId) } },
    });
    const connection = await this.api.connection(session);
    let answer = this.api.shaped(
      queryAnswer,
      await connection.request(`/query?q=${encodeURIComponent(soql)}`),
    );
    const rows = [...answer.records];
    // Wide records come in several answers.
    while (!answer.done && answer.nextRecordsUrl) {
      answer = this.api.shaped(queryAnswer, await connection.request(answer.nextRecordsUrl));
      rows.push(...answer.records);
    }
    return rows.map(toRecord);
  }

  /**
   * What Salesforce still tells of deletions, which is fifteen days at most, from a day before `since`: what a long transaction
   * deletes appears late, under an earlier time. The next window starts at `latestDateCovered`, before which the vendor has finished writing.
   * @see https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_getdeleted.htm
   */
  async fetchDeleted(
    session: VendorSession,
    entity: string,
    cursor: string | null,
    since: Date | null,
  ): Promise<{ ids: readonly string[]; next: string | null }> {
    const place = cursor ? deletedCursor.parse(JSON.parse(cursor)) : this.#deletionsSince(since);
    const end = Math.min(place.to, place.from + place.span);
    try {
      const connection = await this.api.connection(session);
      const { deletedRecords, latestDateCovered } = this.api.shaped(
        deletedAnswer,
        await connection.deleted(objectOf(entity), new Date(place.from), new Date(end)),
      );
      const narrower = deletedRecords.length > DELETIONS_AT_ONCE ? halved(place) : undefined;
      if (narrower) return { ids: [], next: written(narrower) };
      const covered = floored(latestDateCovered?.getTime() ?? end);
      const from = covered > place.from ? Math.min(covered, end) : end;
      return {
        ids: [...new Set(deletedRecords.map(({ id }) => id))],
        // One crowded hour must not make all later windows narrow.
        next:
          end < place.to && place.to - from >= MINUTE_MS
            ? written({ ...place, from, span: 2 * place.span })
            : null,
      };
    } catch (error) {
      const next = nearer(place, error);
      if (next === undefined) throw error;
      return { ids: [], next: next && written(next) };
    }
  }

  async describe(session: VendorSession, entity: string): Promise<PropertyView[]> {
    const { fields } = await this.description(session, entity);
    return fields.map(({ name, label, type, createable, updateable, picklistValues }) => ({
      ...{ name, label, type },
      readOnly: !createable && !updateable,
      options: (picklistValues ?? [])
        .filter(({ active }) => active)
        .map(({ value, label: words }) => ({ value, label: words ?? value })),
    }));
  }

  /** Seconds are ignored by the vendor: whole minutes. What is deleted in the running one is the next pass's. */
  #deletionsSince(since: Date | null): DeletedCursor {
    const to = floored(this.clock.now().getTime());
    const known = since ? floored(since.getTime()) - DELETIONS_LATE_MS : 0;
    return { from: Math.max(to - DELETIONS_KEPT_MS, known), to, span: DELETIONS_KEPT_MS };
  }

  /** Hands rows out a page at a time. What is kept for the next page is only a saving: its place finds the same rows again. */
  async #page(
    session: VendorSession,
    { entity, fields, cursor }: { entity: string; fields: readonly string[]; cursor: string | null },
    load: () => Promise<Rows>,
    placeOf: (last: VendorRecord) => string,
  ): Promise<VendorPage> {
    const ahead = this.#ahead.get(session) ?? new Map<string, Rows>();
    this.#ahead.set(session, ahead);
    const keyOf = (place: string | null) => JSON.stringify([entity, place, fields]);
    const { records: found, more } = ahead.get(keyOf(cursor)) ?? (await load());
    ahead.delete(keyOf(cursor));
    const records = found.slice(0, PAGE);
    const rest = found.slice(PAGE);
    const last = records.at(-1);
    if (!last || (rest.length === 0 && !more)) return { records, next: null };
    const next = placeOf(last);
    if (rest.length > 0) ahead.set(keyOf(next), { records: rest, more });
    return { records, next };
  }

  async #rows(
    session: VendorSession,
    entity: string,
    fields: readonly string[],
    query: QueryConfig,
  ): Promise<Rows> {
    const soql = await this.#soql(session, entity, fields, query);
    const connection = await this.api.connection(session);
    const answer = this.api.shaped(
      queryAnswer,
      await connection.request(`/query?q=${encodeURIComponent(soql)}`),
    );
    // The vendor shortens answers of wide records.
    return {
      records: answer.records.map(toRecord),
      more: !answer.done || answer.records.length === query.limit,
    };
  }

  /** Only fields that the vendor describes get into a query; ids and stamps are checked where they come in. */
  async #soql(
    session: VendorSession,
    entity: string,
    fields: readonly string[],
    query: QueryConfig,
  ): Promise<string> {
    const known = await this.description(session, entity);
    const names = new Set(known.fields.map(({ name }) => name));
    const related = new Set(known.fields.flatMap(({ relationshipName }) => relationshipName ?? []));
    const asked = fields.map((field) => {
      const [first = '', ...rest] = field.split('.');
      // A compound field, such as an address, comes whole.
      if (names.has(first)) return first;
      if (rest.length > 0 && related.has(first) && rest.every((part) => /^[A-Za-z]\w{0,79}$/.test(part)))
        return field;
      throw new ExternalServiceError(noSuchField(objectOf(entity), field), {
        provider: 'salesforce',
        kind: 'invalid_request',
        retryable: false,
        outcome: 'not_sent',
        vendorCode: UNKNOWN_FIELD,
      });
    });
    return createSOQL({
      ...query,
      fields: [...new Set(['Id', 'SystemModstamp', ...asked])],
      table: objectOf(entity),
    });
  }

  description(session: VendorSession, entity: string): Promise<Description> {
    const mine = this.#described.get(session) ?? new Map<string, Promise<Description>>();
    this.#described.set(session, mine);
    const known = mine.get(entity);
    if (known) return known;
    const asked = this.#describe(session, entity);
    mine.set(entity, asked);
    // Trouble is not kept.
    asked.catch(() => mine.delete(entity));
    return asked;
  }

  async #describe(session: VendorSession, entity: string): Promise<Description> {
    return this.api.shaped(
      description,
      await (await this.api.connection(session)).describe(objectOf(entity)),
    );
  }
}

function toRecord({
  attributes: _type,
  ...row
}: z.output<typeof queryAnswer>['records'][number]): VendorRecord {
  const { Id, SystemModstamp } = row;
  return {
    externalId: Id,
    data: { ...row, SystemModstamp: SystemModstamp.toISOString() },
    updatedAt: SystemModstamp,
  };
}

export function objectOf(entity: string): string {
  const found = OBJECTS[entity];
  if (!found) throw new Error(`Salesforce has no ${entity}.`);
  return found;
}

/** Where to try again when a window is too wide for the vendor; null when it keeps no list at all, undefined for other trouble. */
function nearer(place: DeletedCursor, error: unknown): DeletedCursor | null | undefined {
  if (!(error instanceof ExternalServiceError)) return undefined;
  if (error.vendorCode === 'EXCEEDED_ID_LIMIT') return halved(place);
  // Its list does not reach back so far: somebody emptied the recycle bin, or it grew too long.
  if (error.vendorCode !== 'INVALID_REPLICATION_DATE') return undefined;
  const reach = floored((place.to - place.from) / 4);
  return reach >= SHORTEST_REACH_MS ? { ...place, from: place.to - reach, span: reach } : null;
}

/** Undefined for a window that cannot be narrower. */
function halved(place: DeletedCursor): DeletedCursor | undefined {
  const span = floored(Math.min(place.span, place.to - place.from) / 2);
  return span >= MINUTE_MS ? { ...place, span } : undefined;
}

function floored(milliseconds: number): number {
  return Math.floor(milliseconds / MINUTE_MS) * MINUTE_MS;
}

function at(milliseconds: number): SfDate {
  return new SfDate(new Date(milliseconds).toISOString());
}

function written(cursor: object): string {
  return JSON.stringify(cursor);
}
