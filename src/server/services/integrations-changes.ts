import 'server-only';
import { z } from 'zod';
import { provide, singleton } from '@/core/singletons';
import { ChangeRepository } from '@/features/integrations/changes/repository';
import { LiveChangesService } from '@/features/integrations/changes/service';
import { ChangeSubscriber } from '@/features/integrations/changes/subscriber';
import type { IntegrationRepository } from '@/features/integrations/connections/repository';
import { IntegrationConnectionService } from '@/features/integrations/connections/service';
import type { recordStores as storesOf } from '@/features/integrations/data/stores';
import type { ExpressionService } from '@/features/integrations/mapping/expressions';
import type { MappingRepository } from '@/features/integrations/mapping/repository';
import { changeFeeds, type integrationAdapters } from '@/features/integrations/providers/registry';
import type { ShardEngine } from '@/features/integrations/shards/engine';
import type { RelationSync } from '@/features/integrations/shards/relations';
import { CATCH_UP_JOB, CatchUp } from '@/features/integrations/sync/catch-up';
import { ChangeHints } from '@/features/integrations/sync/hints';
import type { OutboundRunner } from '@/features/integrations/sync/outbound';
import { REFETCH_JOB, RecordRefetch } from '@/features/integrations/sync/refetch';
import type { SyncRepository } from '@/features/integrations/sync/repository';
import { SyncTaskService } from '@/features/integrations/sync/service';
import { AuditLog } from '@/features/organizations/audit';
import { core } from '../core';

/** Changes as they happen, where a vendor tells of them over a line that stays open. */
const integrations = () => singleton<IntegrationRepository>('IntegrationRepository');
const catchUp = () => singleton<CatchUp>('CatchUp');
const session = (id: string, signal: AbortSignal) =>
  IntegrationConnectionService.getInstance().session(id, signal);

provide('ChangeRepository', () => new ChangeRepository(core.db));
provide(
  'CatchUp',
  () => new CatchUp({ sync: SyncTaskService.getInstance(), jobs: core.jobs, clock: core.clock }),
);
provide('ChangeHints', () => new ChangeHints({ catchUp: catchUp(), jobs: core.jobs, clock: core.clock }));
provide(
  'RecordRefetch',
  () =>
    new RecordRefetch({
      repository: singleton<SyncRepository>('SyncRepository'),
      integrations: integrations(),
      mappings: singleton<MappingRepository>('MappingRepository'),
      records: singleton<ReturnType<typeof storesOf>>('RecordStores'),
      shards: singleton<ShardEngine>('ShardEngine'),
      relations: singleton<RelationSync>('RelationSync'),
      adapters: singleton<ReturnType<typeof integrationAdapters>>('IntegrationAdapters'),
      session,
      expressions: singleton<ExpressionService>('ExpressionService'),
      outbound: singleton<OutboundRunner>('OutboundRunner'),
      catchUp: catchUp(),
      locks: core.locks,
      jobs: core.jobs,
      clock: core.clock,
    }),
);
provide(
  'LiveChangesService',
  () =>
    new LiveChangesService({
      repository: singleton<ChangeRepository>('ChangeRepository'),
      integrations: integrations(),
      audit: AuditLog.getInstance(),
    }),
);
provide(
  'ChangeSubscriber',
  () =>
    new ChangeSubscriber({
      repository: singleton<ChangeRepository>('ChangeRepository'),
      integrations: integrations(),
      feeds: changeFeeds(core.env),
      catchUp: catchUp(),
      hints: singleton<ChangeHints>('ChangeHints'),
      session,
      locks: core.locks,
      clock: core.clock,
    }),
);

const ownerOf = async ({ integrationId }: { integrationId: string }) =>
  (await integrations().find(integrationId))?.organizationId ?? null;

core.jobRegistry.register(
  REFETCH_JOB,
  z.object({
    organizationId: z.string(),
    integrationId: z.string(),
    entity: z.string(),
    ids: z.array(z.string()),
    waited: z.int(),
  }),
  ({ payload, signal }) => singleton<RecordRefetch>('RecordRefetch').work(payload, signal),
  { ownerOf },
);
core.jobRegistry.register(
  CATCH_UP_JOB,
  z.object({ integrationId: z.string(), entity: z.string(), full: z.boolean(), key: z.string() }),
  ({ payload }) => catchUp().work(payload),
  { ownerOf },
);
