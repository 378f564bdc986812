import { WebhookManagementService } from '@/features/integrations/inbound/registrations';
import { targetParams } from '@/features/integrations/inbound/schema';
import { route } from '@/server/route';

export const DELETE = route(
  {
    method: 'DELETE',
    path: '/api/webhooks/[target]',
    summary: 'Close an address that receives',
    tag: 'Webhooks',
    auth: 'member',
    permission: 'webhooks.manage',
    params: targetParams,
    response: 'empty',
    rateLimit: 'write',
  },
  ({ actor, params }) => WebhookManagementService.getInstance().delete(actor, params.target),
);
