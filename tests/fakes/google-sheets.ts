import path from 'node:path';
import type { Clock } from '@/core/time/clock';
import { CONTRACTS_DIR } from './ai/contract';
import { DiscoveryCheck } from './platforms/discovery';
import { bearer, FakeOAuth } from './platforms/oauth-server';
import {
  type FakeAnswer,
  FakeNetwork,
  type FakeRequest,
  type FaultPoint,
  must,
  type NetworkFault,
} from './platforms/server';

type Cell = string | number | boolean;
export interface FakeTab {
  title: string;
  /** The first is the header. */
  rows: Cell[][];
  /** Of the grid, filled or not. */
  rowCount: number;
}

/** Google as far as signing in and reading the cells of spreadsheets go. */
export class FakeGoogleSheets extends FakeNetwork {
  readonly oauth: FakeOAuth;
  readonly clientId = 'client.apps.googleusercontent.com';
  readonly clientSecret = 'the-secret-of-the-client';
  readonly sub = String(Math.floor(Math.random() * 1e15));
  readonly spreadsheets = new Map<string, FakeTab[]>();
  readonly check = new DiscoveryCheck(path.join(CONTRACTS_DIR, 'google', 'sheets.v4.discovery.json'));

  constructor(clock: Clock) {
    super(clock);
    const options = { accessSeconds: 3_599, pkceRequired: true, lasting: true };
    this.oauth = new FakeOAuth(() => clock.now().getTime(), options);
  }

  /** What was asked or answered otherwise than the vendor's description says. */
  get violations(): readonly string[] {
    return [...this.check.violations, ...this.check.unchecked];
  }

  posts(): [] {
    return [];
  }

  env(): Record<string, string> {
    return {
      GOOGLE_SHEETS_CLIENT_ID: this.clientId,
      GOOGLE_SHEETS_CLIENT_SECRET: this.clientSecret,
      GOOGLE_SHEETS_API_BASE_URL: this.url,
      GOOGLE_SHEETS_AUTH_BASE_URL: this.url,
    };
  }

  addTab(spreadsheetId: string, title: string, rows: Cell[][], rowCount = 1_000): FakeTab {
    const tab = { title, rows, rowCount };
    this.spreadsheets.set(spreadsheetId, [...(this.spreadsheets.get(spreadsheetId) ?? []), tab]);
    return tab;
  }

  protected pointOf({ path: where }: FakeRequest): FaultPoint {
    return where === '/token' || where === '/revoke' ? 'token' : 'read';
  }

  protected failure(
    kind: 'rate_limit' | 'server_error' | 'reject' | 'unauthorized',
    fault: NetworkFault,
  ): FakeAnswer {
    if (kind === 'server_error') return failed(503, 'UNAVAILABLE', 'The service is currently unavailable.');
    if (kind === 'unauthorized') return failed(401, 'UNAUTHENTICATED', 'Invalid credentials.');
    if (kind === 'reject') return failed(400, 'INVALID_ARGUMENT', 'Unable to parse range.');
    const answer = failed(429, 'RESOURCE_EXHAUSTED', 'Quota exceeded for read requests per minute.');
    return fault.retryAfterSeconds === undefined
      ? answer
      : { ...answer, headers: { 'retry-after': String(fault.retryAfterSeconds) } };
  }

  protected async route(request: FakeRequest): Promise<FakeAnswer> {
    const { path: where, query } = request;
    if (where === '/o/oauth2/v2/auth') return this.#authorize(query);
    if (where === '/token') return this.#token(request.form());
    if (where === '/revoke') {
      this.oauth.revoke(request.form().token);
      return { status: 200, body: {} };
    }
    const token = bearer(request.headers);
    must(this.oauth.accepts(token), failed(401, 'UNAUTHENTICATED', 'Invalid credentials.'));
    if (where === '/v1/userinfo') return { status: 200, body: { sub: this.sub, email: 'ada@acme.test' } };
    const [, id = '', values] = /^\/v4\/spreadsheets\/([\w-]+)(\/values:batchGet)?$/.exec(where) ?? [];
    const tabs = this.spreadsheets.get(id);
    must(tabs, failed(404, 'NOT_FOUND', 'Requested entity was not found.'));
    return values ? this.#values(id, tabs, query) : this.#sheets(tabs, query);
  }

  #authorize(query: URLSearchParams): FakeAnswer {
    must(query.get('client_id') === this.clientId, failed(400, 'INVALID_ARGUMENT', 'unknown client'));
    const lasting = query.get('access_type') === 'offline' && query.get('prompt') === 'consent';
    must(lasting, failed(400, 'INVALID_ARGUMENT', 'no refresh token would come of this'));
    return this.oauth.authorize(query);
  }

  #token(form: Record<string, string>): FakeAnswer {
    const refused = (error: string) => ({ status: 400, body: { error, error_description: 'Bad Request' } });
    must(
      form.client_id === this.clientId && form.client_secret === this.clientSecret,
      refused('invalid_client'),
    );
    const renewing = form.grant_type === 'refresh_token';
    const grant = renewing ? this.oauth.refresh(form.refresh_token) : this.oauth.exchange(form);
    must(grant, refused('invalid_grant'));
    const { refresh_token, ...body } = this.oauth.body(grant);
    return { status: 200, body: renewing ? body : { ...body, refresh_token } };
  }

  #sheets(tabs: readonly FakeTab[], query: URLSearchParams): FakeAnswer {
    this.check.request('spreadsheets.get', query);
    const body = {
      sheets: tabs.map(({ title, rowCount }) => ({ properties: { title, gridProperties: { rowCount } } })),
    };
    this.check.response('spreadsheets.get', body);
    return { status: 200, body };
  }

  /** Rows and cells that are empty at an end are left out. */
  #values(spreadsheetId: string, tabs: readonly FakeTab[], query: URLSearchParams): FakeAnswer {
    this.check.request('spreadsheets.values.batchGet', query);
    const valueRanges = query.getAll('ranges').map((range) => {
      const [, name = '', from = '', first = '', to = '', last = ''] =
        /^'(.+)'!([A-Z]+)(\d+):([A-Z]+)(\d+)$/.exec(range) ?? [];
      const tab = tabs.find(({ title }) => title === name.replaceAll("''", "'"));
      must(tab, failed(400, 'INVALID_ARGUMENT', `Unable to parse range: ${range}`));
      must(Number(first) <= tab.rowCount, failed(400, 'INVALID_ARGUMENT', 'Range exceeds grid limits.'));
      const [start, end] = [from.charCodeAt(0) - 65, to.charCodeAt(0) - 64];
      const cut = tab.rows
        .slice(Number(first) - 1, Number(last))
        .map((row) => trimmed(row.slice(start, end), (value) => value === ''));
      const values = trimmed(cut, (row) => row.length === 0);
      return { range, majorDimension: 'ROWS', ...(values.length > 0 ? { values } : {}) };
    });
    const body = { spreadsheetId, valueRanges };
    this.check.response('spreadsheets.values.batchGet', body);
    return { status: 200, body };
  }
}

function trimmed<T>(list: readonly T[], empty: (one: T) => boolean): T[] {
  return list.slice(0, list.findLastIndex((one) => !empty(one)) + 1);
}

function failed(code: number, status: string, message: string): FakeAnswer {
  return { status: code, body: { error: { code, status, message } } };
}
