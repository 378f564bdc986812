import { WebhookManagementService } from '@/features/integrations/inbound/registrations';
import { inboundHealthView, targetParams } from '@/features/integrations/inbound/schema';
import { route } from '@/server/route';

export const GET = route(
  {
    method: 'GET',
    path: '/api/webhooks/[target]/health',
    summary: 'How a receiving webhook fares',
    tag: 'Webhooks',
    auth: 'member',
    permission: 'webhooks.manage',
    params: targetParams,
    response: inboundHealthView,
    rateLimit: 'read',
  },
  ({ actor, params }) => WebhookManagementService.getInstance().health(actor.organizationId, params.target),
);
