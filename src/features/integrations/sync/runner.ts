import 'server-only';
import { isMissing } from '@/core/db/db';
import { ExternalServiceError } from '@/core/errors';
import type { Outbox } from '@/core/events/outbox';
import type { Ids } from '@/core/ids';
import type { JobQueue } from '@/core/jobs/job-queue';
import type { LockService } from '@/core/locks/locks';
import { logger } from '@/core/telemetry/logger';
import type { Clock } from '@/core/time/clock';
import { explainFailure } from '../connections/explain';
import type { Integration, IntegrationRepository } from '../connections/repository';
import type { IntegrationType } from '../connections/schema';
import { crmSyncCompleted } from '../events';
import { CALL_LIMIT } from '../limits/gate';
import type { CallPriority } from '../limits/schema';
import type { Expressions } from '../mapping/mapper';
import type { MappingRepository } from '../mapping/repository';
import type { IntegrationAdapter, VendorSession } from '../providers/types';
import type { ShardEngine } from '../shards/engine';
import type { RelationSync } from '../shards/relations';
import { DryStore } from './dry-store';
import { lockOf, type OutboundRunner } from './outbound';
import { CheckpointStore, StaleWorkerError } from './pass-store';
import { EntityPull } from './pull';
import type { RecordStores } from './records';
import type { SyncRepository, SyncTask } from './repository';
import { type EntityEnd, NO_COUNTS, type SyncCounts } from './schema';

export const SYNC_JOB = 'sync.inbound';

/** Serverless platforms end a call after a minute; what is left goes on in the next job. */
const BUDGET_MS = 40_000;
const LEASE_MS = 60_000;
const CLAIM_MS = 15 * 60_000;
const BUSY_MS = 30_000;
const MAX_TRIES = 5;
const RESULT_MS = 90 * 86_400_000;
const ACTIVE: ReadonlySet<string> = new Set(['queued', 'processing']);

export interface RunnerDeps {
  repository: SyncRepository;
  integrations: IntegrationRepository;
  mappings: Pick<MappingRepository, 'entity'>;
  records: RecordStores;
  shards: Pick<ShardEngine, 'prepare'>;
  relations: Pick<RelationSync, 'reader' | 'settle'>;
  adapters: ReadonlyMap<IntegrationType, IntegrationAdapter>;
  session(integrationId: string, signal: AbortSignal, priority?: CallPriority): VendorSession;
  expressions: Expressions;
  locks: Pick<LockService, 'withLock'>;
  jobs: Pick<JobQueue, 'enqueueIn'>;
  outbox: Pick<Outbox, 'append'>;
  outbound: Pick<OutboundRunner, 'preview' | 'recover' | 'settler' | 'step'>;
  clock: Clock;
  ids: Ids;
  budgetMs?: number;
}

export interface SyncJob {
  taskId: string;
  run: number;
  part: number;
}

type Outcome = { kind: 'ended' } | { kind: 'again'; afterMs: number; failed: boolean } | { kind: 'stale' };

/** Works on a sync task, kind of record by kind of record, one runner each; yields when its time is over and goes on later. */
export class SyncRunner {
  constructor(readonly deps: RunnerDeps) {}

  /** Does nothing for a part that was done already. */
  async work({ taskId, run, part }: SyncJob, signal: AbortSignal): Promise<void> {
    const { clock, integrations, repository } = this.deps;
    const task = await repository.task(taskId);
    if (!task || task.run !== run || task.part !== part || !ACTIVE.has(task.status)) return;
    const integration = await integrations.get(task.organizationId, task.integrationId);
    if (!integration || integration.status === 'disconnected' || integration.status === 'reauth_required')
      return this.#finish(task, 'It is not connected any more. Reconnect it, then sync again.');
    const now = clock.now();
    await repository.db.update(repository.taskRef(taskId), {
      status: 'processing',
      startedAt: task.startedAt ?? now,
      claimedUntil: new Date(now.getTime() + CLAIM_MS),
    });
    const until = now.getTime() + (this.deps.budgetMs ?? BUDGET_MS);
    for (const entity of task.entities.filter((one) => !(one in task.ended))) {
      const outcome = await this.#locked(task, integration, entity, until, signal);
      if (outcome.kind === 'stale') return;
      if (outcome.kind === 'again') return this.#again(task, outcome);
    }
    await this.#finish(task, null);
  }

  async #locked(
    task: SyncTask,
    integration: Integration,
    entity: string,
    until: number,
    signal: AbortSignal,
  ): Promise<Outcome> {
    const outcome = await this.deps.locks.withLock(
      lockOf(integration.id, entity),
      { ttlMs: LEASE_MS },
      (_lock, lost) => this.#entity(task, integration, entity, until, AbortSignal.any([signal, lost])),
    );
    return outcome.acquired ? outcome.value : { kind: 'again', afterMs: BUSY_MS, failed: false };
  }

  async #entity(
    task: SyncTask,
    integration: Integration,
    entity: string,
    until: number,
    signal: AbortSignal,
  ): Promise<Outcome> {
    const { adapters, mappings, session, clock, outbound, relations } = this.deps;
    const adapter = adapters.get(integration.type);
    if (!adapter) throw new Error(`${integration.type} has no adapter.`);
    const { repository } = this.deps;
    const connection = await repository.db.get(repository.connectionRef(integration.id));
    const settler = await outbound.settler(integration, entity);
    const target = { integration, entity, task, adapter, settler };
    const records = this.deps.records.of(integration.type);
    const real = new CheckpointStore({ ...this.deps, records }, target);
    const open = () => clock.now().getTime() < until;
    const calls = session(integration.id, signal, task.priority);
    const relate = relations.reader(integration, entity, adapter, calls);
    const pull = new EntityPull(this.deps, {
      ...{ integration, entity, adapter },
      session: calls,
      mappings: await mappings.entity(integration.organizationId, integration.type, entity),
      store: task.dryRun
        ? new DryStore(
            { ...this.deps, records },
            {
              ...target,
              pushes: task.syncMode !== 'pull',
              due: (except) => outbound.preview(integration, entity, signal, except),
            },
          )
        : real,
      full: task.full,
      confirmDeletes: task.confirmDeletes,
      heldDeletes: (connection?.heldDeletes ?? 0) > 0,
      open,
      ...(task.dryRun ? {} : { relate }),
    });
    try {
      if (!task.dryRun) await outbound.recover(integration, entity, signal);
      if (!(await pull.pull())) return { kind: 'again', afterMs: 0, failed: false };
      if (!task.dryRun) await relations.settle(integration, entity, open);
      if (task.syncMode !== 'pull' && !task.dryRun) await outbound.step(integration, entity, signal, open);
      return { kind: 'ended' };
    } catch (error) {
      // Deleted in the middle: there is nothing left to write to.
      if (error instanceof StaleWorkerError || isMissing(error) || signal.aborted) return { kind: 'stale' };
      if (!(error instanceof ExternalServiceError)) throw error;
      return await this.#troubled(task, real, error);
    }
  }

  /** Passing trouble is waited out, and the pass goes on where it is; anything else ends it. */
  async #troubled(task: SyncTask, store: CheckpointStore, error: ExternalServiceError): Promise<Outcome> {
    // Waiting for a place in the limits is no failure.
    if (error.vendorCode === CALL_LIMIT)
      return { kind: 'again', afterMs: error.retryAfterMs ?? BUSY_MS, failed: false };
    const passing = error.retryable || error.kind === 'quota';
    if (passing && task.tries < MAX_TRIES)
      return { kind: 'again', afterMs: error.retryAfterMs ?? 1_000 * 2 ** task.tries * 5, failed: true };
    logger.warn({ err: error, integrationId: task.integrationId }, 'a sync could not be finished');
    const end: EntityEnd = {
      status: 'failed',
      counts: { ...NO_COUNTS },
      faults: [],
      diffs: [],
      heldDeletes: 0,
      message: explainFailure(error),
      active: null,
    };
    if (task.dryRun)
      await this.deps.repository.db.update(this.deps.repository.taskRef(task.id), {
        [`ended.${store.target.entity}`]: end,
      });
    else await store.abandon(end);
    return { kind: 'ended' };
  }

  /** The next part: a job of its own, so that a lost one is told from a late one. */
  async #again(task: SyncTask, { afterMs, failed }: Extract<Outcome, { kind: 'again' }>): Promise<void> {
    const { repository, jobs, clock } = this.deps;
    const runAt = new Date(clock.now().getTime() + afterMs);
    await repository.commit(async (tx) => {
      const current = await tx.get(repository.taskRef(task.id));
      if (current?.run !== task.run || current.part !== task.part || !ACTIVE.has(current.status)) return;
      const part = task.part + 1;
      await jobs.enqueueIn(tx, jobOf(task, part, runAt));
      tx.update(repository.taskRef(task.id), {
        part,
        tries: failed ? task.tries + 1 : 0,
        claimedUntil: new Date(runAt.getTime() + CLAIM_MS),
      });
    });
  }

  /** Once per run: the result, the state people see, and the announcement, together. */
  async #finish({ id, run, integrationId, organizationId }: SyncTask, trouble: string | null): Promise<void> {
    const { repository, integrations, outbox, clock } = this.deps;
    const before = await repository.task(id);
    // Every kind that was ever synced, whichever this run was about.
    const { progress = {} } = (await repository.db.get(repository.connectionRef(integrationId))) ?? {};
    const kinds = [...new Set([...(before?.entities ?? []), ...Object.keys(progress)])];
    const since = before?.dryRun ? null : before?.startedAt;
    const [conflictsDetected, ...counted] = await Promise.all([
      since ? repository.conflictsSince(integrationId, since) : 0,
      ...kinds.map(
        (entity) => before?.ended[entity]?.active ?? repository.activeLinks(integrationId, entity),
      ),
    ]);
    const now = clock.now();
    await repository.commit(async (tx) => {
      const [task, connection, integration] = await Promise.all([
        tx.get(repository.taskRef(id)),
        tx.get(repository.connectionRef(integrationId)),
        integrations.getIn(tx, organizationId, integrationId),
      ]);
      if (!task || task.run !== run || !ACTIVE.has(task.status)) return;
      const result = summaryOf(task, trouble);
      const { status, message, heldDeletes, counts } = result;
      tx.create(repository.resultRef(`${id}_${run}`), {
        ...{ organizationId, integrationId, taskId: id, dryRun: task.dryRun, status, message, heldDeletes },
        ...namedCounts(counts),
        conflictsDetected: task.dryRun
          ? result.diffs.filter(({ change }) => change === 'conflict').length
          : conflictsDetected,
        conflictsResolved: 0,
        duration: Math.max(0, now.getTime() - (task.startedAt ?? now).getTime()),
        executedAt: now,
        ...{ faults: result.faults, diffs: result.diffs },
        expiresAt: new Date(now.getTime() + RESULT_MS),
      });
      const ended = status === 'failed' ? ('failed' as const) : ('completed' as const);
      tx.update(repository.taskRef(id), {
        status: ended,
        finishedAt: now,
        claimedUntil: null,
        dryPasses: {},
      });
      if (connection)
        tx.update(repository.connectionRef(integrationId), {
          taskId: null,
          ...(task.dryRun ? {} : { lastSyncAt: now, lastStatus: status, lastMessage: message, heldDeletes }),
        });
      if (task.dryRun) return;
      const failed = status === 'failed';
      if (integration)
        tx.update(integrations.ref(integrationId), {
          errorCount: failed ? integration.errorCount + 1 : 0,
          ...(failed ? {} : { lastSync: now }),
          dataCount: counted.reduce((sum, one) => sum + one, 0),
        });
      const { created, updated, deleted, failed: bad } = counts;
      const platform = connection?.platform ?? integration?.platform ?? '';
      outbox.append(tx, crmSyncCompleted, {
        ...{ organizationId, integrationId, platform, taskId: id, status },
        ...{ created, updated, deleted, failed: bad, heldDeletes, conflicts: conflictsDetected },
      });
    });
  }
}

export function jobOf({ id, run }: Pick<SyncTask, 'id' | 'run'>, part: number, runAt?: Date) {
  return {
    type: SYNC_JOB,
    payload: { taskId: id, run, part } satisfies SyncJob,
    idempotencyKey: `${id}_${run}_${part}`,
    ...(runAt ? { runAt } : {}),
  };
}

function summaryOf(task: SyncTask, trouble: string | null) {
  const ends = Object.entries(task.ended);
  const counts: SyncCounts = { ...NO_COUNTS };
  for (const [, end] of ends)
    for (const name of Object.keys(counts) as (keyof SyncCounts)[]) counts[name] += end.counts[name];
  const failed = ends.filter(([, end]) => end.status === 'failed');
  const whole = ends.length === task.entities.length && ends.every(([, end]) => end.status === 'success');
  const none = trouble !== null || (failed.length > 0 && failed.length === ends.length);
  const status = none ? ('failed' as const) : whole ? ('success' as const) : ('partial' as const);
  return {
    ...{ status, counts },
    heldDeletes: ends.reduce((sum, [, end]) => sum + end.heldDeletes, 0),
    message: trouble ?? failed.map(([, end]) => end.message)[0] ?? null,
    faults: ends.flatMap(([entity, end]) => end.faults.map((fault) => ({ entity, ...fault }))),
    diffs: ends.flatMap(([, end]) => end.diffs),
  };
}

function namedCounts({ processed, created, updated, unchanged, deleted, failed }: SyncCounts) {
  return {
    recordsProcessed: processed,
    recordsCreated: created,
    recordsUpdated: updated,
    recordsUnchanged: unchanged,
    recordsDeleted: deleted,
    recordsFailed: failed,
  };
}
