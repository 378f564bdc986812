import 'server-only';
import { isMissing } from '@/core/db/db';
import { ExternalServiceError } from '@/core/errors';
import type { JobQueue } from '@/core/jobs/job-queue';
import type { LockService } from '@/core/locks/locks';
import type { Clock } from '@/core/time/clock';
import type { Integration, IntegrationRepository } from '../connections/repository';
import type { IntegrationType } from '../connections/schema';
import { CALL_LIMIT } from '../limits/gate';
import type { Expressions } from '../mapping/mapper';
import type { MappingRepository } from '../mapping/repository';
import type { IntegrationAdapter, VendorRecord, VendorSession } from '../providers/types';
import type { ShardEngine } from '../shards/engine';
import type { RelationSync } from '../shards/relations';
import type { CatchUp } from './catch-up';
import { mappingVersionOf, mapVendorRecord } from './mapped';
import { lockOf, type OutboundRunner } from './outbound';
import { CheckpointStore } from './pass-store';
import { type Change, newlyAbsorbed, planRecord } from './plan';
import type { RecordStores } from './records';
import type { RecordLink, SyncRepository } from './repository';

export const REFETCH_JOB = 'sync.refetch';
/** Records of one job: what one call brings and one commit takes. */
export const REFETCH_AT_ONCE = 100;
const LEASE_MS = 60_000;
const BUDGET_MS = 40_000;
/** Something else is at these records. A push is done by then; a sync may take hours. */
const BUSY_MS = 5_000;
const MOST_WAITS = 2;

export interface RefetchJob {
  organizationId: string;
  integrationId: string;
  entity: string;
  ids: string[];
  /** How often it found something else at these records. */
  waited: number;
}

export interface RefetchDeps {
  repository: SyncRepository;
  integrations: Pick<IntegrationRepository, 'get'>;
  mappings: Pick<MappingRepository, 'entity'>;
  records: RecordStores;
  shards: Pick<ShardEngine, 'prepare'>;
  relations: Pick<RelationSync, 'reader' | 'settle'>;
  adapters: ReadonlyMap<IntegrationType, IntegrationAdapter>;
  session(integrationId: string, signal: AbortSignal): VendorSession;
  expressions: Expressions;
  locks: Pick<LockService, 'withLock'>;
  jobs: Pick<JobQueue, 'enqueue'>;
  outbound: Pick<OutboundRunner, 'settler' | 'step' | 'recover'>;
  catchUp: Pick<CatchUp, 'changed'>;
  clock: Clock;
}

/**
 * Asks for records that a vendor named and takes over what they are now: in whatever order, and however often, they were named.
 * One that is not there any more, or that others here were merged into, is left to a pass, which knows the vendor's list of deletions and
 * when there are too many.
 */
export class RecordRefetch {
  constructor(readonly deps: RefetchDeps) {}

  /** @throws ExternalServiceError for the queue to try again. */
  async work(job: RefetchJob, signal: AbortSignal): Promise<void> {
    const { integrations, repository, locks } = this.deps;
    const { organizationId, integrationId, entity, ids } = job;
    const integration = await integrations.get(organizationId, integrationId);
    if (!integration || integration.status === 'disconnected' || integration.status === 'reauth_required')
      return;
    // The first sync brings everything.
    if (!(await repository.checkpoint(integrationId, entity))) return;
    try {
      const outcome = await locks.withLock(
        lockOf(integrationId, entity),
        { ttlMs: LEASE_MS },
        (_lock, lost) => this.#refetch(integration, entity, ids, AbortSignal.any([signal, lost])),
      );
      if (!outcome.acquired) await this.#busy(job);
    } catch (error) {
      // Deleted in the middle: there is nothing left to write to.
      if (isMissing(error)) return;
      // Waiting for a place in the limits is no failure, and takes none of the job's tries.
      if (!(error instanceof ExternalServiceError) || error.vendorCode !== CALL_LIMIT) throw error;
      await this.#later(job, error.retryAfterMs ?? BUSY_MS);
    }
  }

  async #refetch(
    integration: Integration,
    entity: string,
    ids: readonly string[],
    signal: AbortSignal,
  ): Promise<void> {
    const { adapters, session, mappings, relations, repository, clock, outbound } = this.deps;
    const adapter = adapters.get(integration.type);
    if (!adapter) throw new Error(`${integration.type} has no adapter.`);
    const rules = await mappings.entity(integration.organizationId, integration.type, entity);
    const calls = session(integration.id, signal);
    await outbound.recover(integration, entity, signal);
    const fields = rules.map(({ externalField }) => externalField);
    const answered = await adapter.fetchByIds(calls, entity, ids, fields);
    // Asked for by the id of one that was merged into it, a record comes under its own, and then perhaps twice.
    const found = [...new Map(answered.map((record) => [record.externalId, record])).values()];
    const there = found.map(({ externalId }) => externalId);
    await relations.reader(integration, entity, adapter, calls)(there);
    const links = await repository.links(integration.id, entity, [...new Set([...ids, ...there])]);
    const changes: Change[] = [];
    let gone = links.some(({ externalId, deleted }) => !deleted && !there.includes(externalId));
    for (const record of found) {
      const link = links.find(({ externalId }) => externalId === record.externalId) ?? null;
      const planned = await this.#planned(record, link, rules);
      const others = await repository.links(integration.id, entity, planned.absorbed);
      const absorbs = others.some(({ deleted }) => !deleted);
      // Whose values live on in it goes in the same commit: the pass knows them, and would not look for them afterwards.
      if (planned.change && !absorbs) changes.push(planned.change);
      gone ||= absorbs;
    }
    signal.throwIfAborted();
    const until = clock.now().getTime() + BUDGET_MS;
    const open = () => clock.now().getTime() < until;
    if (changes.length > 0) await this.#apply(integration, entity, adapter, changes);
    if (there.length > 0) await relations.settle(integration, entity, open);
    if (changes.length > 0) await outbound.step(integration, entity, signal, open);
    if (gone) await this.deps.catchUp.changed(integration.id, entity);
  }

  async #planned(
    record: VendorRecord,
    link: RecordLink | null,
    rules: Awaited<ReturnType<MappingRepository['entity']>>,
  ): Promise<{ change: Change | null; absorbed: readonly string[] }> {
    const mapped = await mapVendorRecord(record, rules, mappingVersionOf(rules), this.deps.expressions);
    return { ...planRecord(mapped, link), absorbed: newlyAbsorbed(mapped.absorbed, link) };
  }

  async #apply(
    integration: Integration,
    entity: string,
    adapter: IntegrationAdapter,
    changes: readonly Change[],
  ): Promise<void> {
    const settler = await this.deps.outbound.settler(integration, entity);
    const records = this.deps.records.of(integration.type);
    const task = { id: REFETCH_JOB };
    const target = { integration, entity, adapter, settler, task };
    await new CheckpointStore({ ...this.deps, records }, target).apply(changes);
  }

  /** A sync that runs may be past these records; one pass after it finds them all. */
  async #busy(job: RefetchJob): Promise<void> {
    if (job.waited >= MOST_WAITS) await this.deps.catchUp.changed(job.integrationId, job.entity);
    else await this.#later({ ...job, waited: job.waited + 1 }, BUSY_MS);
  }

  async #later(payload: RefetchJob, afterMs: number): Promise<void> {
    const { jobs, clock } = this.deps;
    const runAt = new Date(clock.now().getTime() + afterMs);
    await jobs.enqueue({ type: REFETCH_JOB, payload, runAt, concurrencyKey: refetchKeyOf(payload) });
  }
}

/** Two jobs of one kind of record would only wait for each other. */
export function refetchKeyOf({
  integrationId,
  entity,
}: Pick<RefetchJob, 'integrationId' | 'entity'>): string {
  return `refetch_${integrationId}_${entity}`;
}
