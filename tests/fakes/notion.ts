import type { Clock } from '@/core/time/clock';
import { Contract } from './ai/contract';
import { bearer, FakeOAuth } from './platforms/oauth-server';
import {
  type FakeAnswer,
  FakeNetwork,
  type FakeRequest,
  type FaultPoint,
  must,
  type NetworkFault,
} from './platforms/server';

export interface NotionFakePage {
  id: string;
  title: string;
  properties: Record<string, { type: string; [field: string]: unknown }>;
  editedAt: Date;
  /** Whether a person lets the connection see it. */
  shared: boolean;
  inTrash: boolean;
}

const VERSION = '2025-09-03';

/** A Notion workspace as far as signing in, searching and reading pages go. */
export class FakeNotion extends FakeNetwork {
  readonly oauth: FakeOAuth;
  readonly clientId = 'public-connection-of-ours';
  readonly clientSecret = 'the-secret-of-the-public-connection';
  readonly key = `ntn_${'k'.repeat(40)}`;
  readonly workspaceId = uuid(Math.floor(Math.random() * 1e9));
  keyRevoked = false;
  /** The connection was given the capability to read content. */
  mayRead = true;
  readonly pages = new Map<string, NotionFakePage>();
  readonly contract = new Contract('notion');
  /** What was asked or answered otherwise than the vendor's description says. */
  readonly violations: string[] = [];
  #nextId = 1_000;

  constructor(clock: Clock) {
    super(clock);
    this.oauth = new FakeOAuth(() => clock.now().getTime(), { accessSeconds: 3_600, pkceRequired: false });
  }

  posts(): [] {
    return [];
  }

  env(): Record<string, string> {
    return {
      NOTION_CLIENT_ID: this.clientId,
      NOTION_CLIENT_SECRET: this.clientSecret,
      NOTION_API_BASE_URL: this.url,
    };
  }

  add(title: string, properties: NotionFakePage['properties'] = {}, at = this.clock.now()): NotionFakePage {
    this.#nextId += 1;
    const page = { id: uuid(this.#nextId), title, properties, editedAt: at, shared: true, inTrash: false };
    this.pages.set(page.id, page);
    return page;
  }

  edit(id: string, change: Partial<Pick<NotionFakePage, 'title' | 'properties'>>, at = this.clock.now()) {
    const page = this.pages.get(id);
    if (page) Object.assign(page, change, { editedAt: at });
  }

  protected pointOf({ path }: FakeRequest): FaultPoint {
    return path.startsWith('/v1/oauth/') ? 'token' : 'read';
  }

  protected failure(
    kind: 'rate_limit' | 'server_error' | 'reject' | 'unauthorized',
    fault: NetworkFault,
  ): FakeAnswer {
    if (kind === 'server_error') return failed(503, 'service_unavailable', 'Notion is unavailable.');
    if (kind === 'unauthorized') return unauthorized();
    if (kind === 'reject') return failed(400, 'validation_error', 'body failed validation');
    const answer = failed(429, 'rate_limited', 'This request exceeds the number of requests allowed.');
    return fault.retryAfterSeconds === undefined
      ? answer
      : { ...answer, headers: { 'retry-after': String(fault.retryAfterSeconds) } };
  }

  protected async route(request: FakeRequest): Promise<FakeAnswer> {
    const { path, method } = request;
    if (path === '/v1/oauth/authorize') return this.#authorize(request.query);
    if (path === '/v1/oauth/token') return this.#token(request);
    if (path === '/v1/oauth/revoke') return this.#revoke(request);
    must(
      request.headers.get('notion-version') === VERSION,
      failed(400, 'missing_version', 'Notion-Version is missing'),
    );
    const token = bearer(request.headers);
    must(this.oauth.accepts(token) || (token === this.key && !this.keyRevoked), unauthorized());
    if (path === '/v1/users/me') return this.#answered('get', path, this.#me());
    must(this.mayRead, failed(403, 'restricted_resource', 'Insufficient permissions for this endpoint.'));
    if (path === '/v1/search' && method === 'POST') return this.#search(request.json());
    const [, id] = /^\/v1\/pages\/([0-9a-f-]+)$/.exec(path) ?? [];
    if (id) return this.#page(id);
    return failed(404, 'object_not_found', 'no such call');
  }

  #authorize(query: URLSearchParams): FakeAnswer {
    must(query.get('client_id') === this.clientId, failed(400, 'validation_error', 'unknown app'));
    must(query.get('owner') === 'user', failed(400, 'validation_error', 'owner must be user'));
    return this.oauth.authorize(query);
  }

  /** The app is named by Basic authentication alone, and the body is JSON. */
  #client(request: FakeRequest): void {
    const basic = Buffer.from(`${this.clientId}:${this.clientSecret}`).toString('base64');
    must(request.headers.get('authorization') === `Basic ${basic}`, {
      status: 401,
      body: { error: 'invalid_client', error_description: 'client authentication failed' },
    });
  }

  #token(request: FakeRequest): FakeAnswer {
    this.#client(request);
    const form = request.json<Record<string, string>>();
    const grant =
      form.grant_type === 'authorization_code'
        ? this.oauth.exchange(form)
        : this.oauth.refresh(form.refresh_token);
    must(grant, {
      status: 400,
      body: { error: 'invalid_grant', error_description: 'Token has been expired or revoked.' },
    });
    const body = {
      access_token: grant.accessToken,
      refresh_token: grant.refreshToken,
      token_type: 'bearer',
      bot_id: uuid(7),
      ...{ workspace_id: this.workspaceId, workspace_name: 'Acme', workspace_icon: null },
      ...{ owner: { type: 'user', user: { object: 'user', id: uuid(8) } }, request_id: uuid(9) },
    };
    return { status: 200, body };
  }

  #revoke(request: FakeRequest): FakeAnswer {
    this.#client(request);
    this.oauth.revoke(request.json<{ token: string }>().token);
    return { status: 200, body: { request_id: uuid(9) } };
  }

  #me(): Record<string, unknown> {
    const owner = { type: 'workspace', workspace: true };
    return {
      ...{ object: 'user', id: uuid(7), name: 'IriSync', avatar_url: null, type: 'bot' },
      bot: { owner, workspace_id: this.workspaceId, workspace_name: 'Acme' },
    };
  }

  #search(body: {
    filter?: { value: string };
    sort?: { direction: string };
    start_cursor?: string;
    page_size?: number;
  }): FakeAnswer {
    this.violations.push(...this.contract.request('post', '/v1/search', body));
    const size = body.page_size ?? 100;
    must(size >= 1 && size <= 100, failed(400, 'validation_error', 'page_size should be ≤ 100'));
    const all = body.filter?.value === 'page' ? this.#visible(body.sort?.direction) : [DATA_SOURCE];
    const start = body.start_cursor ? all.findIndex(({ id }) => id === body.start_cursor) : 0;
    must(start >= 0, failed(400, 'validation_error', 'The start_cursor provided is invalid.'));
    const results = all.slice(start, start + size);
    const next = all[start + size];
    return this.#answered('post', '/v1/search', {
      ...{ object: 'list', type: 'page_or_data_source', page_or_data_source: {}, results },
      ...{ has_more: next !== undefined, next_cursor: next?.id ?? null, request_id: uuid(9) },
    });
  }

  #visible(direction = 'descending') {
    const sign = direction === 'ascending' ? 1 : -1;
    return [...this.pages.values()]
      .filter(({ shared, inTrash }) => shared && !inTrash)
      .sort((a, b) => sign * (a.editedAt.getTime() - b.editedAt.getTime()))
      .map(pageView);
  }

  #page(id: string): FakeAnswer {
    const page = this.pages.get(id);
    must(page?.shared, failed(404, 'object_not_found', `Could not find page with ID: ${id}.`));
    return this.#answered('get', '/v1/pages/{page_id}', pageView(page));
  }

  #answered(method: string, route: string, body: unknown): FakeAnswer {
    this.violations.push(...this.contract.response(method, route, 200, body));
    return { status: 200, body };
  }
}

const DATA_SOURCE = {
  object: 'data_source',
  id: uuid(99),
  properties: {
    Name: { id: 'title', name: 'Name', type: 'title' },
    Status: { id: 'x', name: 'Status', type: 'status' },
  },
};

/** Stamps are cut to the minute, as the vendor does. */
function pageView({ id, title, properties, editedAt, inTrash }: NotionFakePage) {
  const edited = new Date(Math.floor(editedAt.getTime() / 60_000) * 60_000).toISOString();
  const rich = { type: 'text', text: { content: title, link: null }, plain_text: title, href: null };
  return {
    object: 'page',
    id,
    ...{ created_time: '2026-01-01T10:00:00.000Z', last_edited_time: edited },
    ...{ archived: inTrash, in_trash: inTrash, icon: null, cover: null },
    parent: { type: 'workspace', workspace: true },
    properties: { Name: { id: 'title', type: 'title', title: [rich] }, ...properties },
    url: `https://www.notion.so/${id.replaceAll('-', '')}`,
    public_url: null,
  };
}

/** Their order says nothing about when they were made. */
function uuid(number: number): string {
  const hex = ((number * 2_654_435_761) % 2 ** 32).toString(16).padStart(8, '0');
  return `${hex}-4b1d-4000-8000-${number.toString(16).padStart(12, '0')}`;
}

function failed(status: number, code: string, message: string): FakeAnswer {
  return { status, body: { object: 'error', status, code, message, request_id: 'r' } };
}

function unauthorized(): FakeAnswer {
  return failed(401, 'unauthorized', 'API token is invalid.');
}
