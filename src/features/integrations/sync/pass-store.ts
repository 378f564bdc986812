import 'server-only';
import type { Tx } from '@/core/db/db';
import type { Clock } from '@/core/time/clock';
import type { Integration } from '../connections/repository';
import type { IntegrationAdapter } from '../providers/types';
import { reconcile, type SideState } from './conflicts';
import type { Change } from './plan';
import { trace } from './provenance';
import type { RecordStore, StoredRecord } from './records';
import { type Checkpoint, linkIdOf, type SyncRepository, type SyncTask } from './repository';
import type { EntityEnd, SyncPass } from './schema';

/** Where a pass is kept between pages. */
export interface PassStore {
  load(): Promise<Pick<Checkpoint, 'pass' | 'highWater' | 'lastFullAt' | 'mappingVersion'>>;
  /** Writes changes and the place in one commit. @throws StaleWorkerError when another worker went on meanwhile. */
  save(pass: SyncPass, changes: readonly Change[]): Promise<void>;
  finish(pass: SyncPass, changes: readonly Change[], end: EntityEnd, mappingVersion: string): Promise<void>;
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
  clock: Clock;
}

interface Target {
  integration: Integration;
  entity: string;
  task: Pick<SyncTask, 'id'>;
  adapter: Pick<IntegrationAdapter, 'orderOf' | 'recordUrl'>;
}

const NOTHING_YET = { pass: null, highWater: null, lastFullAt: null, mappingVersion: null };

/** A real run: the place, what was read and how far it is go out together, or not at all. */
export class CheckpointStore implements PassStore {
  #version = 0;

  constructor(
    readonly deps: PassStoreDeps,
    readonly target: Target,
  ) {}

  async load() {
    const { integration, entity } = this.target;
    const known = await this.deps.repository.checkpoint(integration.id, entity);
    this.#version = known?.version ?? 0;
    return known ?? NOTHING_YET;
  }

  async save(pass: SyncPass, changes: readonly Change[]): Promise<void> {
    await this.#commit(changes, async (tx, known) => {
      this.#place(tx, known, { pass });
      this.#progress(tx, pass, 'running');
    });
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
  ): Promise<void> {
    const { repository, records } = this.deps;
    const { integration, entity } = this.target;
    const written = await repository.commit(async (tx) => {
      const known = await tx.get(repository.checkpointRef(integration.id, entity));
      if ((known?.version ?? 0) !== this.#version) throw new StaleWorkerError();
      const ids = changes.map((change) => linkIdOf(integration.id, entity, idOf(change)));
      const stored = await records.getIn(tx, ids);
      for (const [at, change] of changes.entries())
        this.#write(tx, ids[at] ?? '', change, stored[at] ?? null);
      await also(tx, known);
      return known ? known.version + 1 : 1;
    });
    this.#version = written;
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
  }

  #progress(tx: Tx, { counts }: SyncPass, state: 'running' | 'done'): void {
    const { integration, entity } = this.target;
    tx.update(this.deps.repository.connectionRef(integration.id), {
      [`progress.${entity}`]: { state, ...counts, at: this.deps.clock.now() },
    });
  }

  #write(tx: Tx, recordId: string, change: Change, known: StoredRecord | null): void {
    const { repository, records } = this.deps;
    const { integration, entity, adapter } = this.target;
    const externalId = idOf(change);
    const { id: integrationId, organizationId, platform } = integration;
    const identity = {
      ...{ id: recordId, organizationId, platform, entity, externalId },
      connectionId: integrationId,
    };
    const ref = repository.linkRef(integrationId, entity, externalId);
    if (change.kind === 'delete') {
      const left = change.erase || !known ? { fields: {}, provenance: {}, externalUrl: null } : known;
      records.writeIn(tx, identity, { ...left, issues: [], deleted: true, externalUpdatedAt: null }, known);
      tx.update(ref, { deleted: true, fieldHash: '', ...(change.erase ? { base: {} } : {}) });
      return;
    }
    const { mapped, link } = change;
    records.writeIn(
      tx,
      identity,
      {
        ...merged(change, known, platform),
        externalUrl: adapter.recordUrl(integration, entity, externalId),
        issues: mapped.issues.map(({ field, message }) => ({ field, message })),
        deleted: false,
        externalUpdatedAt: mapped.updatedAt,
      },
      known,
    );
    const agreed = { fieldHash: mapped.hash, base: mapped.fields, deleted: false };
    if (link) tx.update(ref, agreed);
    else
      tx.set(ref, {
        ...{ organizationId, integrationId, entity, externalId, recordId },
        ...agreed,
        connectionId: integrationId,
        order: adapter.orderOf(externalId),
        shardKey: 'primary',
        role: 'primary',
        lastPushed: null,
        aliases: [],
      });
  }
}

/** The vendor's values over ours; what only we know of a record stays, and each field keeps where it came from. */
function merged(
  { mapped, link }: Exclude<Change, { kind: 'delete' }>,
  known: StoredRecord | null,
  actor: string,
): Pick<StoredRecord, 'fields' | 'provenance'> {
  const stamp = mapped.updatedAt.getTime();
  const external: SideState = { fields: mapped.fields, deleted: false, stamp, stamps: {}, actor };
  const ours = known?.fields ?? {};
  const internal: SideState = { fields: ours, deleted: false, stamp: 0, stamps: {}, actor: 'irisync' };
  const base = link?.deleted ? {} : (link?.base ?? {});
  const outcome = reconcile({ base, external, internal, policy: { connection: 'external_wins' } });
  if (outcome.kind !== 'fields') throw new Error(`A record that is there was settled as ${outcome.kind}.`);
  return {
    fields: { ...ours, ...outcome.toInternal },
    provenance: trace(known?.provenance ?? {}, ours, outcome.decisions, { external, internal }),
  };
}

function idOf(change: Change): string {
  return change.kind === 'delete' ? change.link.externalId : change.mapped.externalId;
}

/** A dry run: only the task remembers where it is. */
export class DryStore implements PassStore {
  constructor(
    readonly repository: SyncRepository,
    readonly target: Pick<Target, 'integration' | 'entity' | 'task'>,
  ) {}

  async load() {
    const { integration, entity, task } = this.target;
    const checkpoint = await this.repository.checkpoint(integration.id, entity);
    const stored = await this.repository.task(task.id);
    // A pass of a real run that is under way is not a dry run's to go on with.
    return { ...(checkpoint ?? NOTHING_YET), pass: stored?.dryPasses[entity] ?? null };
  }

  async save(pass: SyncPass): Promise<void> {
    await this.repository.db.update(this.repository.taskRef(this.target.task.id), {
      [`dryPasses.${this.target.entity}`]: pass,
    });
  }

  async finish(_pass: SyncPass, _changes: readonly Change[], end: EntityEnd): Promise<void> {
    await this.repository.db.update(this.repository.taskRef(this.target.task.id), {
      [`ended.${this.target.entity}`]: end,
    });
  }
}
