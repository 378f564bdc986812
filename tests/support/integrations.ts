import type { FakeHubSpot } from '@tests/fakes/hubspot';
import { platformEnv } from '@tests/fakes/platforms/harness';
import { OutboundHttp } from '@/core/http/outbound';
import { LockService } from '@/core/locks/locks';
import { ResilienceService } from '@/core/resilience/policy';
import { provide } from '@/core/singletons';
import type { FixedClock } from '@/core/time/clock';
import { IntegrationConnector } from '@/features/integrations/connections/connector';
import { IntegrationConsent } from '@/features/integrations/connections/consent';
import { IntegrationRepository } from '@/features/integrations/connections/repository';
import { IntegrationConnectionService } from '@/features/integrations/connections/service';
import { CredentialRepository } from '@/features/integrations/credentials/repository';
import { SecureCredentialService } from '@/features/integrations/credentials/service';
import { integrationAdapters } from '@/features/integrations/providers/registry';
import { AuditLog } from '@/features/organizations/audit';
import { core } from '@/server/core';

/**
 * Integrations against a fake of the vendor: the product's own classes on the emulator, with a clock that tests can move. Call it
 * again with the same clock for "another process". With `serve` the routes use it too.
 */
export function integrationWorld(options: {
  clock: FixedClock;
  fake: FakeHubSpot;
  env?: Record<string, string>;
  mayManage?: () => boolean;
  serve?: boolean;
}) {
  const { clock, fake } = options;
  const env = platformEnv({
    HUBSPOT_CLIENT_ID: fake.clientId,
    HUBSPOT_CLIENT_SECRET: fake.clientSecret,
    HUBSPOT_API_BASE_URL: fake.url,
    HUBSPOT_AUTH_BASE_URL: fake.url,
    ...options.env,
  });
  const adapters = integrationAdapters({
    http: new OutboundHttp({ allowHosts: ['127.0.0.1'], clock }),
    resilience: new ResilienceService({ random: () => 0, failuresToOpen: 1_000 }),
    clock,
    env,
  });
  const repository = new IntegrationRepository(core.db);
  const credentialRepository = new CredentialRepository(core.db);
  const audit = AuditLog.getInstance();
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
    outbox: core.outbox,
    parts: [],
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
    ends: [],
  });
  if (options.serve) provide('IntegrationConnectionService', () => service);
  return { clock, repository, credentialRepository, credentials, connector, service };
}

export type IntegrationWorld = ReturnType<typeof integrationWorld>;
