import 'server-only';
import { z } from 'zod';
import { provide, singleton } from '@/core/singletons';
import { DELIVERY_JOB, WebhookDeliverer } from '@/features/integrations/deliverer';
import { WebhookEndpointService } from '@/features/integrations/endpoints';
import { subscribeWebhooks } from '@/features/integrations/handlers';
import { WebhookRepository } from '@/features/integrations/repository';
import { AuditLog } from '@/features/organizations/audit';
import { core } from '../core';
import { listen } from '../listen';

/** Webhooks that organisations receive from us. */
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

core.jobRegistry.register(DELIVERY_JOB, z.object({ deliveryId: z.string() }), ({ payload }) =>
  deliverer().attempt(payload.deliveryId),
);
core.cron.on('webhook-maintenance', 'webhooks.deliveries', () => deliverer().sweep());
core.secretStores.set('webhook_secrets', {
  name: 'webhook_secrets',
  page: (afterId, limit) => repository().secretStore().page(afterId, limit),
  replace: (id, expected, payload) => repository().secretStore().replace(id, expected, payload),
});
