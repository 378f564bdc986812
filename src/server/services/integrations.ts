import 'server-only';
import { z } from 'zod';
import { provide, singleton } from '@/core/singletons';
import { PipelineService } from '@/features/crm/pipelines';
import type { CRMRepository } from '@/features/crm/repository';
import { isStaged } from '@/features/crm/schema';
import { IntegrationConnector } from '@/features/integrations/connections/connector';
import { IntegrationConsent } from '@/features/integrations/connections/consent';
import { IntegrationRepository } from '@/features/integrations/connections/repository';
import { IntegrationConnectionService } from '@/features/integrations/connections/service';
import { CredentialRepository } from '@/features/integrations/credentials/repository';
import { SecureCredentialService } from '@/features/integrations/credentials/service';
import type { recordStores as storesOf } from '@/features/integrations/data/stores';
import { integrationConnected } from '@/features/integrations/events';
import type { InboundSubscriptions } from '@/features/integrations/inbound/subscriptions';
import type { CallGate } from '@/features/integrations/limits/gate';
import { ExpressionService } from '@/features/integrations/mapping/expressions';
import { MappingRepository } from '@/features/integrations/mapping/repository';
import { DataMappingService } from '@/features/integrations/mapping/service';
import { integrationAdapters } from '@/features/integrations/providers/registry';
import { IntegrationRegistryService } from '@/features/integrations/registry';
import type { ShardEngine } from '@/features/integrations/shards/engine';
import type { RelationSync } from '@/features/integrations/shards/relations';
import { ConflictService } from '@/features/integrations/sync/conflict-service';
import { RecordEdits } from '@/features/integrations/sync/edits';
import { OUTBOUND_JOB, OutboundRunner } from '@/features/integrations/sync/outbound';
import { SyncRepository } from '@/features/integrations/sync/repository';
import { SYNC_JOB, SyncRunner } from '@/features/integrations/sync/runner';
import { NUDGE_JOB, SyncTaskService } from '@/features/integrations/sync/service';
import { FORGET_JOB, SyncSetup } from '@/features/integrations/sync/setup';
import { AuditLog } from '@/features/organizations/audit';
import { can } from '@/features/organizations/permissions';
import type { OrganizationRepository } from '@/features/organizations/repository';
import { core } from '../core';
import { listen } from '../listen';
import { sandboxCrm } from './integrations-sandbox';
import './integrations-webhooks';

// Field mappings -------------------------------------------------------------------------------------------------------------

provide('MappingRepository', () => new MappingRepository(core.db));
provide('ExpressionService', () => new ExpressionService());
provide(
  'DataMappingService',
  () =>
    new DataMappingService({
      repository: singleton<MappingRepository>('MappingRepository'),
      expressions: singleton<ExpressionService>('ExpressionService'),
      audit: AuditLog.getInstance(),
      changed: async (organizationId, integrationType) => {
        const all = singleton<IntegrationRepository>('IntegrationRepository').each(organizationId);
        for await (const { id, type } of all)
          if (type === integrationType) await SyncTaskService.getInstance().nudge(organizationId, id);
      },
    }),
);

// Connections ----------------------------------------------------------------------------------------------------------------

provide('IntegrationRepository', () => new IntegrationRepository(core.db));
provide('CredentialRepository', () => new CredentialRepository(core.db));
provide('IntegrationAdapters', () =>
  integrationAdapters(
    {
      http: core.outbound,
      resilience: core.resilience,
      clock: core.clock,
      env: core.env,
      gate: singleton<CallGate>('CallGate'),
    },
    sandboxCrm(),
  ),
);
const adapters = () => singleton<ReturnType<typeof integrationAdapters>>('IntegrationAdapters');
const credentialRepository = () => singleton<CredentialRepository>('CredentialRepository');
const credentials = () => singleton<SecureCredentialService>('SecureCredentialService');
const connector = () => singleton<IntegrationConnector>('IntegrationConnector');
const setup = () => singleton<SyncSetup>('SyncSetup');
const recordStores = () => singleton<ReturnType<typeof storesOf>>('RecordStores');
const syncRepository = () => singleton<SyncRepository>('SyncRepository');

provide(
  'SecureCredentialService',
  () =>
    new SecureCredentialService({
      repository: credentialRepository(),
      encryption: core.encryption,
      adapters: adapters(),
      locks: core.locks,
      onRefused: (tx, credential, reason) => connector().needsReauthIn(tx, credential, reason),
      clock: core.clock,
      ids: core.ids,
    }),
);
provide(
  'IntegrationConnector',
  () =>
    new IntegrationConnector({
      repository: singleton<IntegrationRepository>('IntegrationRepository'),
      credentials: credentials(),
      outbox: core.outbox,
      audit: AuditLog.getInstance(),
      parts: [setup()],
    }),
);
provide(
  'IntegrationConnectionService',
  () =>
    new IntegrationConnectionService({
      repository: singleton<IntegrationRepository>('IntegrationRepository'),
      credentials: credentials(),
      adapters: adapters(),
      connector: connector(),
      consent: new IntegrationConsent({
        repository: credentialRepository(),
        encryption: core.encryption,
        adapters: adapters(),
        mayManage: async (userId, organizationId) => {
          const organizations = singleton<OrganizationRepository>('OrganizationRepository');
          const found = await organizations.membership(organizationId, userId);
          return (
            found !== null &&
            found.organization.deletion === null &&
            can(found.member.role, 'integrations.manage')
          );
        },
        store: (type, owner, authenticated) => connector().store(type, owner, authenticated),
        clock: core.clock,
        ids: core.ids,
        appUrl: core.env.APP_URL,
      }),
      registry: IntegrationRegistryService.getInstance(),
      audit: AuditLog.getInstance(),
      ends: [setup(), singleton<InboundSubscriptions>('InboundSubscriptions')],
      clock: core.clock,
    }),
);

core.cron.on('credential-refresh', 'integrations', ({ until, signal }) =>
  credentials().upkeep(() => !signal.aborted && core.clock.now() < until),
);
core.secretStores.set('integration_credentials', {
  name: 'integration_credentials',
  page: (afterId, limit) => credentialRepository().secretStore().page(afterId, limit),
  replace: (id, expected, payload) => credentialRepository().secretStore().replace(id, expected, payload),
});

// Syncing --------------------------------------------------------------------------------------------------------------------

provide('SyncRepository', () => new SyncRepository(core.db));
provide(
  'SyncSetup',
  () =>
    new SyncSetup({
      repository: syncRepository(),
      mappings: singleton<MappingRepository>('MappingRepository'),
      records: singleton<CRMRepository>('CRMRepository'),
      stores: recordStores(),
      jobs: core.jobs,
      exists: (id) => singleton<IntegrationRepository>('IntegrationRepository').exists(id),
      clock: core.clock,
    }),
);
provide(
  'SyncTaskService',
  () =>
    new SyncTaskService({
      repository: syncRepository(),
      integrations: singleton<IntegrationRepository>('IntegrationRepository'),
      jobs: core.jobs,
      audit: AuditLog.getInstance(),
      clock: core.clock,
      ids: core.ids,
    }),
);
provide(
  'OutboundRunner',
  () =>
    new OutboundRunner({
      repository: syncRepository(),
      integrations: singleton<IntegrationRepository>('IntegrationRepository'),
      mappings: singleton<MappingRepository>('MappingRepository'),
      records: singleton<CRMRepository>('CRMRepository'),
      adapters: adapters(),
      shards: singleton<ShardEngine>('ShardEngine'),
      session: (id, signal) => IntegrationConnectionService.getInstance().session(id, signal),
      expressions: singleton<ExpressionService>('ExpressionService'),
      locks: core.locks,
      jobs: core.jobs,
      clock: core.clock,
    }),
);
const outbound = () => singleton<OutboundRunner>('OutboundRunner');
provide(
  'RecordEdits',
  () =>
    new RecordEdits({
      repository: syncRepository(),
      integrations: singleton<IntegrationRepository>('IntegrationRepository'),
      mappings: singleton<MappingRepository>('MappingRepository'),
      adapters: adapters(),
      expressions: singleton<ExpressionService>('ExpressionService'),
      jobs: core.jobs,
      clock: core.clock,
    }),
);
provide(
  'ConflictService',
  () =>
    new ConflictService({
      repository: syncRepository(),
      integrations: singleton<IntegrationRepository>('IntegrationRepository'),
      mappings: singleton<MappingRepository>('MappingRepository'),
      records: singleton<CRMRepository>('CRMRepository'),
      expressions: singleton<ExpressionService>('ExpressionService'),
      jobs: core.jobs,
      audit: AuditLog.getInstance(),
      clock: core.clock,
    }),
);
provide(
  'SyncRunner',
  () =>
    new SyncRunner({
      repository: syncRepository(),
      integrations: singleton<IntegrationRepository>('IntegrationRepository'),
      mappings: singleton<MappingRepository>('MappingRepository'),
      records: recordStores(),
      adapters: adapters(),
      session: (id, signal, priority) =>
        IntegrationConnectionService.getInstance().session(id, signal, priority),
      expressions: singleton<ExpressionService>('ExpressionService'),
      locks: core.locks,
      jobs: core.jobs,
      outbox: core.outbox,
      outbound: outbound(),
      shards: singleton<ShardEngine>('ShardEngine'),
      relations: singleton<RelationSync>('RelationSync'),
      clock: core.clock,
      ids: core.ids,
    }),
);

/** A payload's own word is not enough: the integration says whose it is. */
async function ownerOfIntegration({ integrationId }: { integrationId: string }): Promise<string | null> {
  const found = await singleton<IntegrationRepository>('IntegrationRepository').find(integrationId);
  return found?.organizationId ?? null;
}

core.jobRegistry.register(
  OUTBOUND_JOB,
  z.object({ organizationId: z.string(), integrationId: z.string(), entity: z.string() }),
  async ({ payload, signal }) => {
    const { organizationId, integrationId, entity } = payload;
    if (isStaged(entity)) await PipelineService.getInstance().recount(organizationId, integrationId);
    await outbound().work(payload, signal);
  },
  { maxAttempts: 5, ownerOf: ownerOfIntegration },
);
core.jobRegistry.register(
  SYNC_JOB,
  z.object({ taskId: z.string(), run: z.int(), part: z.int() }),
  ({ payload, signal }) => singleton<SyncRunner>('SyncRunner').work(payload, signal),
  {
    maxAttempts: 5,
    ownerOf: async ({ taskId }) => (await syncRepository().task(taskId))?.organizationId ?? null,
  },
);
core.jobRegistry.register(
  FORGET_JOB,
  z.object({ integrationId: z.string() }),
  ({ payload, signal }) => setup().forgetRecords(payload.integrationId, signal),
  { ownerOf: ownerOfIntegration },
);
core.jobRegistry.register(
  NUDGE_JOB,
  z.object({ integrationId: z.string() }),
  ({ payload }) => SyncTaskService.getInstance().nudged(payload.integrationId),
  { ownerOf: ownerOfIntegration },
);
core.cron.on('integration-sync', 'integrations', ({ until, signal }) =>
  SyncTaskService.getInstance().sweep(() => !signal.aborted && core.clock.now() < until),
);
listen(
  integrationConnected,
  'integrations.first_sync',
  ({ organizationId, integrationId }, { eventId }) =>
    SyncTaskService.getInstance().startFirst(organizationId, integrationId, eventId),
  { durable: true },
);
