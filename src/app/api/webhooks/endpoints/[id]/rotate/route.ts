import { WebhookEndpointService } from '@/features/integrations/endpoints';
import { createdEndpointView, endpointParams, rotateSecretBody } from '@/features/integrations/schema';
import { route } from '@/server/route';

export const POST = route(
  {
    method: 'POST',
    path: '/api/webhooks/endpoints/[id]/rotate',
    summary: 'Make a new signing secret',
    description:
      'Messages are signed with the old one too until it ends, so that you can change over without losing any.',
    tag: 'Webhooks',
    auth: 'member',
    permission: 'webhooks.manage',
    params: endpointParams,
    body: rotateSecretBody,
    response: createdEndpointView,
    rateLimit: 'write',
  },
  ({ actor, params, body }) => WebhookEndpointService.getInstance().rotate(actor, params.id, body),
);
