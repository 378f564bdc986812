import { WebhookManagementService } from '@/features/integrations/inbound/registrations';
import { inboundEventParams, inboundEventView } from '@/features/integrations/inbound/schema';
import { route } from '@/server/route';

export const POST = route(
  {
    method: 'POST',
    path: '/api/webhooks/[target]/received/[eventId]/replay',
    summary: 'Process a delivery again that failed',
    tag: 'Webhooks',
    auth: 'member',
    permission: 'webhooks.manage',
    params: inboundEventParams,
    response: inboundEventView,
    rateLimit: 'write',
  },
  ({ actor, params }) => WebhookManagementService.getInstance().replay(actor, params.target, params.eventId),
);
