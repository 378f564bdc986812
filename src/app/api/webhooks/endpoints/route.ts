import { z } from 'zod';
import { WebhookEndpointService } from '@/features/integrations/endpoints';
import { createdEndpointView, createEndpointBody, endpointView } from '@/features/integrations/schema';
import { route } from '@/server/route';

export const GET = route(
  {
    method: 'GET',
    path: '/api/webhooks/endpoints',
    summary: 'Webhook endpoints',
    tag: 'Webhooks',
    auth: 'member',
    permission: 'webhooks.manage',
    response: z.object({ items: z.array(endpointView), cursor: z.null() }),
    rateLimit: 'read',
  },
  async ({ actor }) => ({
    items: await WebhookEndpointService.getInstance().list(actor.organizationId),
    cursor: null,
  }),
);

export const POST = route(
  {
    method: 'POST',
    path: '/api/webhooks/endpoints',
    summary: 'Add a webhook endpoint',
    description:
      'Events are posted to your address, signed as Standard Webhooks describes. The secret is in the answer, and nowhere ever again.',
    tag: 'Webhooks',
    auth: 'member',
    permission: 'webhooks.manage',
    body: createEndpointBody,
    response: createdEndpointView,
    status: 201,
    rateLimit: 'write',
  },
  ({ actor, body }) => WebhookEndpointService.getInstance().create(actor, body),
);
