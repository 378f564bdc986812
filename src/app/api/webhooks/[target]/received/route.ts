import { pageOf } from '@/core/db/cursor';
import { WebhookManagementService } from '@/features/integrations/inbound/registrations';
import { inboundEventQuery, inboundEventView, targetParams } from '@/features/integrations/inbound/schema';
import { route } from '@/server/route';

export const GET = route(
  {
    method: 'GET',
    path: '/api/webhooks/[target]/received',
    summary: 'What a receiving webhook was sent',
    tag: 'Webhooks',
    auth: 'member',
    permission: 'webhooks.manage',
    params: targetParams,
    query: inboundEventQuery,
    response: pageOf(inboundEventView),
    rateLimit: 'read',
  },
  ({ actor, params, query }) =>
    WebhookManagementService.getInstance().events(actor.organizationId, params.target, query),
);
