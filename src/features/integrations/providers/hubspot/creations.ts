import 'server-only';
import {
  BatchApi,
  FilterOperatorEnum,
  SearchApi,
  type SimplePublicObject,
} from '@hubspot/api-client/lib/codegen/crm/objects/index.js';
import { z } from 'zod';
import { ExternalServiceError } from '@/core/errors';
import type { Clock } from '@/core/time/clock';
import type { CreateOutcome, VendorCreation, VendorCreator, VendorSession } from '../types';
import type { HubSpotApi } from './api';
import { textsOf } from './records';

/** A property that an account may have for us: with unique values, it tells our records from all others. */
const OWN_MARK = 'irisync_id';
/** Its search learns of a record only some seconds after it was made. */
const SEARCH_LAG_MS = 60_000;
/** HubSpot's clock and ours need not agree. */
const SKEW_MS = 60_000;
const BY_SEARCH = 100;

/** What a record has alone, by which another of the same is found. */
const KEYS: Readonly<Record<string, string>> = { contacts: 'email', companies: 'domain' };
/** What records without such a key are called. */
const NAMES: Readonly<Record<string, readonly string[]>> = {
  contacts: ['firstname', 'lastname'],
  companies: ['name'],
  deals: ['dealname'],
};

const propertyList = z.object({
  results: z.array(z.object({ name: z.string(), hasUniqueValue: z.boolean().optional() })),
});

interface Sent extends VendorCreation {
  texts: Record<string, string>;
}

/**
 * Makes records at HubSpot, which itself keeps contacts apart by email alone: everything else that is sent twice is there twice.
 * @see https://developers.hubspot.com/docs/api-reference/crm-contacts-v3/batch/post-crm-v3-objects-contacts-batch-create
 */
export class HubSpotCreations implements VendorCreator {
  /** Of one run: whether the account has our property is asked once. */
  readonly #marked = new WeakMap<VendorSession, Map<string, Promise<boolean>>>();

  constructor(
    readonly api: HubSpotApi,
    readonly objectTypeOf: (entity: string) => string,
    readonly clock: Clock,
  ) {}

  async findCreated(
    session: VendorSession,
    entity: string,
    creations: readonly VendorCreation[],
  ): Promise<CreateOutcome[]> {
    const type = this.objectTypeOf(entity);
    const found: CreateOutcome[] = [];
    let left = creations.map(sentOf);
    const take = (outcomes: readonly CreateOutcome[]) => {
      found.push(...outcomes);
      const known = new Set(outcomes.map(({ key }) => key));
      left = left.filter(({ key }) => !known.has(key));
    };
    const marked = await this.#hasMark(session, type);
    if (marked) {
      const tried = left.filter((one) => one.tried);
      take(await this.#read(session, type, OWN_MARK, tried, ({ key }) => key));
    }
    if (type === 'contacts') {
      const named = left.filter(({ texts }) => texts.email);
      take(await this.#read(session, type, 'email', named, ({ texts }) => texts.email ?? ''));
    } else if (KEYS[type]) take(await this.#searchKeys(session, type, KEYS[type], left));
    // What our mark, or its email, does not find was not made.
    const unsure = left.filter(
      ({ tried, texts }) => tried && !marked && !(type === 'contacts' && texts.email),
    );
    for (const one of unsure) take(await this.#searchNames(session, type, one));
    return found;
  }

  async batchCreate(
    session: VendorSession,
    entity: string,
    creations: readonly VendorCreation[],
  ): Promise<CreateOutcome[]> {
    try {
      return await this.#create(session, this.objectTypeOf(entity), creations);
    } catch (error) {
      if (!(error instanceof ExternalServiceError) || error.kind !== 'invalid_request') throw error;
      const [first] = creations;
      if (creations.length === 1 && first) {
        // Somebody made it in between: it is found the next time.
        const later = error.vendorStatus === 409 ? { later: true as const } : {};
        return [{ key: first.key, ok: false, message: error.message, ...later }];
      }
      // One value that is not valid fails the whole call, of which nothing is done.
      const middle = Math.ceil(creations.length / 2);
      const head = await this.batchCreate(session, entity, creations.slice(0, middle));
      return [...head, ...(await this.batchCreate(session, entity, creations.slice(middle)))];
    }
  }

  async #create(
    session: VendorSession,
    type: string,
    creations: readonly VendorCreation[],
  ): Promise<CreateOutcome[]> {
    const marked = await this.#hasMark(session, type);
    const answer = await new BatchApi(this.api.configuration(session)).create(type, {
      inputs: creations.map((one) => ({
        properties: { ...sentOf(one).texts, ...(marked ? { [OWN_MARK]: one.key } : {}) },
        associations: [],
        // Results come in any order: this comes back with each.
        objectWriteTraceId: one.key,
      })),
    });
    const made = new Map(answer.results.map(({ objectWriteTraceId, id }) => [objectWriteTraceId, id]));
    const [only] = answer.results;
    if (creations.length === 1 && creations[0] && only) made.set(creations[0].key, only.id);
    const errors = 'errors' in answer ? (answer.errors ?? []) : [];
    return creations.map(({ key }): CreateOutcome => {
      const externalId = made.get(key);
      if (externalId) return { key, ok: true, externalId, made: true };
      const own = errors.find(({ context }) => Object.values(context ?? {}).some((ids) => ids.includes(key)));
      return own
        ? { key, ok: false, message: own.message }
        : { key, ok: false, message: 'HubSpot did not say what became of it.', later: true };
    });
  }

  /** By a property with unique values, which HubSpot answers without its search. */
  async #read(
    session: VendorSession,
    type: string,
    idProperty: string,
    asked: readonly Sent[],
    wantedOf: (one: Sent) => string,
  ): Promise<CreateOutcome[]> {
    if (asked.length === 0) return [];
    const ids = [...new Set(asked.map((one) => wantedOf(one).toLowerCase()))];
    const answer = await new BatchApi(this.api.configuration(session)).read(type, {
      ...{ idProperty, properties: [idProperty], propertiesWithHistory: [] },
      inputs: ids.map((id) => ({ id })),
    });
    return matched(asked, answer.results, idProperty, wantedOf);
  }

  async #searchKeys(
    session: VendorSession,
    type: string,
    property: string,
    left: readonly Sent[],
  ): Promise<CreateOutcome[]> {
    const wantedOf = ({ texts }: Sent) => texts[property] ?? '';
    const asked = left.filter((one) => wantedOf(one) !== '');
    if (asked.length === 0) return [];
    const values = [...new Set(asked.map((one) => wantedOf(one).toLowerCase()))];
    const rows = await this.#search(
      session,
      type,
      [property],
      [{ propertyName: property, operator: FilterOperatorEnum.In, values }],
    );
    return matched(asked, rows, property, wantedOf);
  }

  async #searchNames(session: VendorSession, type: string, one: Sent): Promise<CreateOutcome[]> {
    const { tried, texts, key } = one;
    const names = (NAMES[type] ?? []).filter((name) => texts[name]);
    if (!tried) return [];
    if (names.length === 0)
      return [{ key, ok: false, message: 'Whether it got there cannot be told, since it has no name.' }];
    const since = tried.first.getTime() - SKEW_MS;
    const [row] = await this.#search(session, type, names, [
      ...names.map((name) => ({
        ...{ propertyName: name, operator: FilterOperatorEnum.Eq, value: texts[name] ?? '' },
      })),
      { propertyName: 'createdate', operator: FilterOperatorEnum.Gte, value: String(since) },
    ]);
    if (row) return [{ key, ok: true, externalId: row.id, made: true }];
    const fresh = this.clock.now().getTime() - tried.last.getTime() < SEARCH_LAG_MS;
    return fresh ? [{ key, ok: false, message: 'HubSpot’s search may not know it yet.', later: true }] : [];
  }

  async #search(
    session: VendorSession,
    type: string,
    properties: readonly string[],
    filters: { propertyName: string; operator: FilterOperatorEnum; value?: string; values?: string[] }[],
  ): Promise<SimplePublicObject[]> {
    const answer = await new SearchApi(this.api.configuration(session)).doSearch(type, {
      ...{ limit: BY_SEARCH, sorts: ['hs_object_id'], properties: [...properties] },
      filterGroups: [{ filters }],
    });
    return answer.results;
  }

  #hasMark(session: VendorSession, type: string): Promise<boolean> {
    const mine = this.#marked.get(session) ?? new Map<string, Promise<boolean>>();
    this.#marked.set(session, mine);
    const known = mine.get(type);
    if (known) return known;
    const asked = this.#askMark(session, type);
    mine.set(type, asked);
    // Trouble is not kept.
    asked.catch(() => mine.delete(type));
    return asked;
  }

  async #askMark(session: VendorSession, type: string): Promise<boolean> {
    const answer = await this.api.authorized(session, {
      ...{ method: 'GET', path: `/crm/v3/properties/${encodeURIComponent(type)}`, idempotent: true },
    });
    const { results } = this.api.shaped(propertyList, answer.body);
    return results.some(({ name, hasUniqueValue }) => name === OWN_MARK && hasUniqueValue === true);
  }
}

function sentOf(creation: VendorCreation): Sent {
  const texts = Object.entries(textsOf(creation.values)).filter(([, text]) => text !== '');
  return { ...creation, texts: Object.fromEntries(texts) };
}

/** The oldest row that has a creation's value is its record. */
function matched(
  asked: readonly Sent[],
  rows: readonly SimplePublicObject[],
  property: string,
  wantedOf: (one: Sent) => string,
): CreateOutcome[] {
  return asked.flatMap((one): CreateOutcome[] => {
    const wanted = wantedOf(one).toLowerCase();
    const row = rows.find(({ properties }) => properties[property]?.toLowerCase() === wanted);
    if (!row) return [];
    const since = one.tried ? one.tried.first.getTime() - SKEW_MS : Number.POSITIVE_INFINITY;
    const made = row.createdAt.getTime() >= since;
    return [{ key: one.key, ok: true, externalId: row.id, made }];
  });
}
