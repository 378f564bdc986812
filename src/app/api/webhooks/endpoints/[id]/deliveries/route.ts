import { pageOf } from '@/core/db/cursor';
import { WebhookEndpointService } from '@/features/integrations/endpoints';
import { deliveryQuery, deliveryView, endpointParams } from '@/features/integrations/schema';
import { route } from '@/server/route';

export const GET = route(
  {
    method: 'GET',
    path: '/api/webhooks/endpoints/[id]/deliveries',
    summary: 'What was sent to an endpoint',
    description: 'Newest first, with every try and what came back. Kept for 30 days.',
    tag: 'Webhooks',
    auth: 'member',
    permission: 'webhooks.manage',
    params: endpointParams,
    query: deliveryQuery,
    response: pageOf(deliveryView),
    rateLimit: 'read',
  },
  ({ actor, params, query }) =>
    WebhookEndpointService.getInstance().deliveries(actor.organizationId, params.id, query),
);
