import 'server-only';
import { z } from 'zod';
import { ExternalServiceError } from '@/core/errors';
import { githubSettings } from '../../connections/settings';
import type { VendorPage, VendorRecord, VendorSession } from '../types';
import type { GitHubApi } from './api';

const PAGE = 100;
/** Of a text that may be as long as a book. */
const BODY_LENGTH = 4_000;
/** What asking for an issue says of one that is not there, was deleted, or moved to another repository. */
const ABSENT: ReadonlySet<number | undefined> = new Set([301, 404, 410]);

const cursorSchema = z.object({ repository: z.string(), query: z.string() });
type Cursor = z.output<typeof cursorSchema>;

const issueSchema = z.looseObject({
  number: z.int(),
  body: z.string().nullish(),
  updated_at: z.coerce.date(),
  /** Pull requests are issues too, in lists. */
  pull_request: z.unknown().optional(),
});
const releaseSchema = z.looseObject({
  id: z.int(),
  draft: z.boolean(),
  body: z.string().nullish(),
  created_at: z.coerce.date(),
  published_at: z.coerce.date().nullish(),
  updated_at: z.coerce.date().nullish(),
});

/** Reads issues and releases of the repositories that people chose, one repository after the other. */
export class GitHubRecords {
  constructor(readonly api: GitHubApi) {}

  changesFrom(from: Date): string {
    return JSON.stringify({ since: from.toISOString() });
  }

  async fetchChanges(session: VendorSession, entity: string, cursor: string): Promise<VendorPage> {
    const { since } = z.object({ since: z.string().optional() }).parse(JSON.parse(cursor));
    // Newest first: what changes meanwhile moves to where the next pass begins, and nothing is passed over.
    const query = queryOf(entity, { sort: 'updated', direction: 'desc', ...(since ? { since } : {}) });
    return this.#page(session, entity, since === undefined ? cursor : null, query);
  }

  fetchAll(session: VendorSession, entity: string, cursor: string | null): Promise<VendorPage> {
    return this.#page(session, entity, cursor, queryOf(entity, { sort: 'created', direction: 'asc' }));
  }

  async fetchByIds(
    session: VendorSession,
    entity: string,
    ids: readonly string[],
  ): Promise<readonly VendorRecord[]> {
    const chosen = new Set(await repositoriesOf(session));
    const found: VendorRecord[] = [];
    for (const id of ids) {
      const [, repository = '', number = ''] = /^(.+)[#@](\d+)$/.exec(id) ?? [];
      const record = chosen.has(repository) ? await this.#one(session, entity, repository, number) : null;
      if (record) found.push(record);
    }
    return found;
  }

  async #one(session: VendorSession, entity: string, repository: string, number: string) {
    try {
      const answer = await this.api.read(session, `${pathOf(entity, repository)}/${number}`);
      return this.#records(entity, repository, [answer.body])[0] ?? null;
    } catch (error) {
      if (error instanceof ExternalServiceError && ABSENT.has(error.vendorStatus)) return null;
      throw error;
    }
  }

  async #page(
    session: VendorSession,
    entity: string,
    cursor: string | null,
    first: string,
  ): Promise<VendorPage> {
    const repositories = await repositoriesOf(session);
    const place: Cursor | undefined = cursor
      ? cursorSchema.parse(JSON.parse(cursor))
      : repositories.slice(0, 1).map((repository) => ({ repository, query: first }))[0];
    if (!place) return { records: [], next: null };
    const { repository, query } = place;
    const { records, more } = await this.#list(session, entity, repository, query);
    const after = repositories.find((one) => one > repository);
    // The next repository is asked for as this one was at first; the page is no part of that.
    const anew = query.replace(/&(?:page|after|before)=[^&]*/g, '');
    const next = more ? { repository, query: more } : after ? { repository: after, query: anew } : null;
    return { records, next: next && JSON.stringify(next) };
  }

  async #list(session: VendorSession, entity: string, repository: string, query: string) {
    try {
      const answer = await this.api.read(session, `${pathOf(entity, repository)}?${query}`);
      const list = this.api.shaped(z.array(z.unknown()), answer.body);
      return { records: this.#records(entity, repository, list), more: nextOf(answer.headers) };
    } catch (error) {
      if (!(error instanceof ExternalServiceError)) throw error;
      // Its owner switched issues off: it has none.
      if (error.vendorStatus === 410) return { records: [], more: null };
      if (error.vendorStatus === 404) throw notThere(repository, error);
      throw error;
    }
  }

  #records(entity: string, repository: string, list: readonly unknown[]): VendorRecord[] {
    return list.flatMap((one) =>
      entity === 'issue' ? this.#issue(repository, one) : this.#release(repository, one),
    );
  }

  #issue(repository: string, body: unknown): VendorRecord[] {
    const issue = this.api.shaped(issueSchema, body);
    if (issue.pull_request) return [];
    return [
      {
        externalId: `${repository}#${issue.number}`,
        data: {
          ...issue,
          ...{ repository, updated_at: issue.updated_at.toISOString() },
          body: issue.body?.slice(0, BODY_LENGTH) ?? null,
        },
        updatedAt: issue.updated_at,
      },
    ];
  }

  /** Drafts are nobody's business yet. */
  #release(repository: string, body: unknown): VendorRecord[] {
    const release = this.api.shaped(releaseSchema, body);
    if (release.draft) return [];
    const { created_at, published_at, updated_at } = release;
    const text = { body: release.body?.slice(0, BODY_LENGTH) ?? null };
    const times = {
      created_at: created_at.toISOString(),
      published_at: (published_at ?? created_at).toISOString(),
      updated_at: updated_at?.toISOString() ?? null,
    };
    return [
      {
        externalId: `${repository}@${release.id}`,
        data: { ...release, ...text, ...times, repository },
        updatedAt: updated_at ?? published_at ?? created_at,
      },
    ];
  }
}

async function repositoriesOf(session: VendorSession): Promise<string[]> {
  const { repositories } = githubSettings.parse((await session.settings?.()) ?? {});
  return [...repositories].sort();
}

function pathOf(entity: string, repository: string): string {
  return `/repos/${repository}/${entity}s`;
}

function queryOf(entity: string, order: Record<string, string>): string {
  const asked = entity === 'issue' ? { state: 'all', ...order } : {};
  return new URLSearchParams({ per_page: String(PAGE), ...asked }).toString();
}

/** The query of `<…>; rel="next"`. Host and path stay ours: an answer must not send a token elsewhere. */
function nextOf(headers: Headers): string | null {
  const [, url] = /<([^>]+)>;\s*rel="next"/.exec(headers.get('link') ?? '') ?? [];
  return url ? (URL.parse(url)?.searchParams.toString() ?? null) : null;
}

function notThere(repository: string, cause: ExternalServiceError): ExternalServiceError {
  return new ExternalServiceError(
    `GitHub shows no repository ${repository} to this connection. Allow it there, or take it out of the settings.`,
    {
      provider: 'github',
      kind: 'invalid_request',
      retryable: false,
      outcome: 'rejected',
      vendorCode: 'settings_refused',
    },
    { cause },
  );
}
