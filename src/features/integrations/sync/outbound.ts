import 'server-only';
import { ExternalServiceError } from '@/core/errors';
import type { JobQueue } from '@/core/jobs/job-queue';
import type { LockService } from '@/core/locks/locks';
import { logger } from '@/core/telemetry/logger';
import type { Clock } from '@/core/time/clock';
import { DEFAULT_POLICY } from '@/features/crm/schema';
import type { Integration, IntegrationRepository } from '../connections/repository';
import type { IntegrationType } from '../connections/schema';
import { CALL_LIMIT } from '../limits/gate';
import type { Expressions } from '../mapping/mapper';
import type { MappingRepository } from '../mapping/repository';
import type { IntegrationAdapter, VendorSession } from '../providers/types';
import type { ShardEngine } from '../shards/engine';
import { EntityCreations } from './creations';
import { writableRules } from './outward';
import { EntityPush } from './push';
import { RecordWrites } from './record-writes';
import type { RecordStore } from './records';
import type { SyncRepository } from './repository';
import type { SyncDiff } from './schema';
import { Settler } from './settler';

export const OUTBOUND_JOB = 'sync.outbound';
const LEASE_MS = 60_000;
const BUDGET_MS = 40_000;
const BUSY_MS = 30_000;
const RETRY_MS = 60_000;
/** Records that are only here so far, looked at in one go. */
const PENDING = 100;

export interface OutboundJob {
  organizationId: string;
  integrationId: string;
  entity: string;
}

export interface OutboundDeps {
  repository: SyncRepository;
  integrations: Pick<IntegrationRepository, 'get'>;
  mappings: Pick<MappingRepository, 'entity'>;
  records: RecordStore;
  shards: Pick<ShardEngine, 'prepare'>;
  adapters: ReadonlyMap<IntegrationType, IntegrationAdapter>;
  session(integrationId: string, signal: AbortSignal): VendorSession;
  expressions: Expressions;
  locks: Pick<LockService, 'withLock'>;
  jobs: Pick<JobQueue, 'enqueue'>;
  clock: Clock;
}

export function lockOf(integrationId: string, entity: string): string {
  return `sync_${integrationId}_${entity}`;
}

/** Brings what people changed here, or decided, to the vendor: soon after, and in every sync. */
export class OutboundRunner {
  constructor(readonly deps: OutboundDeps) {}

  /** @throws ExternalServiceError for the queue to try again; what is due stays so. */
  async work(job: OutboundJob, signal: AbortSignal): Promise<void> {
    const { integrations, locks, clock } = this.deps;
    const integration = await integrations.get(job.organizationId, job.integrationId);
    if (!integration || integration.status === 'disconnected' || integration.status === 'reauth_required')
      return;
    const until = clock.now().getTime() + BUDGET_MS;
    const open = () => clock.now().getTime() < until;
    const outcome = await this.#unlessLimited(() =>
      locks.withLock(lockOf(job.integrationId, job.entity), { ttlMs: LEASE_MS }, (_lock, lost) =>
        this.#entity(integration, job.entity, AbortSignal.any([signal, lost]), open),
      ),
    );
    if ('afterMs' in outcome) return await this.#later(job, outcome.afterMs);
    // A sync of these records runs and takes it along, unless it is past that already.
    if (!outcome.acquired || !open()) await this.#later(job, BUSY_MS);
  }

  /** As a step of a sync, whose lock the caller holds. Trouble is left to a job of its own. */
  async step(
    integration: Integration,
    entity: string,
    signal: AbortSignal,
    open: () => boolean,
  ): Promise<void> {
    try {
      await this.#entity(integration, entity, signal, open);
      if (open()) return;
    } catch (error) {
      if (!(error instanceof ExternalServiceError)) throw error;
      logger.warn(
        { err: error, integrationId: integration.id },
        'changes could not be brought to the vendor',
      );
      const { retryAfterMs } = error;
      return await this.#later(jobFor(integration, entity), retryAfterMs ?? RETRY_MS);
    }
    await this.#later(jobFor(integration, entity), 0);
  }

  /**
   * Before the vendor is read: records that were made here and got there although nobody heard of it must not come back as others.
   * @throws ExternalServiceError while that cannot be told.
   */
  async recover(integration: Integration, entity: string, signal: AbortSignal): Promise<void> {
    const { repository, session, clock } = this.deps;
    const links = await repository.pendingLinks(integration.id, entity, PENDING);
    const adapter = this.#adapter(integration);
    const creator = adapter.writer?.creator;
    if (links.length === 0 || !creator) return;
    const settler = await this.settler(integration, entity);
    await new EntityCreations(this.deps, {
      ...{ integration, entity, adapter, creator, settler },
      session: session(integration.id, signal),
      now: clock.now(),
    }).recover(links);
  }

  /** Strategies and mappings of one kind of record, as they are now. */
  async settler(integration: Integration, entity: string): Promise<Settler> {
    const { repository, expressions } = this.deps;
    const connection = await repository.db.get(repository.connectionRef(integration.id));
    const rules = writableRules(
      await this.#mappings(integration, entity),
      this.#adapter(integration).writer,
      entity,
    );
    return new Settler(entity, connection?.conflictPolicy ?? DEFAULT_POLICY, rules, expressions);
  }

  /** What a push would write now, of records that are not told of already. */
  async preview(
    integration: Integration,
    entity: string,
    signal: AbortSignal,
    except: ReadonlySet<string>,
  ): Promise<SyncDiff[]> {
    const push = await this.#push(integration, entity, signal, () => true);
    return (await push?.preview(except)) ?? [];
  }

  async #entity(
    integration: Integration,
    entity: string,
    signal: AbortSignal,
    open: () => boolean,
  ): Promise<void> {
    await (await this.#push(integration, entity, signal, open))?.push();
  }

  async #push(
    integration: Integration,
    entity: string,
    signal: AbortSignal,
    open: () => boolean,
  ): Promise<EntityPush | null> {
    const { session, clock } = this.deps;
    const adapter = this.#adapter(integration);
    const { writer } = adapter;
    if (!writer) return null;
    const settler = await this.settler(integration, entity);
    return new EntityPush(this.deps, {
      ...{ integration, entity, settler, open },
      ...{ adapter, writer },
      session: session(integration.id, signal),
      mappings: await this.#mappings(integration, entity),
      writes: new RecordWrites(this.deps, integration, settler),
      now: clock.now(),
    });
  }

  #mappings({ organizationId, type }: Integration, entity: string) {
    return this.deps.mappings.entity(organizationId, type, entity);
  }

  #adapter({ type }: Integration): IntegrationAdapter {
    const adapter = this.deps.adapters.get(type);
    if (!adapter) throw new Error(`${type} has no adapter.`);
    return adapter;
  }

  /** Waiting for a place in the limits is no failure, and takes none of the job's tries. */
  async #unlessLimited<T extends object>(run: () => Promise<T>): Promise<T | { afterMs: number }> {
    try {
      return await run();
    } catch (error) {
      if (!(error instanceof ExternalServiceError) || error.vendorCode !== CALL_LIMIT) throw error;
      return { afterMs: error.retryAfterMs ?? BUSY_MS };
    }
  }

  async #later(payload: OutboundJob, afterMs: number): Promise<void> {
    const { jobs, clock } = this.deps;
    const runAt = new Date(clock.now().getTime() + afterMs);
    await jobs.enqueue({ type: OUTBOUND_JOB, payload, runAt });
  }
}

function jobFor({ id, organizationId }: Integration, entity: string): OutboundJob {
  return { organizationId, integrationId: id, entity };
}
