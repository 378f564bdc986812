import type { Clock } from '@/core/time/clock';
import { FakeAssociations } from './hubspot-associations';
import {
  batchCreate,
  batchRead,
  batchUpdate,
  dailyLimit,
  expired,
  failure,
  type HubSpotRecord,
  type HubSpotType,
  MARK,
  matches,
  PROPERTIES,
  searchBody,
  several,
  TIMES,
  view,
} from './hubspot-objects';
import { bearer, FakeOAuth } from './platforms/oauth-server';
import {
  type FakeAnswer,
  FakeNetwork,
  type FakeRequest,
  type FaultPoint,
  must,
  type NetworkFault,
} from './platforms/server';

/** The ways its records are read page by page. */
export type HubSpotPart = 'search' | 'list' | 'archived';

const PRIVATE_APP_KEY = 'pat-na1-11111111-2222-3333-4444-555555555555';
const SCOPES = [
  'oauth',
  ...['contacts', 'companies', 'deals'].flatMap((name) => [
    `crm.objects.${name}.read`,
    `crm.objects.${name}.write`,
  ]),
];

/** A HubSpot account as far as signing in and its contacts, companies and deals go. */
export class FakeHubSpot extends FakeNetwork {
  readonly oauth: FakeOAuth;
  readonly clientId = 'app-of-ours';
  readonly clientSecret = 'the-secret-of-the-app-of-ours';
  readonly apiKey = PRIVATE_APP_KEY;
  readonly portalId = 4_242_001 + Math.floor(Math.random() * 1e9);
  keyScopes = [...SCOPES];
  keyRevoked = false;
  readonly records: Record<HubSpotType, Map<string, HubSpotRecord>> = {
    contacts: new Map(),
    companies: new Map(),
    deals: new Map(),
  };
  /** What was written from outside, one by one. */
  readonly updates: { id: string; properties: Record<string, string | null> }[] = [];
  readonly creations: { id: string; properties: Record<string, string | null> }[] = [];
  /** Its search does not know records that were made since. */
  searchKnowsUntil: Date | null = null;
  /** The account has a property of ours with unique values. */
  marked = false;
  /** Whether a value is not valid there. */
  refused: (values: Record<string, string | null>) => boolean = () => false;
  /** Search finds at most so many, whatever the paging. */
  searchCap = 10_000;
  /** Ids that cannot be read at this moment, although they are there. */
  readonly unreadable = new Set<string>();
  /** There are calls left for today. */
  callsLeft = true;
  /** Rows of one answer, whatever was asked for. */
  batch = 200;
  /** Called before each answer to a page, for what happens at the vendor meanwhile. */
  beforePage: (part: HubSpotPart) => void = () => undefined;
  readonly pages: Record<HubSpotPart, number> = { search: 0, list: 0, archived: 0 };
  readonly associations = new FakeAssociations();
  #nextId = 1_000;

  constructor(clock: Clock) {
    super(clock);
    this.oauth = new FakeOAuth(() => clock.now().getTime(), { accessSeconds: 1_800, pkceRequired: true });
  }

  posts(): [] {
    return [];
  }

  env(): Record<string, string> {
    return {
      HUBSPOT_CLIENT_ID: this.clientId,
      HUBSPOT_CLIENT_SECRET: this.clientSecret,
      HUBSPOT_API_BASE_URL: this.url,
      HUBSPOT_AUTH_BASE_URL: this.url,
    };
  }

  /** Adds a record, as a colleague at HubSpot would. */
  add(type: HubSpotType, values: Record<string, string | null>, at = this.clock.now()): HubSpotRecord {
    this.#nextId += 1;
    const record = {
      id: String(this.#nextId),
      properties: values,
      createdAt: at,
      updatedAt: at,
      archivedAt: null,
    };
    this.records[type].set(record.id, record);
    return record;
  }

  edit(type: HubSpotType, id: string, values: Record<string, string | null>, at = this.clock.now()): void {
    const record = this.#must(type, id);
    record.properties = { ...record.properties, ...values };
    record.updatedAt = at;
  }

  archive(type: HubSpotType, id: string): void {
    this.#must(type, id).archivedAt = this.clock.now();
  }

  /** The other's id is gone and in no list; the one that stays remembers it, and is what asking for the other gives. */
  merge(type: HubSpotType, into: string, other: string): void {
    const { properties: own } = this.#must(type, into);
    const known = own.hs_merged_object_ids ? [own.hs_merged_object_ids] : [];
    this.edit(type, into, { hs_merged_object_ids: [...known, other].join(';') });
    this.records[type].delete(other);
  }

  /** Gone for good, and in no list: as after a privacy deletion. */
  purge(type: HubSpotType, id: string): void {
    this.records[type].delete(id);
  }

  protected pointOf({ method, path }: FakeRequest): FaultPoint {
    if (path.startsWith('/oauth/v3/token') || path.startsWith('/oauth/v2')) return 'token';
    return method === 'POST' && /\/batch\/(create|update)$/.test(path) ? 'commit' : 'read';
  }

  protected failure(
    kind: 'rate_limit' | 'server_error' | 'reject' | 'unauthorized',
    fault: NetworkFault,
  ): FakeAnswer {
    if (kind === 'server_error') return { status: 502, body: { status: 'error', message: 'Bad gateway' } };
    if (kind === 'unauthorized') return expired();
    if (kind === 'reject')
      return { status: 400, body: { status: 'error', message: 'refused', category: 'VALIDATION_ERROR' } };
    return {
      status: 429,
      body: { status: 'error', message: 'secondly limit', errorType: 'RATE_LIMIT', policyName: 'SECONDLY' },
      headers:
        fault.retryAfterSeconds === undefined ? {} : { 'retry-after': String(fault.retryAfterSeconds) },
    };
  }

  protected async route(request: FakeRequest): Promise<FakeAnswer> {
    const { path } = request;
    if (path === '/oauth/authorize') return this.#authorize(request.query);
    if (path === '/oauth/v3/token') return this.#token(request);
    if (path === '/oauth/v3/token/introspect') return this.#introspect(request);
    if (path === '/oauth/v3/token/revoke') {
      this.#client(request.form());
      this.oauth.revoke(request.form().token);
      return { status: 204 };
    }
    if (path === '/oauth/v2/private-apps/get/access-token-info') return this.#keyInfo(request);
    const token = bearer(request.headers);
    must(this.oauth.accepts(token) || (token === this.apiKey && !this.keyRevoked), expired());
    must(this.callsLeft, dailyLimit());
    if (path === '/account-info/v3/details') return this.#account();
    const [, entity] = /^\/crm\/v3\/properties\/(\w+)$/.exec(path) ?? [];
    if (entity) return { status: 200, body: { results: this.marked ? [...PROPERTIES, MARK] : PROPERTIES } };
    if (path.startsWith('/crm/v4/associations/')) return this.associations.answer(request);
    return this.#objects(request);
  }

  #authorize(query: URLSearchParams): FakeAnswer {
    must(query.get('client_id') === this.clientId, { status: 400, body: { message: 'unknown app' } });
    return this.oauth.authorize(query);
  }

  #client(form: Record<string, string>): void {
    must(form.client_id === this.clientId && form.client_secret === this.clientSecret, {
      status: 401,
      body: { error: 'invalid_client', message: 'client_id and client_secret do not match' },
    });
  }

  /** v3 takes everything in the body. */
  #token(request: FakeRequest): FakeAnswer {
    const form = request.form();
    must([...request.query].length === 0, { status: 400, body: { error: 'invalid_request' } });
    this.#client(form);
    const code = form.grant_type === 'authorization_code';
    const grant = code ? this.oauth.exchange(form) : this.oauth.refresh(form.refresh_token);
    must(grant, {
      status: 400,
      body: { status: code ? 'BAD_AUTH_CODE' : 'BAD_REFRESH_TOKEN', message: 'missing or invalid' },
    });
    const { scope: _scope, ...body } = this.oauth.body(grant);
    return { status: 200, body: { ...body, hub_id: this.portalId, scopes: grant.scopes.split(' ') } };
  }

  #introspect(request: FakeRequest): FakeAnswer {
    this.#client(request.form());
    const active = this.oauth.accepts(request.form().token ?? '');
    return { status: 200, body: { active, hub_id: this.portalId, scopes: SCOPES } };
  }

  #keyInfo(request: FakeRequest): FakeAnswer {
    const { tokenKey } = request.json<{ tokenKey: string }>();
    must(tokenKey === this.apiKey && !this.keyRevoked, {
      status: 404,
      body: { status: 'error', message: 'token not found', category: 'OBJECT_NOT_FOUND' },
    });
    return { status: 200, body: { hubId: this.portalId, userId: 7, appId: 9, scopes: this.keyScopes } };
  }

  #account(): FakeAnswer {
    return {
      status: 200,
      body: { portalId: this.portalId, uiDomain: 'app.hubspot.com', accountType: 'STANDARD' },
      headers: { 'x-hubspot-ratelimit-daily': '500000', 'x-hubspot-ratelimit-daily-remaining': '499000' },
    };
  }

  #objects(request: FakeRequest): FakeAnswer {
    const [, name = '', rest = ''] = /^\/crm\/v3\/objects\/(\w+)(.*)$/.exec(request.path) ?? [];
    must(name in this.records, { status: 404, body: { message: `no such object: ${name}` } });
    const type = name as HubSpotType;
    if (rest === '' && request.method === 'GET') return this.#list(type, request.query);
    if (rest === '/search') return this.#search(type, request.json());
    if (rest === '/batch/read') return this.#batchRead(type, request.json(), request.query);
    if (rest === '/batch/update') return this.#batchUpdate(type, request.json());
    if (rest === '/batch/create') return this.#batchCreate(type, request.json());
    return { status: 404, body: { message: 'no such call' } };
  }

  #list(type: HubSpotType, query: URLSearchParams): FakeAnswer {
    const limit = Number(query.get('limit') ?? 10);
    must(limit >= 1 && limit <= 100, { status: 400, body: { message: 'limit must be 1 to 100' } });
    const archived = query.get('archived') === 'true';
    this.#page(archived ? 'archived' : 'list');
    const after = Number(query.get('after') || '0');
    const rows = this.#sorted(type).filter(
      (one) => Number(one.id) > after && (one.archivedAt !== null) === archived,
    );
    const page = rows.slice(0, Math.min(limit, this.batch));
    const last = page.at(-1);
    const wanted = query.getAll('properties').flatMap((list) => list.split(','));
    return {
      status: 200,
      body: {
        results: page.map((one) => view(type, one, wanted)),
        ...(rows.length > page.length && last ? { paging: { next: { after: last.id, link: '' } } } : {}),
      },
    };
  }

  #search(type: HubSpotType, body: unknown): FakeAnswer {
    const parsed = searchBody.safeParse(body);
    must(parsed.success, {
      status: 400,
      body: { message: JSON.stringify(parsed.error?.issues), category: 'VALIDATION_ERROR' },
    });
    this.#page('search');
    const { filterGroups, sorts, properties: wanted = [], after } = parsed.data;
    const limit = Math.min(parsed.data.limit, this.batch);
    must(sorts?.[0] === 'hs_object_id', { status: 400, body: { message: 'the fake sorts by hs_object_id' } });
    must(Number(after ?? 0) + limit <= this.searchCap, { status: 400, body: { message: 'beyond 10 000' } });
    const found = this.#sorted(type).filter(
      (one) =>
        one.archivedAt === null &&
        (!this.searchKnowsUntil || one.createdAt <= this.searchKnowsUntil) &&
        filterGroups.some(({ filters }) => filters.every((filter) => matches(type, one, filter))),
    );
    const start = Number(after ?? 0);
    const page = found.slice(start, start + limit);
    const more = found.length > start + limit;
    return {
      status: 200,
      body: {
        total: found.length,
        results: page.map((one) => view(type, one, wanted)),
        ...(more ? { paging: { next: { after: String(start + limit) } } } : {}),
      },
    };
  }

  #page(part: HubSpotPart): void {
    this.pages[part] += 1;
    this.beforePage(part);
  }

  #batchRead(type: HubSpotType, body: unknown, query: URLSearchParams): FakeAnswer {
    const { inputs, properties: wanted, idProperty } = batchRead.parse(body);
    const unique = idProperty === 'email' || (this.marked && idProperty === MARK.name);
    must(!idProperty || unique, { status: 400, body: { message: `${idProperty} is not unique` } });
    const archived = query.get('archived') === 'true';
    const found = inputs.flatMap(({ id }) => {
      const record = idProperty
        ? this.#sorted(type).find(({ properties: own }) => own[idProperty]?.toLowerCase() === id)
        : (this.records[type].get(id) ??
          this.#sorted(type).find(({ properties: own }) =>
            own.hs_merged_object_ids?.split(';').includes(id),
          ));
      return record && (record.archivedAt !== null) === archived ? [{ id, record }] : [];
    });
    const readable = found.filter(({ id }) => !this.unreadable.has(id));
    const results = readable.map(({ record }) => view(type, record, wanted));
    const missing = inputs.flatMap(({ id }) => (found.some((one) => one.id === id) ? [] : [id]));
    return several(results, [
      ...failure('OBJECT_NOT_FOUND', missing),
      ...failure(
        'INTERNAL_ERROR',
        found.filter((one) => !readable.includes(one)).map(({ id }) => id),
      ),
    ]);
  }

  #batchUpdate(type: HubSpotType, body: unknown): FakeAnswer {
    const { inputs } = batchUpdate.parse(body);
    // One property that is not valid, and nothing of the call is done.
    const bad = inputs.find(({ properties: values }) => this.refused(values));
    must(!bad, {
      status: 400,
      body: { status: 'error', message: 'Property values were not valid', category: 'VALIDATION_ERROR' },
    });
    const there = inputs.filter(({ id }) => this.records[type].get(id)?.archivedAt === null);
    const missing = inputs.filter((one) => !there.includes(one)).map(({ id }) => id);
    for (const { id, properties: values } of there) {
      this.updates.push({ id, properties: values });
      this.edit(type, id, values);
    }
    const results = there.map(({ id, properties: values }) =>
      view(type, this.#must(type, id), Object.keys(values)),
    );
    return several(results, failure('OBJECT_NOT_FOUND', missing));
  }

  #batchCreate(type: HubSpotType, body: unknown): FakeAnswer {
    const { inputs } = batchCreate.parse(body);
    const bad = inputs.find(({ properties: values }) => this.refused(values));
    must(!bad, {
      status: 400,
      body: { status: 'error', message: 'Property values were not valid', category: 'VALIDATION_ERROR' },
    });
    const unique = [...(type === 'contacts' ? ['email'] : []), ...(this.marked ? [MARK.name] : [])];
    const taken = inputs.some(({ properties: values }) =>
      unique.some((name) =>
        this.#sorted(type).some((one) => values[name] && one.properties[name] === values[name]),
      ),
    );
    must(!taken, { status: 409, body: { message: 'Contact already exists', category: 'CONFLICT' } });
    const made = inputs.map(({ properties: values, objectWriteTraceId }) => {
      const record = this.add(type, values);
      this.creations.push({ id: record.id, properties: values });
      return { ...view(type, record, Object.keys(values)), objectWriteTraceId };
    });
    // In no particular order.
    return { status: 201, body: { status: 'COMPLETE', results: made.toReversed(), ...TIMES } };
  }

  /** By id, as they were made: ids rise. */
  #sorted(type: HubSpotType): HubSpotRecord[] {
    return [...this.records[type].values()];
  }

  #must(type: HubSpotType, id: string): HubSpotRecord {
    const record = this.records[type].get(id);
    if (!record) throw new Error(`No ${type} ${id}.`);
    return record;
  }
}
