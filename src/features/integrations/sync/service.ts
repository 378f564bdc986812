import 'server-only';
import type { AuditTrail } from '@/core/auth/audit-trail';
import type { Actor } from '@/core/auth/principal';
import type { Page } from '@/core/db/cursor';
import { ConflictError, NotFoundError, ValidationError } from '@/core/errors';
import type { Ids } from '@/core/ids';
import type { JobQueue } from '@/core/jobs/job-queue';
import { singleton } from '@/core/singletons';
import { logger } from '@/core/telemetry/logger';
import type { Clock } from '@/core/time/clock';
import type { IntegrationRepository } from '../connections/repository';

import { type CrmConnection, type SyncRepository, type SyncTask, scheduleIdOf } from './repository';
import { jobOf } from './runner';
import type { CrmConnectionView, ResultView, ScheduleBody, SyncBody, SyncQuery, TaskView } from './schema';

const HOUR_MS = 3_600_000;
const CLAIM_MS = 15 * 60_000;
const BATCH = 100;
/** The vendor's search knows a change only some seconds after it happened, and changes come in bursts. */
const NUDGE_MS = 30_000;

export const NUDGE_JOB = 'sync.nudge';
const RANK = { high: 0, normal: 1, low: 2 } as const;
/** A run whose jobs are lost again and again is given up. */
const MAX_LOST = 5;

export interface SyncDeps {
  repository: SyncRepository;
  integrations: IntegrationRepository;
  jobs: Pick<JobQueue, 'enqueue' | 'enqueueIn'>;
  audit: AuditTrail;
  clock: Clock;
  ids: Ids;
}

/** Sync tasks: asked for by people, due by schedule, and how they ended. */
export class SyncTaskService {
  static getInstance(): SyncTaskService {
    return singleton<SyncTaskService>('SyncTaskService');
  }

  constructor(readonly deps: SyncDeps) {}

  /**
   * @throws ConflictError while another sync of this connection runs, and for one that is not connected.
   * @throws ValidationError at `body.entities` for a kind of record that the vendor does not have.
   */
  async start(actor: Actor, integrationId: string, body: SyncBody): Promise<{ taskId: string }> {
    const { ids, repository, audit } = this.deps;
    const taskId = ids.next('sync');
    await repository.run(async (tx) => {
      const integration = await this.deps.integrations.getIn(tx, actor.organizationId, integrationId);
      const connection = await tx.get(repository.connectionRef(integrationId));
      if (!integration || !connection) throw new NotFoundError('This integration');
      if (integration.status === 'disconnected' || integration.status === 'reauth_required')
        throw new ConflictError('This integration is not connected. Connect it again first.');
      if (connection.taskId !== null)
        throw new ConflictError(
          'A sync is running already. Wait for its end, or watch it on the connection’s page.',
        );
      if (body.entities?.some((entity) => !connection.syncConfig.entities.includes(entity)))
        throw ValidationError.at('body.entities', 'This vendor has no such kind of record.');
      await this.#create(tx, connection, { taskId, body, requestedBy: actor.userId });
      const target = { type: 'integration', id: integrationId, label: integration.name };
      const facts = { dryRun: body.dryRun, full: body.full, confirmDeletes: body.confirmDeletes };
      audit.append(tx, actor, { action: 'integration.sync_started', target, facts });
    });
    return { taskId };
  }

  /** After connecting: everything, without waiting for the schedule. Once per event. */
  async startFirst(organizationId: string, integrationId: string, eventId: string): Promise<void> {
    const { repository, integrations } = this.deps;
    const taskId = `sync_${eventId}`;
    await repository.run(async (tx) => {
      const integration = await integrations.getIn(tx, organizationId, integrationId);
      const connection = await tx.get(repository.connectionRef(integrationId));
      const known = await tx.get(repository.taskRef(taskId));
      if (known || !connection || connection.taskId !== null || integration?.status !== 'active') return;
      const body = { mode: 'bidirectional' as const, full: false, dryRun: false, confirmDeletes: false };
      await this.#create(tx, connection, { taskId, body, requestedBy: integration.connectedBy });
    });
  }

  /**
   * A pass that a vendor's word asks for, whatever the schedule is. Once per task id.
   * @returns `busy` while another sync of the connection runs.
   */
  async startWhenFree(
    integrationId: string,
    { taskId, entity, full }: { taskId: string; entity: string; full: boolean },
  ): Promise<'begun' | 'busy' | 'none'> {
    const { repository, integrations } = this.deps;
    return repository.run(async (tx) => {
      const connection = await tx.get(repository.connectionRef(integrationId));
      if (connection?.status !== 'active' || !connection.syncConfig.entities.includes(entity)) return 'none';
      const integration = await integrations.getIn(tx, connection.organizationId, integrationId);
      const ended = integration?.status === 'disconnected' || integration?.status === 'reauth_required';
      if (!integration || ended || (await tx.get(repository.taskRef(taskId)))) return 'none';
      if (connection.taskId !== null) return 'busy';
      const body = { mode: 'bidirectional' as const, dryRun: false, confirmDeletes: false };
      const asked = { taskId, body: { ...body, full, entities: [entity] }, requestedBy: 'changes' };
      await this.#create(tx, connection, { ...asked, type: 'webhook' });
      return 'begun';
    });
  }

  async connection(organizationId: string, integrationId: string): Promise<CrmConnectionView> {
    const { repository } = this.deps;
    const found = await repository.db.get(repository.connectionRef(integrationId));
    if (found?.organizationId !== organizationId) throw new NotFoundError('This integration');
    const { organizationId: _o, ...view } = found;
    return view;
  }

  async schedule(actor: Actor, integrationId: string, body: ScheduleBody): Promise<CrmConnectionView> {
    const { repository, clock, audit } = this.deps;
    const { enabled, everyHours } = body;
    await repository.run(async (tx) => {
      const ref = repository.connectionRef(integrationId);
      const connection = await tx.get(ref);
      const schedule = await tx.get(repository.taskRef(scheduleIdOf(integrationId)));
      if (connection?.organizationId !== actor.organizationId || !schedule)
        throw new NotFoundError('This integration');
      tx.update(ref, { syncConfig: { ...connection.syncConfig, enabled, everyHours } });
      tx.update(repository.taskRef(schedule.id), {
        enabled: enabled && connection.status === 'active',
        everyHours,
        nextScheduled: new Date(clock.now().getTime() + everyHours * HOUR_MS),
      });
      const target = { type: 'integration', id: integrationId, label: connection.platform };
      audit.append(tx, actor, {
        action: 'integration.schedule_changed',
        target,
        facts: { enabled, everyHours },
      });
    });
    return this.connection(actor.organizationId, integrationId);
  }

  async task(organizationId: string, id: string): Promise<TaskView> {
    const found = await this.deps.repository.task(id);
    if (found?.organizationId !== organizationId) throw new NotFoundError('This sync');
    return taskView(found);
  }

  async tasks(organizationId: string, { integrationId, ...page }: SyncQuery): Promise<Page<TaskView>> {
    const { items, cursor } = await this.deps.repository.tasks(organizationId, integrationId, page);
    return { items: items.map(taskView), cursor };
  }

  async results(organizationId: string, { integrationId, ...page }: SyncQuery): Promise<Page<ResultView>> {
    const { items, cursor } = await this.deps.repository.results(organizationId, integrationId, page);
    return { items: items.map(({ organizationId: _o, expiresAt: _e, ...view }) => view), cursor };
  }

  /**
   * The vendor says that something changed: what it says is a hint, so what changed is asked for as ever, soon. Many such words
   * within half a minute are one; a connection that does not sync by itself stays as it is.
   */
  async nudge(organizationId: string, integrationId: string): Promise<void> {
    const { repository } = this.deps;
    const connection = await repository.db.get(repository.connectionRef(integrationId));
    if (connection?.organizationId === organizationId && connection.status === 'active')
      await this.#soon(integrationId);
  }

  /**
   * Kinds of record that a connection brings here by itself: none of one that is another organisation's or not connected, or whose
   * schedule is off or only sends.
   */
  async takesIn(organizationId: string, integrationId: string): Promise<readonly string[]> {
    const { repository } = this.deps;
    const connection = await repository.db.get(repository.connectionRef(integrationId));
    if (connection?.organizationId !== organizationId || connection.status !== 'active') return [];
    const schedule = await repository.task(scheduleIdOf(integrationId));
    return schedule?.enabled && schedule.syncMode !== 'push' ? connection.syncConfig.entities : [];
  }

  /** While a sync runs, which may have read past the change, the next one waits for its end. */
  async nudged(integrationId: string): Promise<void> {
    if ((await this.#claim(scheduleIdOf(integrationId), true)) === 'busy') await this.#soon(integrationId);
  }

  async #soon(integrationId: string): Promise<void> {
    const slot = Math.floor(this.deps.clock.now().getTime() / NUDGE_MS) + 1;
    await this.deps.jobs.enqueue({
      type: NUDGE_JOB,
      payload: { integrationId },
      runAt: new Date((slot + 1) * NUDGE_MS),
      idempotencyKey: `${integrationId}_${slot}`,
    });
  }

  /** Begins what is due by schedule, most pressing first, and takes up runs whose job was lost. */
  async sweep(open: () => boolean): Promise<{ due: number; begun: number; resumed: number }> {
    const { repository, clock } = this.deps;
    const now = clock.now();
    const due = await repository.due(now, BATCH);
    const report = { due: due.length, begun: 0, resumed: 0 };
    for (const { id } of due.toSorted((a, b) => RANK[a.priority] - RANK[b.priority])) {
      if (!open()) return report;
      if (await alone(id, async () => (await this.#claim(id)) === 'begun')) report.begun += 1;
    }
    for (const { id } of await repository.lost(now, BATCH)) {
      if (!open()) return report;
      if (await alone(id, () => this.#resume(id))) report.resumed += 1;
    }
    return report;
  }

  /** Missed slots are one: the next is the first that lies ahead. */
  async #claim(id: string, early = false): Promise<'begun' | 'busy' | 'none'> {
    const { repository, jobs, clock } = this.deps;
    return repository.commit(async (tx) => {
      const now = clock.now();
      const task = await tx.get(repository.taskRef(id));
      if (!task?.enabled || !task.nextScheduled || (!early && task.nextScheduled > now)) return 'none';
      const connection = await tx.get(repository.connectionRef(task.integrationId));
      const due = task.nextScheduled <= now;
      const nextScheduled = due
        ? nextSlot(task.nextScheduled, task.everyHours ?? 1, now)
        : task.nextScheduled;
      const ref = repository.taskRef(id);
      if (!connection || connection.taskId !== null) {
        if (due) tx.update(ref, { nextScheduled });
        return connection ? 'busy' : 'none';
      }
      const run = task.run + 1;
      await jobs.enqueueIn(tx, jobOf({ id, run }, 1));
      const fresh = {
        status: 'queued' as const,
        part: 1,
        tries: 0,
        ended: {},
        startedAt: null,
        finishedAt: null,
      };
      tx.update(ref, { ...fresh, run, nextScheduled, claimedUntil: new Date(now.getTime() + CLAIM_MS) });
      tx.update(repository.connectionRef(task.integrationId), { taskId: id });
      return 'begun';
    });
  }

  async #resume(id: string): Promise<boolean> {
    const { repository, jobs, clock } = this.deps;
    return repository.run(async (tx) => {
      const now = clock.now();
      const task = await tx.get(repository.taskRef(id));
      if (!task?.claimedUntil || task.claimedUntil > now) return false;
      const ref = repository.taskRef(id);
      if (task.tries >= MAX_LOST) {
        logger.error({ taskId: id }, 'a sync whose jobs are lost again and again was given up');
        const connection = await tx.get(repository.connectionRef(task.integrationId));
        tx.update(ref, { status: 'failed', claimedUntil: null, finishedAt: now });
        if (connection?.taskId === id) tx.update(repository.connectionRef(connection.id), { taskId: null });
        return false;
      }
      const part = task.part + 1;
      await jobs.enqueueIn(tx, jobOf(task, part));
      tx.update(ref, { part, tries: task.tries + 1, claimedUntil: new Date(now.getTime() + CLAIM_MS) });
      return true;
    });
  }

  async #create(
    tx: Parameters<Parameters<SyncRepository['run']>[0]>[0],
    connection: CrmConnection,
    {
      taskId,
      body,
      requestedBy,
      type = 'manual',
    }: { taskId: string; body: SyncBody; requestedBy: string; type?: 'manual' | 'webhook' },
  ): Promise<void> {
    const { repository, jobs, clock } = this.deps;
    await jobs.enqueueIn(tx, jobOf({ id: taskId, run: 1 }, 1));
    const { organizationId, id: integrationId, syncConfig } = connection;
    tx.create(repository.taskRef(taskId), {
      ...{ organizationId, integrationId, connectionId: integrationId, requestedBy },
      syncMode: body.mode,
      priority: type === 'manual' ? 'high' : 'normal',
      status: 'queued',
      type,
      nextScheduled: null,
      everyHours: null,
      enabled: true,
      entities: body.entities ?? syncConfig.entities,
      ...{ full: body.full, dryRun: body.dryRun, confirmDeletes: body.confirmDeletes },
      ...{ run: 1, part: 1, tries: 0, ended: {}, dryPasses: {} },
      claimedUntil: new Date(clock.now().getTime() + CLAIM_MS),
      startedAt: null,
      finishedAt: null,
    });
    tx.update(repository.connectionRef(integrationId), { taskId });
  }
}

/** One task's trouble must not keep the others from running. */
async function alone(taskId: string, work: () => Promise<boolean>): Promise<boolean> {
  try {
    return await work();
  } catch (error) {
    logger.error({ err: error, taskId }, 'a sync task could not be taken up');
    return false;
  }
}

/** The first moment of the schedule after now. */
export function nextSlot(from: Date, everyHours: number, now: Date): Date {
  const step = everyHours * HOUR_MS;
  const missed = Math.max(0, Math.floor((now.getTime() - from.getTime()) / step));
  return new Date(from.getTime() + (missed + 1) * step);
}

function taskView({
  organizationId: _o,
  dryPasses: _d,
  claimedUntil: _c,
  ended: _e,
  ...view
}: SyncTask): TaskView {
  return view;
}
