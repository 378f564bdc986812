import 'server-only';
import type { Tx } from '@/core/db/db';
import { ConflictError } from '@/core/errors';
import type { JobQueue } from '@/core/jobs/job-queue';
import type { Clock } from '@/core/time/clock';
import { DEFAULT_POLICY, NO_LIVE_CHANGES } from '@/features/crm/schema';
import type { Integration } from '../connections/repository';
import type { IntegrationType } from '../connections/schema';
import type { MappingRepository } from '../mapping/repository';
import { MAPPING_TEMPLATES } from '../mapping/templates.data';
import { INTEGRATIONS } from '../registry.data';
import type { RecordStore } from './records';
import { type SyncRepository, scheduleIdOf } from './repository';
import { NUDGE_JOB } from './service';
import { SharedRelease } from './shared-release';

export const FORGET_JOB = 'sync.forget';
const HOUR_MS = 3_600_000;
const EVERY_HOURS = 1;
const FORGET_BATCH = 400;

export interface SetupDeps {
  repository: SyncRepository;
  mappings: MappingRepository;
  /** Those of CRMs: no others are merged. */
  records: Pick<RecordStore, 'mergedAmong' | 'getIn' | 'writeIn' | 'changeIn'>;
  /** Removes a connection's records wherever they are kept, at most `limit` of each. */
  stores: Pick<RecordStore, 'forget'>;
  jobs: Pick<JobQueue, 'enqueueIn'>;
  /** Whether there is such an integration. */
  exists(integrationId: string): Promise<boolean>;
  clock: Clock;
}

/** What syncing needs of a connection: its public face, one schedule however often it is connected, and mappings to begin with. */
export class SyncSetup {
  constructor(readonly deps: SetupDeps) {}

  async connectedIn(
    tx: Tx,
    { id, organizationId, type }: { id: string; organizationId: string; type: IntegrationType },
  ): Promise<() => void> {
    const { repository, clock } = this.deps;
    const connection = await tx.get(repository.connectionRef(id));
    const schedule = await tx.get(repository.taskRef(scheduleIdOf(id)));
    const mappings = await this.#missingMappings(tx, organizationId, type);
    const entry = INTEGRATIONS.find((one) => one.type === type);
    const entities = [...(entry?.entities ?? [])];
    const syncConfig = connection?.syncConfig ?? { enabled: true, everyHours: EVERY_HOURS, entities };
    const nextScheduled = new Date(clock.now().getTime() + syncConfig.everyHours * HOUR_MS);
    return () => {
      for (const write of mappings) write();
      if (connection) tx.update(repository.connectionRef(id), { status: 'active' });
      else
        tx.create(repository.connectionRef(id), {
          ...{ organizationId, syncConfig },
          platform: entry?.platform ?? type,
          status: 'active',
          conflictPolicy: DEFAULT_POLICY,
          taskId: null,
          progress: {},
          lastSyncAt: null,
          lastStatus: null,
          lastMessage: null,
          heldDeletes: 0,
          missingRelations: 0,
          counters: null,
          liveChanges: NO_LIVE_CHANGES,
        });
      if (schedule) {
        tx.update(repository.taskRef(schedule.id), {
          ...{ enabled: syncConfig.enabled, nextScheduled, syncMode: 'bidirectional' },
        });
        return;
      }
      tx.create(repository.taskRef(scheduleIdOf(id)), {
        ...{ organizationId, integrationId: id, connectionId: id, entities },
        syncMode: 'bidirectional',
        priority: 'normal',
        status: 'pending',
        type: 'scheduled',
        ...{ nextScheduled, everyHours: syncConfig.everyHours, enabled: syncConfig.enabled },
        ...{ full: false, dryRun: false, confirmDeletes: false, requestedBy: 'schedule' },
        // Never a number that an earlier schedule of this account has had: runs are told apart by it.
        run: Math.floor(clock.now().getTime() / 1000),
        ...{ part: 0, tries: 0, ended: {}, dryPasses: {} },
        ...{ claimedUntil: null, startedAt: null, finishedAt: null },
      });
    };
  }

  async endedIn(tx: Tx, { id }: Integration): Promise<() => void> {
    const { repository } = this.deps;
    const connection = await tx.get(repository.connectionRef(id));
    const schedule = await tx.get(repository.taskRef(scheduleIdOf(id)));
    return () => {
      if (connection) {
        // What people chose stays for when they connect it again; nobody listens until then.
        const liveChanges = { ...NO_LIVE_CHANGES, enabled: connection.liveChanges.enabled };
        tx.update(repository.connectionRef(id), { status: 'disconnected', liveChanges });
      }
      if (schedule) tx.update(repository.taskRef(schedule.id), { enabled: false });
    };
  }

  /**
   * Where the passes stood goes at once, so that whoever connects the account again begins anew; the records go by a job: there may
   * be a great many.
   */
  async deletedIn(tx: Tx, { id, type }: Integration): Promise<() => Promise<void>> {
    const { repository, jobs } = this.deps;
    const entities = INTEGRATIONS.find((one) => one.type === type)?.entities ?? [];
    return async () => {
      // Without a key of its own it reads nothing.
      await jobs.enqueueIn(tx, { type: FORGET_JOB, payload: { integrationId: id } });
      for (const entity of entities) {
        tx.delete(repository.checkpointRef(id, entity));
        tx.delete(repository.changeCursorRef(id, entity));
      }
      tx.delete(repository.taskRef(scheduleIdOf(id)));
      tx.delete(repository.connectionRef(id));
    };
  }

  /** What is chosen now may be other records: the next pass compares everything, and begins soon. */
  async settingsChangedIn(tx: Tx, { id, type }: Integration): Promise<() => void> {
    const { repository, jobs } = this.deps;
    const entities = INTEGRATIONS.find((one) => one.type === type)?.entities ?? [];
    const connection = await tx.get(repository.connectionRef(id));
    if (connection?.taskId)
      throw new ConflictError(
        'A sync is running with the settings as they are. Wait for its end, then save.',
      );
    const refs = entities.map((entity) => repository.checkpointRef(id, entity));
    const known = await tx.getAll(refs);
    await jobs.enqueueIn(tx, { type: NUDGE_JOB, payload: { integrationId: id } });
    return () => {
      for (const checkpoint of known)
        if (checkpoint)
          tx.update(repository.checkpointRef(id, checkpoint.entity), { highWater: null, pass: null });
    };
  }

  /** Ends when the account is connected again meanwhile: what is there from then on is wanted. */
  async forgetRecords(integrationId: string, signal: AbortSignal): Promise<void> {
    const { repository, records, stores, exists } = this.deps;
    let removed = 0;
    do {
      signal.throwIfAborted();
      if (await exists(integrationId)) return;
      for (const { id } of await records.mergedAmong(integrationId, FORGET_BATCH))
        await new SharedRelease(this.deps).release(integrationId, id);
      removed =
        (await repository.forget(integrationId, FORGET_BATCH)) +
        (await stores.forget(integrationId, FORGET_BATCH));
    } while (removed > 0);
  }

  /** An entity nobody has mapped gets the template's fields; one that people edited stays as they left it. */
  async #missingMappings(tx: Tx, organizationId: string, type: string): Promise<(() => void)[]> {
    const { mappings, clock } = this.deps;
    const writes: (() => void)[] = [];
    for (const template of MAPPING_TEMPLATES.filter(({ integrationType }) => integrationType === type)) {
      const { integrationType, entityType } = template;
      if ((await mappings.countIn(tx, organizationId, integrationType, entityType)) > 0) continue;
      for (const [at, rule] of template.mappings.entries()) {
        // All are made in one moment: their order is the template's.
        const position = clock.now().getTime() + at;
        const mapping = {
          ...rule,
          ...{ organizationId, integrationType, entityType, position, version: 1, createdBy: 'template' },
        };
        writes.push(() => tx.create(mappings.refOf(mapping), mapping));
      }
    }
    return writes;
  }
}
