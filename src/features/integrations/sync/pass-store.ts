import 'server-only';
import type { Tx, Version } from '@/core/db/db';
import type { Clock } from '@/core/time/clock';
import type { Integration } from '../connections/repository';
import type { IntegrationAdapter } from '../providers/types';
import type { ShardEngine } from '../shards/engine';
import type { ShardedRecord } from '../shards/ports';
import type { Change } from './plan';
import { RecordWrites } from './record-writes';
import type { RecordState, RecordStore, StoredRecord } from './records';
import { type Checkpoint, linkIdOf, type RecordLink, type SyncRepository, type SyncTask } from './repository';
import type { EntityEnd, SyncDiff, SyncPass } from './schema';
import type { Settlement } from './settle';
import type { Settler } from './settler';
import { afterwards, isAbsorbed, markAbsorbed, ownRecordOf } from './shared-records';
import { standsIn } from './standing';

/** Where a pass is kept between pages. */
export interface PassStore {
  load(): Promise<Pick<Checkpoint, 'pass' | 'highWater' | 'lastFullAt' | 'mappingVersion'>>;
  /**
   * Writes changes and the place in one commit, once `after` is done: where it can, it makes ready before.
   * @throws StaleWorkerError when another worker went on meanwhile, and what `after` throws.
   */
  save(pass: SyncPass, changes: readonly Change[], after: Promise<void>): Promise<void>;
  finish(pass: SyncPass, changes: readonly Change[], end: EntityEnd, mappingVersion: string): Promise<void>;
  /** What the changes would do on both sides; nothing where they are done. */
  diffs(changes: readonly Change[]): Promise<SyncDiff[]>;
  /** What else would be written at the vendor, beside what is known. */
  outward(known: readonly SyncDiff[]): Promise<SyncDiff[]>;
}

/** Another worker has gone on from here: whatever this one still holds must not be written. */
export class StaleWorkerError extends Error {
  constructor() {
    super('Another worker syncs these records.');
    this.name = 'StaleWorkerError';
  }
}

export interface PassStoreDeps {
  repository: SyncRepository;
  records: RecordStore;
  shards: Pick<ShardEngine, 'prepare'>;
  clock: Clock;
}

export interface Target {
  integration: Integration;
  entity: string;
  task: Pick<SyncTask, 'id'>;
  adapter: Pick<IntegrationAdapter, 'orderOf' | 'recordUrl'>;
  settler: Settler;
}

/** What is written of one change, as the documents stood when it was settled. */
interface Settled {
  change: Change;
  recordId: string;
  link: RecordLink | null;
  known: StoredRecord | null;
  settlement: Settlement | null;
  shared?: readonly RecordLink[];
}

export const NOTHING_YET = { pass: null, highWater: null, lastFullAt: null, mappingVersion: null };

/** A real run: the place, what was read and how far it is go out together, or not at all. */
export class CheckpointStore implements PassStore {
  #version = 0;
  /** The place as this worker wrote it last. */
  #own: Version<Checkpoint> | null = null;
  readonly #writes: RecordWrites;

  constructor(
    readonly deps: PassStoreDeps,
    readonly target: Target,
  ) {
    this.#writes = new RecordWrites(deps, target.integration, target.settler);
  }

  async load() {
    const { integration, entity } = this.target;
    const known = await this.deps.repository.checkpoint(integration.id, entity);
    this.#version = known?.version ?? 0;
    this.#own = null;
    return known ?? NOTHING_YET;
  }

  async save(pass: SyncPass, changes: readonly Change[], after: Promise<void>): Promise<void> {
    const place = async (tx: Tx, known: Checkpoint | null) => {
      this.#place(tx, known, { pass });
      this.#progress(tx, pass, 'running');
    };
    await this.#commit(changes, place, after);
  }

  async finish(pass: SyncPass, changes: readonly Change[], end: EntityEnd, mappingVersion: string) {
    await this.#commit(changes, async (tx, known) => {
      const lastFullAt = pass.kind === 'full' ? pass.to : (known?.lastFullAt ?? null);
      this.#place(tx, known, { pass: null, highWater: pass.to, lastFullAt, mappingVersion });
      this.#progress(tx, pass, 'done');
      const { task, entity } = this.target;
      tx.update(this.deps.repository.taskRef(task.id), { [`ended.${entity}`]: end });
    });
  }

  /** Writes what was read beside any pass: where a pass stands stays as it is. @throws StaleWorkerError as {@link save} */
  async apply(changes: readonly Change[]): Promise<void> {
    await this.load();
    await this.#commit(changes, async (tx, known) => {
      if (known) this.#place(tx, known, {});
    });
  }

  async diffs(): Promise<SyncDiff[]> {
    return [];
  }

  async outward(): Promise<SyncDiff[]> {
    return [];
  }

  /** Gives a pass up: nothing counts as deleted, and the next one begins where this one began. */
  async abandon(end: EntityEnd): Promise<void> {
    await this.load();
    await this.#commit([], async (tx, known) => {
      if (known) this.#place(tx, known, { pass: null });
      const { repository, clock } = this.deps;
      const { task, entity, integration } = this.target;
      tx.update(repository.connectionRef(integration.id), {
        [`progress.${entity}`]: { state: 'failed', ...end.counts, at: clock.now() },
      });
      tx.update(repository.taskRef(task.id), { [`ended.${entity}`]: end });
    });
  }

  async #commit(
    changes: readonly Change[],
    also: (tx: Tx, known: Checkpoint | null) => Promise<void>,
    after: Promise<void> = Promise.resolve(),
  ): Promise<void> {
    const { repository, records } = this.deps;
    const { integration, entity } = this.target;
    after.catch(() => undefined);
    const mapped = changes.flatMap((change) => (change.kind === 'delete' ? [] : change.mapped));
    const shards = await this.deps.shards.prepare(integration, entity, mapped);
    const ids = changes.map((change) => linkIdOf(integration.id, entity, idOf(change)));
    // Records that are new depend on none before them; what others become depends on what is there.
    if (shards || !changes.every(({ link }) => link === null)) await after;
    let attempts = 0;
    await repository.commit(async (tx) => {
      attempts += 1;
      const links = await this.#linksIn(tx, changes);
      const named = [...links.values()].flatMap((link) => [link.recordId, ownRecordOf(link)]);
      // A record without a link is new, and created: should it be there all the same, that fails and is done again.
      const sought = attempts === 1 ? ids.filter((_, at) => changes[at]?.link) : ids;
      const wanted = [...new Set([...sought, ...named])];
      const found = await records.getIn(tx, wanted);
      const stored = new Map(found.flatMap((record) => (record ? [[record.id, record]] : [])));
      const settled = await this.#settledAll(tx, changes, ids, links, stored);
      const derive = await shards?.readIn(
        tx,
        settled.map((one) => this.#sharded(one)),
      );
      const forget = await this.#writes.erasedIn(
        tx,
        settled.flatMap(({ change, link }) => (change.kind === 'delete' && change.erase && link ? link : [])),
      );
      forget();
      const staying = settled.filter((one) => !this.#write(tx, one));
      derive?.(new Set(staying.map(({ change }) => idOf(change))));
      await after;
      const known = await this.#placeIn(tx, attempts === 1);
      if ((known?.version ?? 0) !== this.#version) throw new StaleWorkerError();
      await also(tx, known);
    });
  }

  /** Nobody else writes it while this worker goes on, so that it need not be read again: the commit fails where somebody did. */
  async #placeIn(tx: Tx, first: boolean): Promise<Checkpoint | null> {
    const { integration, entity } = this.target;
    const ref = this.deps.repository.checkpointRef(integration.id, entity);
    return first && this.#own ? tx.assume(ref, this.#own) : tx.get(ref);
  }

  #place(tx: Tx, known: Checkpoint | null, patch: Partial<Checkpoint>): void {
    const { integration, entity } = this.target;
    const ref = this.deps.repository.checkpointRef(integration.id, entity);
    const version = (known?.version ?? 0) + 1;
    const { id: integrationId, organizationId } = integration;
    // Created, not set: of two first workers, one finds that it is too late.
    if (!known)
      tx.create(ref, { ...NOTHING_YET, ...{ organizationId, integrationId, entity }, ...patch, version });
    else tx.update(ref, { ...patch, version });
    tx.afterCommit(() => {
      const updateTime = tx.writtenAt(ref);
      this.#version = version;
      this.#own = known && updateTime ? { data: { ...known, ...patch, version }, updateTime } : null;
    });
  }

  #progress(tx: Tx, { counts }: SyncPass, state: 'running' | 'done'): void {
    const { integration, entity } = this.target;
    tx.update(this.deps.repository.connectionRef(integration.id), {
      [`progress.${entity}`]: { state, ...counts, at: this.deps.clock.now() },
    });
  }

  /** As they are now: a person may have decided on one since it was planned. New records have none. */
  async #linksIn(tx: Tx, changes: readonly Change[]): Promise<Map<string, RecordLink>> {
    const planned = changes.flatMap(({ link }) => link ?? []);
    const links = await tx.getAll(planned.map(({ id }) => this.deps.repository.linkById(id)));
    return new Map(links.flatMap((link) => (link ? [[link.id, link]] : [])));
  }

  /** Each as the one before left it, where several of the vendor's stand behind one of ours; else all at once. */
  async #settledAll(
    tx: Tx,
    changes: readonly Change[],
    ids: readonly string[],
    links: ReadonlyMap<string, RecordLink>,
    stored: Map<string, StoredRecord>,
  ): Promise<Settled[]> {
    const one = (change: Change, id: string) => {
      const link = links.get(id) ?? null;
      const there = link && stored.get(link.recordId);
      // The one it was merged into went with its own connection: it is a record of its own again.
      const recordId = there && there.status !== 'merged' ? there.id : link ? ownRecordOf(link) : id;
      return this.#settled(tx, change, recordId, link, stored.get(recordId) ?? null);
    };
    if (![...stored.values()].some(({ mergedFrom }) => mergedFrom?.length))
      return Promise.all(changes.map((change, at) => one(change, ids[at] ?? '')));
    const settled: Settled[] = [];
    for (const [at, change] of changes.entries()) {
      const next = await one(change, ids[at] ?? '');
      if (next.known && next.settlement) stored.set(next.recordId, afterwards(next.known, next.settlement));
      settled.push(next);
    }
    return settled;
  }

  async #settled(
    tx: Tx,
    change: Change,
    recordId: string,
    link: RecordLink | null,
    known: StoredRecord | null,
  ): Promise<Settled> {
    const { settler, integration } = this.target;
    if (change.kind === 'delete') {
      const shared = link ? await this.#writes.othersIn(tx, link, known) : [];
      return { change, recordId, link, known, settlement: null, shared };
    }
    const absorbed = link !== null && known !== null && isAbsorbed(link) && recordId === link.recordId;
    const base = known && recordId === link?.recordId ? link.base : {};
    const made = await settler.settle(base, change.mapped, known, integration.platform, absorbed);
    const settlement = absorbed ? markAbsorbed(made, known, ownRecordOf(link)) : made;
    return { change, recordId, link, known, settlement };
  }

  /** @returns false for a record that is deleted at the vendor and stays here for a person to decide. */
  #write(tx: Tx, { change, recordId, link, known, settlement, shared }: Settled): boolean {
    const { repository, records, clock } = this.deps;
    const { integration, entity, adapter } = this.target;
    if (change.kind === 'delete' || !settlement) {
      if (change.kind !== 'delete' || !link) return true;
      return this.#writes.goneIn(tx, link, known, change.erase, shared);
    }
    const externalId = idOf(change);
    const { id: connectionId, organizationId, platform } = integration;
    const { mapped } = change;
    const { fields, provenance, reviews, toExternal } = settlement;
    const due = Object.keys(toExternal).length > 0;
    const state: RecordState = {
      ...{ fields, provenance, deleted: false },
      ...(known && link && recordId !== ownRecordOf(link)
        ? ownFacts(known)
        : {
            externalUrl: adapter.recordUrl(integration, entity, externalId),
            issues: mapped.issues.map(({ field, message }) => ({ field, message })),
            externalUpdatedAt: mapped.updatedAt,
            sync: due ? 'due' : 'synced',
          }),
      ...(reviews.length > 0 ? { sync: 'conflict' } : {}),
    };
    const identity = { id: recordId, organizationId, platform, entity, externalId, connectionId };
    records.writeIn(tx, identity, state, known);
    if (known) standsIn(tx, { ...known, ...state, status: 'active' });
    const about = { ...(link ?? {}), entity, externalId, recordId };
    const found = reviews.length > 0 ? { kind: 'fields' as const, fields: reviews } : null;
    const agreed = {
      recordId,
      ...{ fieldHash: mapped.hash, base: settlement.base, deleted: false, lastPushed: null },
      aliases: [...new Set([...(link?.aliases ?? []), ...mapped.absorbed])],
      ...(due ? { pushDue: clock.now() } : {}),
      ...this.#writes.conflictIn(tx, about, known?.title ?? externalId, found),
    };
    const ref = repository.linkRef(connectionId, entity, externalId);
    if (link) tx.update(ref, agreed);
    else
      tx.set(ref, {
        ...{ organizationId, integrationId: connectionId, connectionId, entity, externalId, recordId },
        ...{ order: adapter.orderOf(externalId), shardKey: 'primary', role: 'primary', home: null },
        ...{ ownRecordId: null, creation: null, pushDue: null, conflict: null, conflictVersion: 0 },
        ...agreed,
      });
    return true;
  }

  #sharded({ change, recordId }: Settled): ShardedRecord {
    const { integration, entity, adapter } = this.target;
    const externalId = idOf(change);
    return {
      ...{ externalId, recordId },
      externalUrl: adapter.recordUrl(integration, entity, externalId),
      mapped: change.kind === 'delete' ? null : change.mapped,
      erase: change.kind === 'delete' && change.erase,
    };
  }
}

/** What is said of a record by the vendor's that it was first, and not by those it stands for since. */
function ownFacts({ externalUrl, issues, externalUpdatedAt, sync }: StoredRecord) {
  return { externalUrl, issues, externalUpdatedAt, sync };
}

export function idOf(change: Change): string {
  return change.kind === 'delete' ? change.link.externalId : change.mapped.externalId;
}
