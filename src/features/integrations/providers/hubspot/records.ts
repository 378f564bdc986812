import 'server-only';
import {
  BasicApi,
  BatchApi,
  FilterOperatorEnum,
  SearchApi,
  type SimplePublicObject,
} from '@hubspot/api-client/lib/codegen/crm/objects/index.js';
import { z } from 'zod';
import { ExternalServiceError } from '@/core/errors';
import type { PushOutcome, VendorChange, VendorPage, VendorRecord, VendorSession } from '../types';
import type { HubSpotApi } from './api';

/** What one answer of a list carries at most. */
const LIST_PAGE = 100;
const SEARCH_PAGE = 200;
/** A search says nothing certain beyond so many rows: its time slice is halved. */
const SEARCH_ROWS = 10_000;
/** Ids that were merged into a record, divided by semicolons. */
const MERGED = 'hs_merged_object_ids';
/** Shorter slices are not halved: HubSpot's filters know milliseconds, and one stamp may have any number of records. */
const SHORTEST_SLICE_MS = 1_000;

const cursorSchema = z.object({
  /** Slices `[from, to)` that are left, in milliseconds, the running one first. */
  slices: z.array(z.tuple([z.number(), z.number()])).min(1),
  /** Last id of the running slice. */
  after: z.string(),
});
type Cursor = z.output<typeof cursorSchema>;

/** Contacts name their stamp differently from everything else. */
function stampOf(objectType: string): string {
  return objectType === 'contacts' ? 'lastmodifieddate' : 'hs_lastmodifieddate';
}

/** Reads HubSpot's records with HubSpot's own client, over the one HTTP client of this product. */
export class HubSpotRecords {
  constructor(
    readonly api: HubSpotApi,
    readonly objectTypeOf: (entity: string) => string,
  ) {}

  /** Ids are numbers of up to 19 digits. */
  orderOf(externalId: string): string {
    return externalId.padStart(20, '0');
  }

  changesFrom(from: Date, to: Date): string {
    return JSON.stringify({ slices: [[from.getTime(), to.getTime()]], after: '0' } satisfies Cursor);
  }

  /**
   * A search cannot continue by (stamp, id): within a fixed slice of time it goes by id alone, so that records which share a stamp
   * or change meanwhile are neither lost nor read for ever. @see https://developers.hubspot.com/docs/api-reference/search/guide
   */
  async fetchChanges(
    session: VendorSession,
    entity: string,
    cursor: string,
    fields: readonly string[],
  ): Promise<VendorPage> {
    const { slices, after } = cursorSchema.parse(JSON.parse(cursor));
    const [slice, ...rest] = slices;
    if (!slice) return { records: [], next: null };
    const [from, to] = slice;
    const objectType = this.objectTypeOf(entity);
    const stamp = stampOf(objectType);
    const filter = (propertyName: string, operator: FilterOperatorEnum, value: number | string) => ({
      ...{ propertyName, operator, value: String(value) },
    });
    const answer = await new SearchApi(this.api.configuration(session)).doSearch(objectType, {
      limit: SEARCH_PAGE,
      sorts: ['hs_object_id'],
      properties: [...fields, MERGED],
      filterGroups: [
        {
          filters: [
            filter(stamp, FilterOperatorEnum.Gte, from),
            filter(stamp, FilterOperatorEnum.Lt, to),
            filter('hs_object_id', FilterOperatorEnum.Gt, after),
          ],
        },
      ],
    });
    if (after === '0' && answer.total > SEARCH_ROWS && to - from > SHORTEST_SLICE_MS) {
      const middle = Math.floor((from + to) / 2);
      return { records: [], next: written({ slices: [[from, middle], [middle, to], ...rest], after: '0' }) };
    }
    const last = answer.results.at(-1);
    // An answer may be shorter than what was asked for, and say that there is more.
    const more = answer.results.length === SEARCH_PAGE || answer.paging?.next !== undefined;
    return {
      records: answer.results.map(toRecord),
      next:
        more && last
          ? written({ slices, after: last.id })
          : rest.length > 0
            ? written({ slices: rest, after: '0' })
            : null,
    };
  }

  async fetchAll(
    session: VendorSession,
    entity: string,
    cursor: string | null,
    fields: readonly string[],
  ): Promise<VendorPage> {
    const answer = await new BasicApi(this.api.configuration(session)).getPage(
      this.objectTypeOf(entity),
      LIST_PAGE,
      cursor ?? undefined,
      [...fields, MERGED],
    );
    return { records: answer.results.map(toRecord), next: answer.paging?.next?.after ?? null };
  }

  async fetchDeleted(session: VendorSession, entity: string, cursor: string | null) {
    const answer = await new BasicApi(this.api.configuration(session)).getPage(
      this.objectTypeOf(entity),
      LIST_PAGE,
      cursor ?? undefined,
      ['hs_object_id'],
      undefined,
      undefined,
      true,
    );
    return { ids: answer.results.map(({ id }) => id), next: answer.paging?.next?.after ?? null };
  }

  async fetchByIds(
    session: VendorSession,
    entity: string,
    ids: readonly string[],
    fields: readonly string[],
  ): Promise<readonly VendorRecord[]> {
    const answer = await new BatchApi(this.api.configuration(session)).read(this.objectTypeOf(entity), {
      properties: [...fields, MERGED],
      propertiesWithHistory: [],
      inputs: ids.map((id) => ({ id })),
    });
    return answer.results.map(toRecord);
  }

  writes(externalField: string): boolean {
    const name = propertyOf(externalField);
    return name !== null && !READ_ONLY.has(name);
  }

  applied(record: VendorRecord, values: VendorChange['values']): VendorRecord {
    const before = record.data.properties as SimplePublicObject['properties'];
    return { ...record, data: { ...record.data, properties: cleared({ ...before, ...textsOf(values) }) } };
  }

  /**
   * A property that HubSpot does not take fails the whole call: the batch is then halved, until the record that is at fault fails
   * alone. @see https://developers.hubspot.com/docs/api-reference/crm-contacts-v3/batch/post-crm-v3-objects-contacts-batch-update
   */
  async batchUpdate(
    session: VendorSession,
    entity: string,
    changes: readonly VendorChange[],
  ): Promise<PushOutcome[]> {
    try {
      return await this.#update(session, entity, changes);
    } catch (error) {
      if (!(error instanceof ExternalServiceError) || error.kind !== 'invalid_request') throw error;
      const [first] = changes;
      if (changes.length === 1 && first)
        return [{ externalId: first.externalId, ok: false, message: error.message }];
      const middle = Math.ceil(changes.length / 2);
      const head = await this.batchUpdate(session, entity, changes.slice(0, middle));
      return [...head, ...(await this.batchUpdate(session, entity, changes.slice(middle)))];
    }
  }

  async #update(
    session: VendorSession,
    entity: string,
    changes: readonly VendorChange[],
  ): Promise<PushOutcome[]> {
    const answer = await new BatchApi(this.api.configuration(session)).update(this.objectTypeOf(entity), {
      inputs: changes.map(({ externalId, values }) => ({ id: externalId, properties: textsOf(values) })),
    });
    const done = new Set(answer.results.map(({ id }) => id));
    const errors = 'errors' in answer ? (answer.errors ?? []) : [];
    return changes.map(({ externalId }): PushOutcome => {
      if (done.has(externalId)) return { externalId, ok: true };
      const own = errors.find(({ context }) =>
        Object.values(context ?? {}).some((ids) => ids.includes(externalId)),
      );
      return { externalId, ok: false, message: own?.message ?? 'HubSpot did not take this record.' };
    });
  }
}

/** Kept by HubSpot itself. */
const READ_ONLY: ReadonlySet<string> = new Set([
  'hs_object_id',
  'createdate',
  'hs_createdate',
  'lastmodifieddate',
  'hs_lastmodifieddate',
]);

/** Mappings say `properties.email`; what lies deeper or elsewhere is none of its properties. */
export function propertyOf(externalField: string): string | null {
  return /^properties\.([a-z0-9_]+)$/.exec(externalField)?.[1] ?? null;
}

/** All of HubSpot's properties are texts; an empty one clears. Several options are divided by semicolons. */
export function textsOf(values: VendorChange['values']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([field, value]): [string, string][] => {
      const name = propertyOf(field);
      if (name === null) return [];
      if (value === null || value === undefined) return [[name, '']];
      return [[name, Array.isArray(value) ? value.join(';') : String(value)]];
    }),
  );
}

/** A property that was cleared is nothing, and comes as an empty text. */
function cleared(properties: SimplePublicObject['properties']): Record<string, string | null> {
  return Object.fromEntries(
    Object.entries(properties).map(([name, text]) => [name, text === '' ? null : text]),
  );
}

function written(cursor: Cursor): string {
  return JSON.stringify(cursor);
}

function toRecord({ id, properties, createdAt, updatedAt }: SimplePublicObject): VendorRecord {
  const absorbed = (properties[MERGED] ?? '').split(';').filter((other) => other !== '' && other !== id);
  return {
    externalId: id,
    ...(absorbed.length > 0 ? { absorbed } : {}),
    data: {
      ...{ id, properties: cleared(properties) },
      createdAt: createdAt.toISOString(),
      updatedAt: updatedAt.toISOString(),
    },
    updatedAt,
  };
}
