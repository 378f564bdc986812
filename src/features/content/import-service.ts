import 'server-only';
import { createHash } from 'node:crypto';
import type { Actor } from '@/core/auth/principal';
import { isAlreadyExists } from '@/core/db/db';
import { SystemError } from '@/core/errors';
import { singleton } from '@/core/singletons';
import type { Connection, MediaFacts } from '@/features/platforms/schema';
import { faultsOf, type ImportNames, type ReadRow, readRow } from './import-row';
import { IMPORT_COLUMNS, type ImportAnswer, type ImportFault, type ImportQuery } from './import-schema';
import { cellOfParts, readTable, type TableRow, writeRow } from './import-table';
import type { Campaign } from './library-schema';
import type { ListPostsQuery, Post } from './schema';
import { ContentService } from './service';
import { ContentValidator } from './validation';

/** Rows that are written at once; those that take the next free time go one after the other, in order. */
const AT_ONCE = 6;

export interface ImportDependencies {
  content: ContentService;
  /** Every channel of the organisation that can be posted to. */
  channels(organizationId: string): Promise<Connection[]>;
  campaigns(organizationId: string): Promise<Campaign[]>;
  media: {
    /** Fetches a file into the library. @returns its id. */
    fetch(actor: Actor, url: string, signal: AbortSignal): Promise<string>;
    /** Why an address would not be fetched. */
    refusal(url: string): Promise<string | undefined>;
  };
}

/** Posts in and out as tables. */
export class ImportService {
  constructor(readonly deps: ImportDependencies) {}

  static getInstance(): ImportService {
    return singleton<ImportService>('ImportService');
  }

  /**
   * Imports the rows that are right and reports the others. A row's post has an id that follows from file and row, so the same
   * file again adds nothing.
   * @throws ValidationError when the file as a whole cannot be read; SystemError `unsupported_media_type`, `payload_too_large`.
   */
  async run(
    actor: Actor,
    file: { bytes: Uint8Array; type: string | null },
    query: ImportQuery,
    signal: AbortSignal,
  ): Promise<ImportAnswer> {
    if (!/^text\/csv\b/i.test(file.type ?? ''))
      throw new SystemError('Send the table as text/csv.', 'unsupported_media_type');
    const hash = createHash('sha256')
      .update(actor.organizationId)
      .update('\n')
      .update(file.bytes)
      .digest('hex');
    const { from = 2, to = Number.POSITIVE_INFINITY } = query;
    const table = readTable(file.bytes).filter(({ row }) => row >= from && row <= to);
    const ids = new Map(table.map(({ row }) => [row, postId(hash, row)]));
    const known = await this.deps.content.deps.repository.existing([...ids.values()]);
    const names = await this.#names(actor.organizationId);
    const batch = new Batch(this.deps, this.#remembering(names), actor, names, query.dryRun, signal);
    await batch.all(
      table.filter(({ row }) => !known.has(ids.get(row) ?? '')),
      ids,
    );
    const errors = batch.faults.sort((a, b) => a.row - b.row);
    const { created } = batch;
    const bad = new Set(errors.map(({ row }) => row)).size;
    return {
      rows: table.length,
      valid: table.length - bad,
      errors,
      created,
      existing: known.size + batch.existing,
    };
  }

  /** What `list` would list, as a table that {@link run} takes. Texts of single channels are not in it. */
  async *export(actor: Actor, query: Omit<ListPostsQuery, 'limit' | 'cursor'>): AsyncGenerator<string> {
    const names = await this.#names(actor.organizationId);
    const campaigns = new Map([...names.campaigns].map(([name, id]) => [id, name]));
    for (const one of await this.deps.campaigns(actor.organizationId)) campaigns.set(one.id, one.name);
    yield writeRow(IMPORT_COLUMNS);
    let cursor: string | undefined;
    do {
      const page = await this.deps.content.list(actor, {
        ...query,
        limit: 100,
        ...(cursor ? { cursor } : {}),
      });
      for (const post of page.items) yield writeRow(cellsOf(post, names, campaigns));
      cursor = page.cursor ?? undefined;
    } while (cursor);
  }

  async #names(organizationId: string): Promise<ImportNames> {
    const [channels, campaigns] = await Promise.all([
      this.deps.channels(organizationId),
      this.deps.campaigns(organizationId),
    ]);
    const byName = new Map<string, Connection>();
    for (const channel of [...channels].reverse()) {
      byName.set(channel.id.toLowerCase(), channel);
      byName.set(nameOf(channel), channel);
    }
    return {
      channels: byName,
      campaigns: new Map(
        campaigns.flatMap(
          ({ id, name }) =>
            [
              [id.toLowerCase(), id],
              [name.toLowerCase(), id],
            ] as const,
        ),
      ),
    };
  }

  /** Content that looks up each channel, file and campaign once for all rows. */
  #remembering(names: ImportNames): ContentService {
    const { deps } = this.deps.content;
    const { validator } = deps;
    const byId = new Map([...names.channels.values()].map((channel) => [channel.id, channel]));
    const media = new Map<string, Promise<MediaFacts | undefined>>();
    const policies = new Map<string, ReturnType<typeof deps.organizations.contentPolicy>>();
    const campaignIds = new Set(names.campaigns.values());
    const cached = new ContentValidator(
      {
        connections: async (_organizationId, ids) =>
          new Map(
            ids.flatMap((id) => {
              const found = byId.get(id);
              return found ? [[id, found] as const] : [];
            }),
          ),
        ofPlatform: async (_organizationId, platform) =>
          [...byId.values()].filter((one) => one.platform === platform),
      },
      {
        facts: async (organizationId, ids) => {
          const found = await Promise.all(
            ids.map(async (id) => {
              const asked =
                media.get(id) ?? validator.media.facts(organizationId, [id]).then((facts) => facts.get(id));
              media.set(id, asked);
              return [id, await asked] as const;
            }),
          );
          return new Map(found.flatMap(([id, facts]) => (facts ? [[id, facts] as const] : [])));
        },
      },
      validator.clock,
      validator.links,
    );
    return new ContentService({
      ...deps,
      validator: cached,
      campaigns: {
        ...deps.campaigns,
        exists: async (_organizationId, id) => campaignIds.has(id),
        nameOf: (...asked) => deps.campaigns.nameOf(...asked),
      },
      organizations: {
        contentPolicy: (organizationId) => {
          const asked = policies.get(organizationId) ?? deps.organizations.contentPolicy(organizationId);
          policies.set(organizationId, asked);
          return asked;
        },
      },
    });
  }
}

/** The rows of one import. */
class Batch {
  readonly faults: ImportFault[] = [];
  created = 0;
  existing = 0;

  constructor(
    readonly deps: ImportDependencies,
    readonly content: ContentService,
    readonly actor: Actor,
    readonly names: ImportNames,
    readonly dryRun: boolean,
    readonly signal: AbortSignal,
  ) {}

  async all(table: readonly TableRow[], ids: ReadonlyMap<number, string>): Promise<void> {
    const free: [number, ReadRow][] = [];
    const inOrder: [number, ReadRow][] = [];
    for (const { row, cells, fault } of table) {
      const read = fault ? { faults: [fault] } : readRow(row, cells, this.names);
      if ('faults' in read) this.faults.push(...read.faults);
      else {
        const { mode } = read.request.schedule;
        (mode === 'queue' || mode === 'best' ? inOrder : free).push([row, read]);
      }
    }
    const lane = async () => {
      for (let next = free.shift(); next; next = free.shift()) await this.#one(next, ids);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, lane));
    for (const next of inOrder) await this.#one(next, ids);
  }

  /** A caller who leaves stops the import between rows; what is written stays. */
  async #one([row, read]: [number, ReadRow], ids: ReadonlyMap<number, string>): Promise<void> {
    this.signal.throwIfAborted();
    try {
      if (this.dryRun) await this.#check(row, read);
      else await this.#create(row, read, ids.get(row) ?? '');
    } catch (error) {
      if (isAlreadyExists(error)) this.existing += 1;
      else this.faults.push(...faultsOf(row, error));
    }
  }

  async #check(row: number, { request, mediaUrls }: ReadRow): Promise<void> {
    for (const url of mediaUrls) {
      const reason = await this.deps.media.refusal(url);
      if (reason)
        return void this.faults.push({
          row,
          column: 'media',
          code: 'unreachable',
          message: `${url.slice(0, 200)}: ${reason}`,
        });
    }
    // What a network wants of a file is known once the file is here.
    if (mediaUrls.length === 0) await this.content.check(this.actor, request);
  }

  async #create(row: number, { request, mediaUrls }: ReadRow, id: string): Promise<void> {
    const fetched: string[] = [];
    for (const url of mediaUrls) {
      try {
        fetched.push(await this.deps.media.fetch(this.actor, url, this.signal));
      } catch (error) {
        this.faults.push(
          ...faultsOf(row, error).map((fault) => ({ ...fault, column: 'media', code: 'unreachable' })),
        );
        return;
      }
    }
    const mediaIds = [...new Set([...request.master.mediaIds, ...fetched])];
    await this.content.create(this.actor, { ...request, master: { ...request.master, mediaIds } }, { id });
    this.created += 1;
  }
}

function postId(hash: string, row: number): string {
  return `post_${createHash('sha256').update(`${hash}\n${row}`).digest('hex').slice(0, 20)}`;
}

const nameOf = ({ platform, handle }: Connection) => `${platform}:${handle.replace(/^@/, '')}`.toLowerCase();

function cellsOf(post: Post, names: ImportNames, campaigns: ReadonlyMap<string, string>): string[] {
  const waits = post.status === 'scheduled' && post.schedule.localTime !== undefined;
  const cells: Record<(typeof IMPORT_COLUMNS)[number], string> = {
    text: post.master.text,
    channels: post.channelIds
      .map((id) => {
        const channel = names.channels.get(id.toLowerCase());
        const name = channel && nameOf(channel);
        return name && names.channels.get(name)?.id === id && !/[,;\n]/.test(name) ? name : id;
      })
      .join(', '),
    mode: waits ? 'at' : 'draft',
    local_time: waits ? (post.schedule.localTime ?? '') : '',
    zone: waits ? (post.schedule.zone ?? '') : '',
    title: post.master.title ?? '',
    link: post.master.link ?? '',
    media: post.master.mediaIds.join(' '),
    thread: cellOfParts(post.thread ?? []),
    first_comment: post.firstComment ?? '',
    tags: post.tags.join(', '),
    campaign: post.campaignId ? (campaigns.get(post.campaignId) ?? '') : '',
  };
  return IMPORT_COLUMNS.map((column) => cells[column]);
}
