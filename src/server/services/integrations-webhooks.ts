import 'server-only';
import { z } from 'zod';
import { provide, singleton } from '@/core/singletons';
import type { IntegrationRepository } from '@/features/integrations/connections/repository';
import { IntegrationConnectionService } from '@/features/integrations/connections/service';
import { DELIVERY_JOB, WebhookDeliverer } from '@/features/integrations/deliverer';
import { WebhookEndpointService } from '@/features/integrations/endpoints';
import { subscribeWebhooks } from '@/features/integrations/handlers';
import { type Consume, InboundProcessor } from '@/features/integrations/inbound/processor';
import type { InboundProvider } from '@/features/integrations/inbound/providers.data';
import { GooglePushTokens } from '@/features/integrations/inbound/pubsub';
import { INBOUND_JOB, WebhookReceiver } from '@/features/integrations/inbound/receiver';
import { WebhookManagementService } from '@/features/integrations/inbound/registrations';
import { InboundRepository } from '@/features/integrations/inbound/repository';
import { InboundSubscriptions } from '@/features/integrations/inbound/subscriptions';
import { ToldChanges } from '@/features/integrations/inbound/told-changes';
import { InboundTrial } from '@/features/integrations/inbound/trial';
import type { integrationAdapters } from '@/features/integrations/providers/registry';
import { WebhookRepository } from '@/features/integrations/repository';
import type { RecordErasure } from '@/features/integrations/sync/erasure';
import type { ChangeHints } from '@/features/integrations/sync/hints';
import { SyncTaskService } from '@/features/integrations/sync/service';
import { AuditLog } from '@/features/organizations/audit';
import { core } from '../core';
import { listen } from '../listen';

/** Webhooks: those that organisations receive from us, and those that come in. */
provide('WebhookRepository', () => new WebhookRepository(core.db));
const repository = () => singleton<WebhookRepository>('WebhookRepository');
const deliverer = () => singleton<WebhookDeliverer>('WebhookDeliverer');

provide(
  'WebhookDeliverer',
  () =>
    new WebhookDeliverer({
      repository: repository(),
      encryption: core.encryption,
      http: core.outbound,
      jobs: core.jobs,
      outbox: core.outbox,
      clock: core.clock,
      ids: core.ids,
    }),
);
provide(
  'WebhookEndpointService',
  () =>
    new WebhookEndpointService({
      repository: repository(),
      deliverer: deliverer(),
      encryption: core.encryption,
      audit: AuditLog.getInstance(),
      refusal: (url) => core.outbound.refusal(url),
      allowHosts: core.env.OUTBOUND_ALLOW_HOSTS,
      clock: core.clock,
      ids: core.ids,
    }),
);

subscribeWebhooks(listen, (event) => deliverer().announce(event));

core.jobRegistry.register(
  DELIVERY_JOB,
  z.object({ deliveryId: z.string() }),
  ({ payload }) => deliverer().attempt(payload.deliveryId),
  { ownerOf: async ({ deliveryId }) => (await repository().delivery(deliveryId))?.organizationId ?? null },
);
core.cron.on('webhook-maintenance', 'webhooks.deliveries', () => deliverer().sweep());
core.secretStores.set('webhook_secrets', {
  name: 'webhook_secrets',
  page: (afterId, limit) => repository().secretStore().page(afterId, limit),
  replace: (id, expected, payload) => repository().secretStore().replace(id, expected, payload),
});

// Webhooks that come in ------------------------------------------------------------------------------------------------------

provide('InboundRepository', () => new InboundRepository(core.db));
const inbound = () => singleton<InboundRepository>('InboundRepository');

provide(
  'WebhookReceiver',
  () =>
    new WebhookReceiver({
      repository: inbound(),
      encryption: core.encryption,
      jobs: core.jobs,
      limiter: core.rateLimiter,
      tokens: new GooglePushTokens(core.outbound, core.clock, core.env.GOOGLE_CERTS_URL),
      appUrl: core.env.APP_URL,
      clock: core.clock,
      ids: core.ids,
    }),
);
provide(
  'InboundSubscriptions',
  () =>
    new InboundSubscriptions({
      repository: inbound(),
      integration: (organizationId, id) =>
        singleton<IntegrationRepository>('IntegrationRepository').get(organizationId, id),
      adapters: singleton<ReturnType<typeof integrationAdapters>>('IntegrationAdapters'),
      session: (id, signal) => IntegrationConnectionService.getInstance().session(id, signal),
      forget: (id) => WebhookReceiver.getInstance().forget(id),
      clock: core.clock,
    }),
);
const subscriptions = () => singleton<InboundSubscriptions>('InboundSubscriptions');
provide(
  'WebhookManagementService',
  () =>
    new WebhookManagementService({
      repository: inbound(),
      encryption: core.encryption,
      audit: AuditLog.getInstance(),
      jobs: core.jobs,
      subscriptions: subscriptions(),
      trial: new InboundTrial({
        http: core.outbound,
        appUrl: core.env.APP_URL,
        clock: core.clock,
        ids: core.ids,
      }),
      forget: (id) => WebhookReceiver.getInstance().forget(id),
      appUrl: core.env.APP_URL,
      clock: core.clock,
      ids: core.ids,
    }),
);
provide(
  'ToldChanges',
  () =>
    new ToldChanges({
      integrations: singleton<IntegrationRepository>('IntegrationRepository'),
      adapters: singleton<ReturnType<typeof integrationAdapters>>('IntegrationAdapters'),
      sync: SyncTaskService.getInstance(),
      hints: singleton<ChangeHints>('ChangeHints'),
      erasure: singleton<RecordErasure>('RecordErasure'),
    }),
);
/** Senders that may speak of a connection's records. */
const TELLING = [
  ...(['hubspot', 'salesforce', 'notion', 'github', 'slack'] as const),
  ...(['google_channel', 'google_pubsub', 'generic'] as const),
];
const told: Consume = (event, registration, body) =>
  singleton<ToldChanges>('ToldChanges').consume(event, registration, body);
provide(
  'InboundProcessor',
  () =>
    new InboundProcessor({
      repository: inbound(),
      outbox: core.outbox,
      jobs: core.jobs,
      consumers: new Map<InboundProvider, Consume>(TELLING.map((sender) => [sender, told])),
      clock: core.clock,
    }),
);

core.jobRegistry.register(
  INBOUND_JOB,
  z.object({ eventId: z.string() }),
  ({ payload, attempt, maxAttempts }) =>
    InboundProcessor.getInstance().process(payload.eventId, attempt >= maxAttempts),
  {
    maxAttempts: 5,
    ownerOf: async ({ eventId }) => (await inbound().event(eventId))?.organizationId ?? null,
  },
);
core.cron.on('webhook-maintenance', 'webhooks.inbound', () => InboundProcessor.getInstance().sweep());
core.cron.on('webhook-maintenance', 'webhooks.subscriptions', ({ until, signal }) =>
  subscriptions().sweep(() => !signal.aborted && core.clock.now() < until),
);
