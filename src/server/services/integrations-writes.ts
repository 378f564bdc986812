import 'server-only';
import { provide, singleton } from '@/core/singletons';
import type { CRMRepository } from '@/features/crm/repository';
import type { IntegrationRepository } from '@/features/integrations/connections/repository';
import { IntegrationConnectionService } from '@/features/integrations/connections/service';
import type { ExpressionService } from '@/features/integrations/mapping/expressions';
import type { MappingRepository } from '@/features/integrations/mapping/repository';
import type { integrationAdapters } from '@/features/integrations/providers/registry';
import { ConflictUndo } from '@/features/integrations/sync/conflict-undo';
import { RecordErasure } from '@/features/integrations/sync/erasure';
import type { OutboundRunner } from '@/features/integrations/sync/outbound';
import type { SyncRepository } from '@/features/integrations/sync/repository';
import { AuditLog } from '@/features/organizations/audit';
import { core } from '../core';

const shared = () => ({
  repository: singleton<SyncRepository>('SyncRepository'),
  integrations: singleton<IntegrationRepository>('IntegrationRepository'),
  records: singleton<CRMRepository>('CRMRepository'),
  adapters: singleton<ReturnType<typeof integrationAdapters>>('IntegrationAdapters'),
  session: (id: string, signal: AbortSignal) =>
    IntegrationConnectionService.getInstance().session(id, signal),
  locks: core.locks,
  clock: core.clock,
});

/** What people take back, and what vendors had removed for good. */
provide(
  'ConflictUndo',
  () =>
    new ConflictUndo({
      ...shared(),
      mappings: singleton<MappingRepository>('MappingRepository'),
      expressions: singleton<ExpressionService>('ExpressionService'),
      audit: AuditLog.getInstance(),
    }),
);
provide(
  'RecordErasure',
  () => new RecordErasure({ ...shared(), outbound: singleton<OutboundRunner>('OutboundRunner') }),
);
