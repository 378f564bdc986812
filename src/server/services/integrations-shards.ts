import 'server-only';
import { provide, singleton } from '@/core/singletons';
import type { CRMRepository } from '@/features/crm/repository';
import type { IntegrationRepository } from '@/features/integrations/connections/repository';
import type { ExpressionService } from '@/features/integrations/mapping/expressions';
import type { MappingRepository } from '@/features/integrations/mapping/repository';
import type { integrationAdapters } from '@/features/integrations/providers/registry';
import { INTEGRATIONS } from '@/features/integrations/registry.data';
import { ShardEngine } from '@/features/integrations/shards/engine';
import { RelationSync } from '@/features/integrations/shards/relations';
import { RelationRepository, ShardRepository } from '@/features/integrations/shards/repository';
import { IntegrationShardService } from '@/features/integrations/shards/service';
import { ShardSweep } from '@/features/integrations/shards/sweep';
import type { SyncRepository } from '@/features/integrations/sync/repository';
import { SyncTaskService } from '@/features/integrations/sync/service';
import { AuditLog } from '@/features/organizations/audit';
import { core } from '../core';

/** What a vendor's record becomes beside the one that it is, and which records belong together. */

provide('ShardRepository', () => new ShardRepository(core.db));
provide('RelationRepository', () => new RelationRepository(core.db));
const integrations = () => singleton<IntegrationRepository>('IntegrationRepository');
const relations = () => singleton<RelationRepository>('RelationRepository');
const repository = () => singleton<ShardRepository>('ShardRepository');

provide(
  'ShardEngine',
  () =>
    new ShardEngine({
      repository: repository(),
      relations: relations(),
      records: singleton<CRMRepository>('CRMRepository'),
      expressions: singleton<ExpressionService>('ExpressionService'),
    }),
);
provide(
  'RelationSync',
  () =>
    new RelationSync({
      repository: relations(),
      sync: singleton<SyncRepository>('SyncRepository'),
      integrations: integrations(),
      outbox: core.outbox,
      clock: core.clock,
    }),
);
provide(
  'IntegrationShardService',
  () =>
    new IntegrationShardService({
      repository: repository(),
      integrations: integrations(),
      mappings: singleton<MappingRepository>('MappingRepository'),
      expressions: singleton<ExpressionService>('ExpressionService'),
      audit: AuditLog.getInstance(),
      hasEntity: (type, entity) =>
        INTEGRATIONS.some(
          (one) => one.type === type && one.category === 'crm' && one.entities.includes(entity),
        ),
      changed: async (organizationId, integrationType) => {
        for await (const { id, type } of integrations().each(organizationId))
          if (type === integrationType) await SyncTaskService.getInstance().nudge(organizationId, id);
      },
    }),
);

provide(
  'ShardSweep',
  () =>
    new ShardSweep({
      engine: singleton<ShardEngine>('ShardEngine'),
      repository: repository(),
      integrations: integrations(),
      sync: singleton<SyncRepository>('SyncRepository'),
      records: singleton<CRMRepository>('CRMRepository'),
      adapters: singleton<ReturnType<typeof integrationAdapters>>('IntegrationAdapters'),
    }),
);

core.cron.on('integration-sync', 'shards', ({ until, signal }) =>
  singleton<ShardSweep>('ShardSweep').sweep(() => !signal.aborted && core.clock.now() < until),
);
core.cron.on('integration-sync', 'relations', ({ until, signal }) =>
  singleton<RelationSync>('RelationSync').report(() => !signal.aborted && core.clock.now() < until),
);
