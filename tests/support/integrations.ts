import { platformEnv } from '@tests/fakes/platforms/harness';
import type { Tx } from '@/core/db/db';
import { EventBus } from '@/core/events/bus';
import { Outbox } from '@/core/events/outbox';
import { OutboundHttp } from '@/core/http/outbound';
import type { JobRequest } from '@/core/jobs/job-queue';
import { LockService } from '@/core/locks/locks';
import { ResilienceService } from '@/core/resilience/policy';
import { provide } from '@/core/singletons';
import type { FixedClock } from '@/core/time/clock';
import { CRMRepository } from '@/features/crm/repository';
import { CRMService } from '@/features/crm/service';
import { IntegrationConnector } from '@/features/integrations/connections/connector';
import { IntegrationConsent } from '@/features/integrations/connections/consent';
import { IntegrationRepository } from '@/features/integrations/connections/repository';
import { IntegrationConnectionService } from '@/features/integrations/connections/service';
import { CredentialRepository } from '@/features/integrations/credentials/repository';
import { SecureCredentialService } from '@/features/integrations/credentials/service';
import { IntegrationDataRepository } from '@/features/integrations/data/repository';
import { recordStores } from '@/features/integrations/data/stores';
import { ToldChanges } from '@/features/integrations/inbound/told-changes';
import type { CallGate } from '@/features/integrations/limits/gate';
import { ExpressionService } from '@/features/integrations/mapping/expressions';
import { MappingRepository } from '@/features/integrations/mapping/repository';
import { integrationAdapters } from '@/features/integrations/providers/registry';
import { IntegrationRegistryService } from '@/features/integrations/registry';
import { INTEGRATIONS } from '@/features/integrations/registry.data';
import type { SandboxCrm } from '@/features/integrations/sandbox/crm';
import { ShardEngine } from '@/features/integrations/shards/engine';
import { RelationSync } from '@/features/integrations/shards/relations';
import { RelationRepository, ShardRepository } from '@/features/integrations/shards/repository';
import { IntegrationShardService } from '@/features/integrations/shards/service';
import { ShardSweep } from '@/features/integrations/shards/sweep';
import { CATCH_UP_JOB, CatchUp, type CatchUpJob } from '@/features/integrations/sync/catch-up';
import { ConflictService } from '@/features/integrations/sync/conflict-service';
import { ConflictUndo } from '@/features/integrations/sync/conflict-undo';
import { RecordEdits } from '@/features/integrations/sync/edits';
import { RecordErasure } from '@/features/integrations/sync/erasure';
import { ChangeHints } from '@/features/integrations/sync/hints';
import { OUTBOUND_JOB, type OutboundJob, OutboundRunner } from '@/features/integrations/sync/outbound';
import { REFETCH_JOB, RecordRefetch, type RefetchJob } from '@/features/integrations/sync/refetch';
import { SyncRepository } from '@/features/integrations/sync/repository';
import { type SyncJob, SyncRunner } from '@/features/integrations/sync/runner';
import { NUDGE_JOB, SyncTaskService } from '@/features/integrations/sync/service';
import { SyncSetup } from '@/features/integrations/sync/setup';
import { AuditLog } from '@/features/organizations/audit';
import { core } from '@/server/core';

/** Jobs as they were enqueued, to be run by a test when it likes: on time, twice, or never. */
export class TestJobs {
  readonly waiting: JobRequest[] = [];
  readonly #known = new Set<string>();

  async enqueue(request: JobRequest) {
    const key = request.idempotencyKey ?? core.ids.next();
    const created = !this.#known.has(key);
    this.#known.add(key);
    if (created) this.waiting.push(request);
    return { jobId: key, created };
  }

  async enqueueIn(tx: Tx, request: JobRequest) {
    tx.afterCommit(() => void this.enqueue(request));
    return { jobId: request.idempotencyKey ?? '', created: true };
  }

  /** Runs what waits and what that leads to, moving the clock to each job's time. @returns what was run, by type. */
  async drain(world: JobWorld): Promise<string[]> {
    const done: string[] = [];
    for (let job = this.waiting.shift(); job; job = this.waiting.shift()) {
      if (job.runAt && job.runAt > world.clock.now()) world.clock.set(job.runAt);
      await run(world, job);
      done.push(job.type);
    }
    return done;
  }
}

interface JobWorld {
  clock: FixedClock;
  runner: SyncRunner;
  sync: SyncTaskService;
  outbound: OutboundRunner;
  refetch: RecordRefetch;
  catchUp: CatchUp;
}

function run(world: JobWorld, { type, payload }: JobRequest): Promise<void> {
  const { signal } = new AbortController();
  if (type === NUDGE_JOB) return world.sync.nudged((payload as { integrationId: string }).integrationId);
  if (type === REFETCH_JOB) return world.refetch.work(payload as RefetchJob, signal);
  if (type === CATCH_UP_JOB) return world.catchUp.work(payload as CatchUpJob);
  if (type === OUTBOUND_JOB) return world.outbound.work(payload as OutboundJob, signal);
  return world.runner.work(payload as SyncJob, signal);
}

/**
 * Integrations against a fake of the vendor: the product's own classes on the emulator, with a clock that tests can move. Call it
 * again with the same clock for "another process". With `serve` the routes use it too.
 */
export function integrationWorld(options: {
  clock: FixedClock;
  /** Of the vendor: its address, and the app that it knows. */
  fake: { url: string; clientId: string; clientSecret: string };
  env?: Record<string, string>;
  mayManage?: () => boolean;
  serve?: boolean;
  jobs?: TestJobs;
  syncRepository?: SyncRepository;
  budgetMs?: number;
  sandboxCrm?: SandboxCrm;
  /** What counts calls in limits; without it nothing is limited. */
  gate?: (repository: IntegrationRepository) => Pick<CallGate, 'admit'>;
  /** Connections alone, without what syncing needs of them. */
  bare?: boolean;
}) {
  const { clock, fake } = options;
  const env = platformEnv({
    HUBSPOT_CLIENT_ID: fake.clientId,
    HUBSPOT_CLIENT_SECRET: fake.clientSecret,
    HUBSPOT_API_BASE_URL: fake.url,
    HUBSPOT_AUTH_BASE_URL: fake.url,
    ...options.env,
  });
  const repository = new IntegrationRepository(core.db);
  const adapters = integrationAdapters(
    {
      http: new OutboundHttp({ allowHosts: ['127.0.0.1'], clock }),
      resilience: new ResilienceService({ random: () => 0, failuresToOpen: 1_000 }),
      clock,
      env,
      ...(options.gate ? { gate: options.gate(repository) } : {}),
    },
    options.sandboxCrm,
  );
  const credentialRepository = new CredentialRepository(core.db);
  const audit = new AuditLog(core.db, clock, core.ids);
  // Events are written and nobody hears them: a first sync begins when a test says so.
  const outbox = new Outbox(core.db, new EventBus(clock, core.ids), clock, core.ids);
  const jobs = options.jobs ?? new TestJobs();
  const syncRepository = options.syncRepository ?? new SyncRepository(core.db);
  const mappings = new MappingRepository(core.db);
  const records = new CRMRepository(core.db);
  const exists = (id: string) => repository.exists(id);
  const data = new IntegrationDataRepository(core.db, clock);
  const stores = recordStores(records, data);
  const setup = new SyncSetup({
    repository: syncRepository,
    ...{ mappings, jobs, exists, clock },
    ...{ records, stores },
  });
  const credentials: SecureCredentialService = new SecureCredentialService({
    repository: credentialRepository,
    encryption: core.encryption,
    adapters,
    locks: new LockService(core.db, clock, core.ids),
    onRefused: (tx, credential, reason) => connector.needsReauthIn(tx, credential, reason),
    clock,
    ids: core.ids,
  });
  const connector: IntegrationConnector = new IntegrationConnector({
    ...{ repository, credentials, audit },
    outbox,
    parts: options.bare ? [] : [setup],
  });
  const consent = new IntegrationConsent({
    repository: credentialRepository,
    encryption: core.encryption,
    adapters,
    mayManage: async () => options.mayManage?.() ?? true,
    store: (type, owner, authenticated) => connector.store(type, owner, authenticated),
    clock,
    ids: core.ids,
    appUrl: env.APP_URL,
  });
  const service = new IntegrationConnectionService({
    ...{ repository, credentials, adapters, connector, consent, audit, clock },
    registry: new IntegrationRegistryService(INTEGRATIONS, { integrations: repository }),
    ends: [setup],
  });
  const sync = new SyncTaskService({
    repository: syncRepository,
    integrations: repository,
    ...{ jobs, audit, clock },
    ids: core.ids,
  });
  const expressions = new ExpressionService();
  const shardRepository = new ShardRepository(core.db);
  const relationRepository = new RelationRepository(core.db);
  const shardEngine = new ShardEngine({
    repository: shardRepository,
    relations: relationRepository,
    ...{ records, expressions },
  });
  const outbound = new OutboundRunner({
    shards: shardEngine,
    repository: syncRepository,
    integrations: repository,
    ...{ mappings, records, adapters, jobs, clock, expressions },
    session: (id, signal) => service.session(id, signal),
    locks: new LockService(core.db, clock, core.ids),
  });
  const edits = new RecordEdits({
    repository: syncRepository,
    integrations: repository,
    ...{ mappings, adapters, jobs, clock, expressions },
  });
  const conflicts = new ConflictService({
    repository: syncRepository,
    integrations: repository,
    ...{ mappings, records, jobs, audit, clock, expressions },
  });
  const erasure = new RecordErasure({
    repository: syncRepository,
    integrations: repository,
    ...{ records, adapters, outbound, clock },
    session: (id, signal) => service.session(id, signal),
    locks: new LockService(core.db, clock, core.ids),
  });
  const undo = new ConflictUndo({
    repository: syncRepository,
    integrations: repository,
    ...{ mappings, records, adapters, audit, clock, expressions },
    session: (id, signal) => service.session(id, signal),
    locks: new LockService(core.db, clock, core.ids),
  });
  const crm = new CRMService({ repository: records, outlet: edits, clock, ids: core.ids });
  const relations = new RelationSync({
    repository: relationRepository,
    sync: syncRepository,
    integrations: repository,
    ...{ outbox, clock },
  });
  const shardSweep = new ShardSweep({
    engine: shardEngine,
    repository: shardRepository,
    integrations: repository,
    sync: syncRepository,
    records,
    adapters,
  });
  const shards = new IntegrationShardService({
    repository: shardRepository,
    integrations: repository,
    ...{ mappings, expressions, audit },
    hasEntity: (type, entity) =>
      INTEGRATIONS.some(
        (one) => one.type === type && one.category === 'crm' && one.entities.includes(entity),
      ),
    changed: async () => undefined,
  });
  const runner = new SyncRunner({
    repository: syncRepository,
    integrations: repository,
    ...{ mappings, adapters, jobs, clock },
    records: stores,
    session: (id, signal) => service.session(id, signal),
    expressions,
    locks: new LockService(core.db, clock, core.ids),
    ...{ outbox, outbound, relations },
    shards: shardEngine,
    ids: core.ids,
    ...(options.budgetMs === undefined ? {} : { budgetMs: options.budgetMs }),
  });
  const catchUp = new CatchUp({ sync, jobs, clock });
  const refetch = new RecordRefetch({ ...runner.deps, jobs, catchUp, outbound });
  const hints = new ChangeHints({ catchUp, jobs, clock });
  const told = new ToldChanges({ integrations: repository, adapters, sync, hints, erasure });
  if (options.serve) provide('ToldChanges', () => told);
  if (options.serve) provide('SyncTaskService', () => sync);
  if (options.serve) provide('ConflictService', () => conflicts);
  if (options.serve) provide('ConflictUndo', () => undo);
  if (options.serve) provide('RecordErasure', () => erasure);
  if (options.serve) provide('CRMService', () => crm);
  if (options.serve) provide('IntegrationShardService', () => shards);
  if (options.serve) provide('IntegrationConnectionService', () => service);
  return {
    ...{ clock, repository, credentialRepository, credentials, connector, service, adapters },
    ...{ outbound, conflicts, crm, erasure, shards, shardSweep, relations, relationRepository },
    ...{ jobs, sync, runner, setup, records, syncRepository, mappings, catchUp, refetch, hints, told },
  };
}

export type IntegrationWorld = ReturnType<typeof integrationWorld>;
