import { WebhookEndpointService } from '@/features/integrations/endpoints';
import { deliveryView, endpointParams } from '@/features/integrations/schema';
import { route } from '@/server/route';

export const POST = route(
  {
    method: 'POST',
    path: '/api/webhooks/endpoints/[id]/ping',
    summary: 'Send a test message',
    description: 'Sends a signed webhook.ping now, once, and answers with what came back.',
    tag: 'Webhooks',
    auth: 'member',
    permission: 'webhooks.manage',
    params: endpointParams,
    response: deliveryView,
    rateLimit: 'write',
  },
  ({ actor, params }) => WebhookEndpointService.getInstance().ping(actor, params.id),
);
