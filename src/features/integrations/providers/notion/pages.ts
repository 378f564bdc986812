import 'server-only';
import { z } from 'zod';
import { ExternalServiceError } from '@/core/errors';
import type { PropertyView } from '../../connections/schema';
import type { VendorPage, VendorRecord, VendorSession } from '../types';
import type { NotionApi } from './api';
import { fieldName, type NotionPage, pageSchema, toRecord } from './page';

const PAGE = 100;
const MINUTE_MS = 60_000;
/** Data sources whose properties are named to people, hundreds of them. */
const MAX_SOURCE_PAGES = 3;

const searchAnswer = z.object({
  results: z.array(z.looseObject({ object: z.string() })),
  has_more: z.boolean(),
  next_cursor: z.string().nullable(),
});
const dataSource = z.looseObject({
  properties: z.record(z.string(), z.looseObject({ type: z.string() })).default({}),
});
const changesCursor = z.object({ from: z.number(), start: z.string().nullable() });

/** Reads the pages that people allowed a connection to see. */
export class NotionPages {
  constructor(readonly api: NotionApi) {}

  changesFrom(from: Date): string {
    // Stamps are cut to the minute: what was edited within the first one bears its beginning.
    const minute = Math.floor(from.getTime() / MINUTE_MS) * MINUTE_MS;
    return JSON.stringify({ from: minute, start: null });
  }

  /** Newest first, down to the moment that is asked for: what is edited meanwhile moves to where the next pass begins. */
  async fetchChanges(session: VendorSession, cursor: string): Promise<VendorPage> {
    const { from, start } = changesCursor.parse(JSON.parse(cursor));
    const { pages, next } = await this.#search(session, start);
    const fresh = pages.filter(({ last_edited_time }) => last_edited_time.getTime() >= from);
    const more = next !== null && fresh.length === pages.length;
    return { records: there(fresh), next: more ? JSON.stringify({ from, start: next }) : null };
  }

  async fetchAll(session: VendorSession, cursor: string | null): Promise<VendorPage> {
    const { pages, next } = await this.#search(session, cursor);
    return { records: there(pages), next };
  }

  /** Notion gives pages by id one by one. */
  async fetchByIds(session: VendorSession, ids: readonly string[]): Promise<VendorRecord[]> {
    const found: VendorRecord[] = [];
    for (const id of ids) {
      const page = await this.#page(session, id);
      if (page) found.push(...there([page]));
    }
    return found;
  }

  /** What all pages have, and the properties of the data sources that the connection sees. */
  async describe(session: VendorSession): Promise<PropertyView[]> {
    const properties = new Map(OWN.map((one) => [one.name, one]));
    let start: string | null = null;
    for (let page = 0; page < MAX_SOURCE_PAGES; page += 1) {
      const { results, next } = await this.#found(session, 'data_source', start);
      for (const source of results)
        for (const [name, { type }] of Object.entries(this.api.shaped(dataSource, source).properties))
          if (type !== 'title') {
            const path = `values.${fieldName(name)}`;
            properties.set(path, { name: path, label: name, type, readOnly: true, options: [] });
          }
      if (next === null) break;
      start = next;
    }
    return [...properties.values()];
  }

  /** Whether the connection may read at all. @throws ExternalServiceError `missing_scope` */
  async requireReading(token: string, signal: AbortSignal): Promise<void> {
    await this.api.call('connect', { ...searchFor('page', null, 1), token, signal });
  }

  async #page(session: VendorSession, id: string): Promise<NotionPage | null> {
    try {
      const path = `/v1/pages/${encodeURIComponent(id)}`;
      const answer = await this.api.authorized(session, { method: 'GET', path, idempotent: true });
      return this.api.shaped(pageSchema, answer.body);
    } catch (error) {
      if (error instanceof ExternalServiceError && error.vendorCode === 'object_not_found') return null;
      throw error;
    }
  }

  async #search(session: VendorSession, start: string | null) {
    const { results, next } = await this.#found(session, 'page', start);
    return { pages: results.map((one) => this.api.shaped(pageSchema, one)), next };
  }

  async #found(session: VendorSession, kind: 'page' | 'data_source', start: string | null) {
    const answer = await this.api.authorized(session, searchFor(kind, start, PAGE));
    const { results, has_more, next_cursor } = this.api.shaped(searchAnswer, answer.body);
    return { results, next: has_more ? next_cursor : null };
  }
}

function searchFor(value: 'page' | 'data_source', start: string | null, size: number) {
  return {
    method: 'POST',
    path: '/v1/search',
    json: {
      filter: { property: 'object', value },
      sort: { timestamp: 'last_edited_time', direction: 'descending' },
      page_size: size,
      ...(start === null ? {} : { start_cursor: start }),
    },
    // It only reads.
    idempotent: true,
  };
}

/** What lies in the trash is gone for people. */
function there(pages: readonly NotionPage[]): VendorRecord[] {
  return pages.filter(({ archived, in_trash }) => !archived && !in_trash).map(toRecord);
}

const own = (name: string, label: string, type: string): PropertyView => ({
  ...{ name, label, type, readOnly: true, options: [] },
});
const OWN: readonly PropertyView[] = [
  own('title', 'Title', 'title'),
  own('url', 'Address', 'url'),
  own('created_time', 'Created', 'date'),
  own('last_edited_time', 'Last edited', 'date'),
  own('parent.type', 'Kind of parent', 'string'),
];
