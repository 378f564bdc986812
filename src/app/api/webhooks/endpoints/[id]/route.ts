import { WebhookEndpointService } from '@/features/integrations/endpoints';
import { changeEndpointBody, endpointParams, endpointView } from '@/features/integrations/schema';
import { route } from '@/server/route';

const shared = {
  path: '/api/webhooks/endpoints/[id]',
  tag: 'Webhooks',
  auth: 'member',
  permission: 'webhooks.manage',
  params: endpointParams,
} as const;

export const GET = route(
  { ...shared, method: 'GET', summary: 'A webhook endpoint', response: endpointView, rateLimit: 'read' },
  ({ actor, params }) => WebhookEndpointService.getInstance().get(actor.organizationId, params.id),
);

export const PATCH = route(
  {
    ...shared,
    method: 'PATCH',
    summary: 'Change a webhook endpoint, or switch it off and on',
    body: changeEndpointBody,
    response: endpointView,
    rateLimit: 'write',
  },
  ({ actor, params, body }) => WebhookEndpointService.getInstance().change(actor, params.id, body),
);

export const DELETE = route(
  {
    ...shared,
    method: 'DELETE',
    summary: 'Delete a webhook endpoint',
    response: 'empty',
    rateLimit: 'write',
  },
  ({ actor, params }) => WebhookEndpointService.getInstance().delete(actor, params.id),
);
