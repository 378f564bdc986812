import 'server-only';
import { provide, singleton } from '@/core/singletons';
import { PipelineService } from '@/features/crm/pipelines';
import { CRMRepository } from '@/features/crm/repository';
import { CRMService } from '@/features/crm/service';
import type { IntegrationRepository } from '@/features/integrations/connections/repository';
import { IntegrationConnectionService } from '@/features/integrations/connections/service';
import { crmSyncCompleted } from '@/features/integrations/events';
import type { MappingRepository } from '@/features/integrations/mapping/repository';
import type { integrationAdapters } from '@/features/integrations/providers/registry';
import type { RecordEdits } from '@/features/integrations/sync/edits';
import { StageBook } from '@/features/integrations/sync/stages';
import { core } from '../core';
import { listen } from '../listen';

/** Mirrored contacts, companies and deals. */
provide('CRMRepository', () => new CRMRepository(core.db));
provide(
  'CRMService',
  () =>
    new CRMService({
      repository: singleton<CRMRepository>('CRMRepository'),
      outlet: singleton<RecordEdits>('RecordEdits'),
      clock: core.clock,
      ids: core.ids,
    }),
);
provide(
  'PipelineService',
  () =>
    new PipelineService({
      repository: singleton<CRMRepository>('CRMRepository'),
      stages: new StageBook({
        integrations: singleton<IntegrationRepository>('IntegrationRepository'),
        mappings: singleton<MappingRepository>('MappingRepository'),
        adapters: singleton<ReturnType<typeof integrationAdapters>>('IntegrationAdapters'),
        session: (id, signal) => IntegrationConnectionService.getInstance().session(id, signal),
        cache: { getOrLoad: (key, load, options) => core.cache.getOrLoad(key, load, options) },
      }),
      clock: core.clock,
    }),
);

listen(
  crmSyncCompleted,
  'crm.counters',
  ({ organizationId, integrationId, created, updated, deleted }) =>
    PipelineService.getInstance().recount(organizationId, integrationId, created + updated + deleted > 0),
  { durable: true },
);
