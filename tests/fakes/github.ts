import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Clock } from '@/core/time/clock';
import { CONTRACTS_DIR } from './ai/contract';
import { type FakeHook, FakeHooks } from './github-hooks';
import { bearer, FakeOAuth } from './platforms/oauth-server';
import {
  type FakeAnswer,
  FakeNetwork,
  type FakeRequest,
  type FaultPoint,
  must,
  type NetworkFault,
} from './platforms/server';

export interface GitHubFakeIssue {
  number: number;
  title: string;
  body: string | null;
  state: 'open' | 'closed';
  labels: string[];
  updatedAt: Date;
  pull: boolean;
}
export interface GitHubFakeRelease {
  id: number;
  tag: string;
  name: string;
  draft: boolean;
  at: Date;
}
interface Repository {
  issues: Map<number, GitHubFakeIssue>;
  releases: Map<number, GitHubFakeRelease>;
  hooks: FakeHooks;
}

type Json = Record<string, unknown>;

/** GitHub as far as signing in, reading issues and releases, and webhooks of repositories go. Its objects are held against the vendor's own examples. */
export class FakeGitHub extends FakeNetwork {
  readonly oauth: FakeOAuth;
  readonly clientId = 'Iv1.app-of-ours';
  readonly clientSecret = 'the-secret-of-the-app';
  readonly key = `github_pat_${'k'.repeat(60)}`;
  readonly userId = 1_000 + Math.floor(Math.random() * 1e9);
  keyRevoked = false;
  /** Of the fine-grained token. */
  keyExpires: string | undefined;
  readonly repositories = new Map<string, Repository>();
  allowance = 5_000;
  /** Answers that were the same as before. */
  unchanged = 0;
  readonly violations: string[] = [];
  readonly missing: string | undefined;
  readonly #examples: { issue?: Json; release?: Json; hook?: Json } = {};
  #nextId = 100;

  constructor(clock: Clock) {
    super(clock);
    this.oauth = new FakeOAuth(() => clock.now().getTime(), { accessSeconds: 28_800, pkceRequired: true });
    const [issue, release] = [example('issues.opened', 'issue'), example('release.published', 'release')];
    const hook = example('ping', 'hook');
    if (issue && release && hook) this.#examples = { issue, release, hook };
    else this.missing = `no GitHub payloads in ${CONTRACTS_DIR}: its fake is not validated`;
  }

  posts(): [] {
    return [];
  }

  env(): Record<string, string> {
    return {
      GITHUB_CLIENT_ID: this.clientId,
      GITHUB_CLIENT_SECRET: this.clientSecret,
      GITHUB_API_BASE_URL: this.url,
      GITHUB_AUTH_BASE_URL: this.url,
    };
  }

  repository(name: string): Repository {
    const known = this.repositories.get(name) ?? {
      ...{ issues: new Map(), releases: new Map() },
      hooks: new FakeHooks(name),
    };
    this.repositories.set(name, known);
    return known;
  }

  addIssue(name: string, change: Partial<GitHubFakeIssue> = {}): GitHubFakeIssue {
    const { issues } = this.repository(name);
    const number = issues.size + 1;
    const issue: GitHubFakeIssue = {
      ...{ number, title: `Issue ${number}`, body: 'It is broken.', state: 'open', labels: ['bug'] },
      ...{ updatedAt: this.clock.now(), pull: false },
      ...change,
    };
    issues.set(issue.number, issue);
    return issue;
  }

  addRelease(name: string, change: Partial<GitHubFakeRelease> = {}): GitHubFakeRelease {
    this.#nextId += 1;
    const id = this.#nextId;
    const release = {
      id,
      tag: `v${id}`,
      name: `Release ${id}`,
      draft: false,
      at: this.clock.now(),
      ...change,
    };
    this.repository(name).releases.set(id, release);
    return release;
  }

  protected pointOf({ path: where, method }: FakeRequest): FaultPoint {
    if (method !== 'GET' && where.includes('/hooks')) return 'commit';
    return where.startsWith('/login/oauth/') ? 'token' : 'read';
  }

  protected failure(
    kind: 'rate_limit' | 'server_error' | 'reject' | 'unauthorized',
    fault: NetworkFault,
  ): FakeAnswer {
    if (kind === 'server_error') return failed(502, 'Server Error');
    if (kind === 'unauthorized') return failed(401, 'Bad credentials');
    if (kind === 'reject') return failed(422, 'Validation Failed');
    const secondary = failed(403, 'You have exceeded a secondary rate limit.');
    return fault.retryAfterSeconds === undefined
      ? secondary
      : { ...secondary, headers: { 'retry-after': String(fault.retryAfterSeconds) } };
  }

  protected async route(request: FakeRequest): Promise<FakeAnswer> {
    const { path: where, method } = request;
    if (where === '/login/oauth/authorize') return this.oauth.authorize(request.query);
    if (where === '/login/oauth/access_token') return this.#token(request.form());
    if (where === `/applications/${this.clientId}/grant` && method === 'DELETE') return this.#revoke(request);
    const token = bearer(request.headers);
    must(
      this.oauth.accepts(token) || (token === this.key && !this.keyRevoked),
      failed(401, 'Bad credentials'),
    );
    must(
      request.headers.get('x-github-api-version') === '2022-11-28',
      failed(400, 'X-GitHub-Api-Version is not supported'),
    );
    must(this.allowance > 0, this.#limited());
    const hooks = /^\/repos\/([\w.-]+\/[\w.-]+)\/hooks(?:\/(\d+))?$/.exec(where);
    if (hooks) return this.#hooks(request, hooks[1] ?? '', hooks[2]);
    const answer = this.#read(where, request.query, token);
    const etag = `W/"${createHash('sha1').update(JSON.stringify(answer.body)).digest('hex')}"`;
    const headers = { etag, ...answer.headers };
    if (request.headers.get('if-none-match') === etag) {
      this.unchanged += 1;
      return { status: 304, headers: { ...headers, ...this.#allowed() } };
    }
    this.allowance -= 1;
    return { ...answer, headers: { ...headers, ...this.#allowed() } };
  }

  /** Refusals come with 200. */
  #token(form: Record<string, string>): FakeAnswer {
    const refused = (error: string): FakeAnswer => ({
      status: 200,
      body: { error, error_description: 'It is incorrect or expired.', error_uri: 'https://docs.github.com' },
    });
    must(
      form.client_id === this.clientId && form.client_secret === this.clientSecret,
      refused('incorrect_client_credentials'),
    );
    const renewing = form.grant_type === 'refresh_token';
    const grant = renewing ? this.oauth.refresh(form.refresh_token) : this.oauth.exchange(form);
    must(grant, refused(renewing ? 'bad_refresh_token' : 'bad_verification_code'));
    const body = { ...this.oauth.body(grant), scope: grant.scopes.replaceAll(' ', ',') };
    return { status: 200, body: { ...body, refresh_token_expires_in: 15_811_200 } };
  }

  #revoke(request: FakeRequest): FakeAnswer {
    const basic = Buffer.from(`${this.clientId}:${this.clientSecret}`).toString('base64');
    must(request.headers.get('authorization') === `Basic ${basic}`, failed(401, 'Bad credentials'));
    this.oauth.revoke(request.json<{ access_token: string }>().access_token);
    return { status: 204 };
  }

  #read(where: string, query: URLSearchParams, token: string): FakeAnswer {
    if (where === '/user') return this.#user(token);
    const [, name = '', kind, id] =
      /^\/repos\/([\w.-]+\/[\w.-]+)\/(issues|releases)(?:\/(\d+))?$/.exec(where) ?? [];
    const repository = this.repositories.get(name);
    must(repository && kind, failed(404, 'Not Found'));
    const all = kind === 'issues' ? this.#issues(name, repository, query) : this.#releases(name, repository);
    if (id === undefined) return this.#page(where, query, all);
    const one = all.find((entry) => String(entry.number ?? entry.id) === id);
    must(one, failed(404, 'Not Found'));
    return { status: 200, body: one };
  }

  #hooks(request: FakeRequest, name: string, id: string | undefined): FakeAnswer {
    const hooks = this.repositories.get(name)?.hooks;
    must(hooks?.allowed, failed(404, 'Not Found'));
    const shown = (hook: FakeHook) => this.#checked('hook', hooks.view(hook));
    if (id === undefined && request.method === 'GET')
      return { status: 200, body: [...hooks.all.values()].map(shown) };
    if (id === undefined) {
      const made = hooks.create(request.json());
      must(made, failed(422, 'Hook already exists on this repository'));
      return { status: 201, body: shown(made) };
    }
    const hook = hooks.all.get(Number(id));
    must(hook, failed(404, 'Not Found'));
    if (request.method === 'PATCH') hooks.change(hook, request.json());
    if (request.method === 'DELETE') hooks.all.delete(hook.id);
    return request.method === 'DELETE' ? { status: 204 } : { status: 200, body: shown(hook) };
  }

  #user(token: string): FakeAnswer {
    const expires = token === this.key ? this.keyExpires : undefined;
    return {
      status: 200,
      body: { ...user('octo'), id: this.userId, html_url: 'https://github.com/octo' },
      headers: expires ? { 'github-authentication-token-expiration': expires } : {},
    };
  }

  #issues(name: string, { issues }: Repository, query: URLSearchParams): Json[] {
    const since = Date.parse(query.get('since') ?? '') || 0;
    const sign = query.get('direction') === 'asc' ? 1 : -1;
    const byUpdate = query.get('sort') === 'updated';
    return [...issues.values()]
      .filter(({ updatedAt }) => updatedAt.getTime() >= since)
      .sort((a, b) =>
        byUpdate ? sign * (a.updatedAt.getTime() - b.updatedAt.getTime()) : sign * (a.number - b.number),
      )
      .map((issue) => this.#checked('issue', issueView(name, issue)));
  }

  #releases(name: string, { releases }: Repository): Json[] {
    return [...releases.values()].reverse().map((one) => this.#checked('release', releaseView(name, one)));
  }

  #page(where: string, query: URLSearchParams, all: readonly Json[]): FakeAnswer {
    const size = Number(query.get('per_page') ?? 30);
    const page = Number(query.get('page') ?? 1);
    must(size >= 1 && size <= 100, failed(422, 'per_page must be at most 100'));
    const next = new URL(where, this.url);
    next.search = query.toString();
    next.searchParams.set('page', String(page + 1));
    const more = all.length > page * size;
    return {
      status: 200,
      body: all.slice((page - 1) * size, page * size),
      headers: more ? { link: `<${next.href}>; rel="next", <${next.href}>; rel="last"` } : {},
    };
  }

  /** Everything this fake gives is something the vendor's own example has, of the same type. */
  #checked(kind: 'issue' | 'release' | 'hook', made: Json): Json {
    const known = this.#examples[kind];
    if (known)
      for (const [key, value] of Object.entries(made)) {
        if (!NEWER.has(key) && !(key in known)) this.violations.push(`${kind}: no ${key}`);
        const expected = known[key];
        const typed = expected !== null && expected !== undefined && value !== null;
        if (typed && typeof value !== typeof expected)
          this.violations.push(`${kind}: ${key} is ${typeof value}`);
      }
    return made;
  }

  #limited(): FakeAnswer {
    return { ...failed(403, 'API rate limit exceeded for user ID 1.'), headers: this.#allowed() };
  }

  #allowed(): Record<string, string> {
    return {
      'x-ratelimit-limit': '5000',
      'x-ratelimit-remaining': String(this.allowance),
      'x-ratelimit-reset': String(Math.floor(this.clock.now().getTime() / 1000) + 1_800),
    };
  }
}

/** Younger than the examples. */
const NEWER = new Set(['pull_request', 'state_reason']);

function example(file: string, part: string): Json | undefined {
  const where = path.join(CONTRACTS_DIR, 'github', `${file}.json`);
  return existsSync(where) ? ((JSON.parse(readFileSync(where, 'utf8')) as Json)[part] as Json) : undefined;
}

function user(login: string) {
  return { login, id: 7, type: 'User', site_admin: false, html_url: `https://github.com/${login}` };
}

function issueView(name: string, { number, title, body, state, labels, updatedAt, pull }: GitHubFakeIssue) {
  const url = `https://api.github.com/repos/${name}/issues/${number}`;
  return {
    ...{ url, html_url: `https://github.com/${name}/issues/${number}`, id: 9_000 + number, number, title },
    ...{ user: user('ann'), labels: labels.map((label) => ({ name: label })), state, locked: false },
    ...{ assignee: null, assignees: [user('bob')], milestone: null, comments: 0, body },
    ...{ created_at: '2026-01-01T10:00:00Z', updated_at: seconds(updatedAt) },
    ...{ closed_at: state === 'closed' ? seconds(updatedAt) : null, draft: false },
    ...(pull ? { pull_request: { url } } : {}),
  };
}

function releaseView(repository: string, { id, tag, name, draft, at }: GitHubFakeRelease) {
  return {
    ...{ url: `https://api.github.com/repos/${repository}/releases/${id}`, id, tag_name: tag, name, draft },
    ...{ html_url: `https://github.com/${repository}/releases/tag/${tag}`, author: user('ann') },
    ...{ prerelease: false, created_at: seconds(at), published_at: draft ? null : seconds(at) },
    ...{ assets: [], body: 'What is new.' },
  };
}

/** Stamps know no fractions of a second. */
function seconds(at: Date): string {
  return `${at.toISOString().slice(0, 19)}Z`;
}

function failed(status: number, message: string): FakeAnswer {
  return { status, body: { message, documentation_url: 'https://docs.github.com/rest' } };
}
