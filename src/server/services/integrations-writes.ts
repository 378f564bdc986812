import 'server-only';
import { z } from 'zod';
import { provide, singleton } from '@/core/singletons';
import type { CRMRepository } from '@/features/crm/repository';
import type { IntegrationRepository } from '@/features/integrations/connections/repository';
import { IntegrationConnectionService } from '@/features/integrations/connections/service';
import type { Consume } from '@/features/integrations/inbound/processor';
import type { ExpressionService } from '@/features/integrations/mapping/expressions';
import type { MappingRepository } from '@/features/integrations/mapping/repository';
import type { integrationAdapters } from '@/features/integrations/providers/registry';
import { ConflictUndo } from '@/features/integrations/sync/conflict-undo';
import { RecordErasure } from '@/features/integrations/sync/erasure';
import type { OutboundRunner } from '@/features/integrations/sync/outbound';
import type { SyncRepository } from '@/features/integrations/sync/repository';
import { SyncTaskService } from '@/features/integrations/sync/service';
import { AuditLog } from '@/features/organizations/audit';
import { core } from '../core';

/** Longer than a vendor may take for its answer, and shorter than a platform lets a job run. */
const ERASE_MS = 40_000;

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

/** What a vendor reports is a hint: the records themselves are read again. */
export const syncSoon: Consume = async ({ organizationId }, { integrationId }) => {
  if (integrationId) await SyncTaskService.getInstance().nudge(organizationId, integrationId);
};

const hubspotEvents = z.array(
  z.looseObject({
    subscriptionType: z.string().optional(),
    objectId: z.union([z.number(), z.string()]).optional(),
  }),
);
/** Whom a person had removed for good is removed here at once. */
export const hubspotChanged: Consume = async (event, registration, body) => {
  const { integrationId } = registration;
  const told = hubspotEvents.parse(JSON.parse(new TextDecoder().decode(await body())));
  const ids = told.flatMap(({ subscriptionType, objectId }) =>
    subscriptionType === 'contact.privacyDeletion' && objectId !== undefined ? [String(objectId)] : [],
  );
  if (integrationId && ids.length > 0) {
    const signal = AbortSignal.timeout(ERASE_MS);
    const erasure = singleton<RecordErasure>('RecordErasure');
    await erasure.erase(event.organizationId, integrationId, 'contact', ids, signal);
  }
  await syncSoon(event, registration, body);
};
