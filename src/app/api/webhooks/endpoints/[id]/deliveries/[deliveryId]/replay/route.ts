import { WebhookEndpointService } from '@/features/integrations/endpoints';
import { deliveryParams, deliveryView } from '@/features/integrations/schema';
import { route } from '@/server/route';

export const POST = route(
  {
    method: 'POST',
    path: '/api/webhooks/endpoints/[id]/deliveries/[deliveryId]/replay',
    summary: 'Send a message again',
    description: 'It keeps its id, so that a receiver that has it already can tell.',
    tag: 'Webhooks',
    auth: 'member',
    permission: 'webhooks.manage',
    params: deliveryParams,
    response: deliveryView,
    rateLimit: 'write',
    idempotency: true,
  },
  ({ actor, params }) => WebhookEndpointService.getInstance().replay(actor, params.id, params.deliveryId),
);
