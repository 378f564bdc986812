import type { Clock } from '@/core/time/clock';
import { bearer, FakeOAuth } from './platforms/oauth-server';
import {
  type FakeAnswer,
  FakeNetwork,
  type FakeRequest,
  type FaultPoint,
  must,
  type NetworkFault,
  nextId,
} from './platforms/server';
import {
  cellOf,
  collection,
  deletionsOf,
  described,
  eighteen,
  errors,
  expired,
  FIELDS,
  failed,
  minutes,
  NUMBERS,
  PREFIX,
  REQUIRED,
  type Row,
  type SalesforceRecord,
  type SalesforceType,
  seconds,
  sixty2,
} from './salesforce-objects';
import { order, parseSoql, type Soql, SoqlError } from './salesforce-soql';

/** A Salesforce organisation as far as signing in and its four standard kinds of record go. */
export class FakeSalesforce extends FakeNetwork {
  readonly oauth: FakeOAuth;
  readonly clientId = 'external-client-app-of-ours';
  readonly clientSecret = 'the-secret-of-the-external-client-app';
  readonly organizationId = eighteen(`00D${sixty2(Math.floor(Math.random() * 1e15), 12)}`);
  instanceUrl = 'https://acme.my.salesforce.com';
  /** Refresh tokens change with each use. */
  rotating = true;
  readonly records: Record<SalesforceType, Map<string, SalesforceRecord>> = {
    Lead: new Map(),
    Contact: new Map(),
    Account: new Map(),
    Opportunity: new Map(),
  };
  /** Fields this person may not read. */
  readonly hidden = new Set<string>();
  /** Fields this person may read and not write. */
  readonly fixed = new Set<string>();
  /** Fields that the organisation has beside the standard ones, declared as ids of other systems. */
  readonly keys = new Set<string>();
  /** What was written from outside, one by one. */
  readonly updates: { id: string; values: Record<string, unknown> }[] = [];
  readonly creations: { id: string; values: Record<string, unknown> }[] = [];
  /** Why a record is not taken; null when it is. */
  refused: (values: Record<string, unknown>) => { statusCode: string; message: string } | null = () => null;
  /** Rows of one answer, whatever a query's limit. */
  batch = 2_000;
  /** Before this, its list of deletions is gone. */
  deletionsSince = new Date(0);
  /** Ids one answer about deletions may carry. */
  deletionsAtOnce = 600_000;
  /** A transaction that began then is not finished. */
  unfinishedSince: Date | null = null;
  callsAllowed = 15_000;
  callsMade = 0;
  /** Called before each answer to a query, for what happens meanwhile. */
  beforeQuery: (soql: string) => void = () => undefined;
  readonly queries: string[] = [];
  readonly deletedWindows: [Date, Date][] = [];
  readonly #rest = new Map<string, Record<string, unknown>[]>();
  readonly #spent = new Map<string, { revoked: boolean }>();
  #nextId = 1_000;

  constructor(clock: Clock) {
    super(clock);
    this.oauth = new FakeOAuth(() => clock.now().getTime(), { accessSeconds: 7_200, pkceRequired: true });
  }

  posts(): [] {
    return [];
  }

  env(): Record<string, string> {
    return {
      SALESFORCE_CLIENT_ID: this.clientId,
      SALESFORCE_CLIENT_SECRET: this.clientSecret,
      SALESFORCE_LOGIN_URL: this.url,
      SALESFORCE_API_BASE_URL: this.url,
    };
  }

  add(type: SalesforceType, values: Record<string, unknown>, at = this.clock.now()): SalesforceRecord {
    // Organisations share the numbers: they have gaps.
    this.#nextId += 7;
    const Id = eighteen(PREFIX[type] + sixty2(this.#nextId, 12));
    const record = { Id, SystemModstamp: seconds(at), CreatedDate: seconds(at), values, deletedAt: null };
    this.records[type].set(Id, record);
    return record;
  }

  edit(type: SalesforceType, id: string, values: Record<string, unknown>, at = this.clock.now()): void {
    const record = this.#must(type, id);
    record.values = { ...record.values, ...values };
    record.SystemModstamp = seconds(at);
  }

  /** Into the recycle bin. */
  delete(type: SalesforceType, id: string): void {
    this.#must(type, id).deletedAt = this.clock.now();
  }

  /** The other goes into the recycle bin; what asks for it by id finds nothing. */
  merge(type: SalesforceType, into: string, other: string): void {
    this.edit(type, into, {});
    this.delete(type, other);
  }

  /** Gone for good, and in no list. */
  purge(type: SalesforceType, id: string): void {
    this.records[type].delete(id);
  }

  protected pointOf({ path }: FakeRequest): FaultPoint {
    if (path.startsWith('/services/oauth2/')) return 'token';
    return path.endsWith('/composite/sobjects') ? 'commit' : 'read';
  }

  protected failure(
    kind: 'rate_limit' | 'server_error' | 'reject' | 'unauthorized',
    fault: NetworkFault,
  ): FakeAnswer {
    if (kind === 'server_error') return errors(503, 'SERVER_UNAVAILABLE', 'The server is too busy');
    if (kind === 'unauthorized') return expired();
    if (kind === 'reject') return errors(400, 'MALFORMED_QUERY', 'unexpected token: refused');
    const answer = errors(
      403,
      'REQUEST_LIMIT_EXCEEDED',
      'ConcurrentRequests (Concurrent API Requests) Limit exceeded.',
    );
    return fault.retryAfterSeconds === undefined
      ? answer
      : { ...answer, headers: { 'retry-after': String(fault.retryAfterSeconds) } };
  }

  protected async route(request: FakeRequest): Promise<FakeAnswer> {
    const { path, query } = request;
    if (path === '/services/oauth2/authorize') return this.#authorize(query);
    if (path === '/services/oauth2/token') return this.#token(request.form());
    if (path === '/services/oauth2/revoke') {
      this.oauth.revoke(request.form().token);
      return { status: 200 };
    }
    const [, rest = ''] = /^\/services\/data\/v\d+\.0(\/.+)$/.exec(path) ?? [];
    must(rest, errors(404, 'NOT_FOUND', 'The requested resource does not exist'));
    must(this.oauth.accepts(bearer(request.headers)), expired());
    must(
      this.callsMade < this.callsAllowed,
      errors(403, 'REQUEST_LIMIT_EXCEEDED', 'TotalRequests Limit exceeded.'),
    );
    this.callsMade += 1;
    const headers = { 'sforce-limit-info': `api-usage=${this.callsMade}/${this.callsAllowed}` };
    if (rest === '/composite/sobjects') return { headers, ...this.#collection(request) };
    return { headers, ...this.#data(rest, query) };
  }

  /** Each record of a call is taken or refused by itself, in the order of the call. */
  #collection(request: FakeRequest): FakeAnswer {
    const parsed = collection.safeParse(request.json());
    must(parsed.success, errors(400, 'JSON_PARSER_ERROR', JSON.stringify(parsed.error?.issues)));
    const { records } = parsed.data;
    must(
      records.length <= 200,
      errors(400, 'EXCEEDED_ID_LIMIT', 'record limit reached. cannot submit more than 200'),
    );
    const known = records.flatMap(({ attributes, id: _id, ...values }) =>
      Object.keys(values).map((name) => ({ name, there: this.#fields(attributes.type).includes(name) })),
    );
    const unknown = known.find(({ there }) => !there);
    must(
      !unknown,
      errors(400, 'INVALID_FIELD', `No such column '${unknown?.name}' on sobject of type Contact`),
    );
    const patch = request.method === 'PATCH';
    return { status: 200, body: records.map((row) => (patch ? this.#patched(row) : this.#made(row))) };
  }

  #patched({ attributes: { type }, id = '', ...values }: Row) {
    const record = this.records[type].get(id);
    if (!record) return failed('INVALID_CROSS_REFERENCE_KEY', 'invalid cross reference id');
    if (record.deletedAt) return failed('ENTITY_IS_DELETED', 'entity is deleted');
    const fault = this.#fault(type, values);
    if (fault) return fault;
    this.updates.push({ id, values });
    this.edit(type, id, values);
    return { id, success: true, errors: [] };
  }

  #made({ attributes: { type }, id: _id, ...values }: Row) {
    const fault = this.#fault(type, values);
    if (fault) return fault;
    const missing = REQUIRED[type].filter((name) => !values[name]);
    if (missing.length > 0)
      return failed('REQUIRED_FIELD_MISSING', `Required fields are missing: [${missing.join(', ')}]`);
    const { Id: id } = this.add(type, values);
    this.creations.push({ id, values });
    return { id, success: true, errors: [] };
  }

  #fault(type: SalesforceType, values: Record<string, unknown>) {
    const fixed = Object.keys(values).find((name) => this.fixed.has(name));
    if (fixed) return failed('INVALID_FIELD_FOR_INSERT_UPDATE', `Unable to create/update fields: ${fixed}.`);
    const wrong = Object.entries(values).find(
      ([name, value]) => value !== null && NUMBERS.has(name) && typeof value !== 'number',
    );
    must(
      !wrong,
      errors(400, 'JSON_PARSER_ERROR', `Cannot deserialize instance of double from ${wrong?.[1]}`),
    );
    const cleared = REQUIRED[type].find((name) => name in values && !values[name]);
    if (cleared) return failed('REQUIRED_FIELD_MISSING', `Required fields are missing: [${cleared}]`);
    const why = this.refused(values);
    return why ? failed(why.statusCode, why.message) : null;
  }

  #data(path: string, query: URLSearchParams): FakeAnswer {
    if (path === '/query') return this.#query(query.get('q') ?? '');
    const [, locator] = /^\/query\/(.+)$/.exec(path) ?? [];
    if (locator) return this.#more(locator);
    const [, name = '', what = ''] = /^\/sobjects\/(\w+)\/(\w+)$/.exec(path) ?? [];
    must(name in this.records, errors(404, 'NOT_FOUND', 'The requested resource does not exist'));
    const type = name as SalesforceType;
    if (what === 'describe')
      return {
        status: 200,
        body: { name, fields: this.#fields(type).map((field) => this.#described(field)) },
      };
    if (what === 'deleted') return this.#deleted(type, query);
    return errors(404, 'NOT_FOUND', 'The requested resource does not exist');
  }

  #authorize(query: URLSearchParams): FakeAnswer {
    must(query.get('client_id') === this.clientId, { status: 400, body: { error: 'invalid_client_id' } });
    return this.oauth.authorize(query);
  }

  /** A refresh token that is used a second time ends the grant: somebody has copied it. */
  #token(form: Record<string, string>): FakeAnswer {
    must(form.client_id === this.clientId && form.client_secret === this.clientSecret, {
      status: 400,
      body: { error: 'invalid_client', error_description: 'invalid client credentials' },
    });
    this.oauth.options.lasting = !this.rotating;
    const code = form.grant_type === 'authorization_code';
    const used = form.refresh_token ?? '';
    const copied = this.#spent.get(used);
    if (copied) copied.revoked = true;
    const grant = code ? this.oauth.exchange(form) : this.oauth.refresh(form.refresh_token);
    must(grant, {
      status: 400,
      body: {
        error: 'invalid_grant',
        error_description: code ? 'invalid authorization code' : 'expired access/refresh token',
      },
    });
    if (!code && this.rotating) this.#spent.set(used, grant);
    return {
      status: 200,
      body: {
        access_token: grant.accessToken,
        ...((code || this.rotating) && grant.scopes.includes('refresh_token')
          ? { refresh_token: grant.refreshToken }
          : {}),
        signature: 'c2lnbmF0dXJl',
        scope: grant.scopes,
        instance_url: this.instanceUrl,
        id: `https://login.salesforce.com/id/${this.organizationId}/005${sixty2(7, 12)}AAA`,
        token_type: 'Bearer',
        issued_at: String(this.clock.now().getTime()),
      },
    };
  }

  #fields(type: SalesforceType): string[] {
    const all = ['Id', 'SystemModstamp', 'CreatedDate', ...FIELDS[type], ...this.keys];
    return all.filter((name) => !this.hidden.has(name));
  }

  #described(name: string) {
    const own = described(name);
    const fixed = this.fixed.has(name) ? { createable: false, updateable: false } : {};
    return { ...own, ...fixed, externalId: this.keys.has(name) };
  }

  #query(text: string): FakeAnswer {
    this.queries.push(text);
    this.beforeQuery(text);
    try {
      const soql = parseSoql(text);
      if (soql.table === 'Organization') return this.#organization();
      must(
        soql.table in this.records,
        errors(400, 'INVALID_TYPE', `sObject type '${soql.table}' is not supported.`),
      );
      return this.#answer(soql.table, this.#found(soql.table as SalesforceType, soql));
    } catch (error) {
      if (error instanceof SoqlError) return errors(400, 'MALFORMED_QUERY', error.message);
      throw error;
    }
  }

  #organization(): FakeAnswer {
    const row = { attributes: { type: 'Organization' }, Id: this.organizationId, Name: 'Acme' };
    return { status: 200, body: { totalSize: 1, done: true, records: [row] } };
  }

  #found(type: SalesforceType, { fields, where, sort, limit }: Soql): Record<string, unknown>[] {
    const known = new Set(this.#fields(type));
    for (const field of fields)
      must(
        known.has(field) || field === 'Owner.Name',
        errors(
          400,
          'INVALID_FIELD',
          `\nSELECT ${field} FROM\n       ^\nERROR at Row:1:Column:8\nNo such column '${field}' on entity '${type}'.`,
        ),
      );
    const rows = [...this.records[type].values()]
      .filter(({ deletedAt }) => deletedAt === null)
      .map(
        ({ values, Id, SystemModstamp, CreatedDate }): Record<string, unknown> => ({
          ...values,
          ...{ Id, SystemModstamp, CreatedDate },
        }),
      )
      .filter((row) => where?.(row) ?? true);
    for (const name of sort.toReversed()) rows.sort((a, b) => order(a[name], b[name]));
    return rows.slice(0, limit ?? rows.length).map((row) => ({
      attributes: { type, url: `/services/data/v65.0/sobjects/${type}/${row.Id}` },
      ...Object.fromEntries(fields.map((field) => cellOf(row, field))),
    }));
  }

  #answer(type: string, rows: Record<string, unknown>[]): FakeAnswer {
    const page = rows.slice(0, this.batch);
    const left = rows.slice(this.batch);
    if (left.length === 0)
      return { status: 200, body: { totalSize: rows.length, done: true, records: page } };
    const locator = nextId(`0r8${type}-`);
    this.#rest.set(locator, left);
    return {
      status: 200,
      body: {
        totalSize: rows.length,
        done: false,
        nextRecordsUrl: `/services/data/v65.0/query/${locator}`,
        records: page,
      },
    };
  }

  #more(locator: string): FakeAnswer {
    const rows = this.#rest.get(locator);
    must(rows, errors(400, 'INVALID_QUERY_LOCATOR', 'invalid query locator'));
    return this.#answer('More', rows);
  }

  #deleted(type: SalesforceType, query: URLSearchParams): FakeAnswer {
    const [start, end] = [minutes(query.get('start')), minutes(query.get('end'))];
    this.deletedWindows.push([start, end]);
    return deletionsOf([...this.records[type].values()], {
      ...{ start, end, now: this.clock.now(), since: this.deletionsSince },
      ...{ atOnce: this.deletionsAtOnce, unfinishedSince: this.unfinishedSince },
    });
  }

  #must(type: SalesforceType, id: string): SalesforceRecord {
    const record = this.records[type].get(id);
    if (!record) throw new Error(`No ${type} ${id}.`);
    return record;
  }
}
