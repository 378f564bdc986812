import { WebhookManagementService } from '@/features/integrations/inbound/registrations';
import { createdInboundView, rotateInboundBody, targetParams } from '@/features/integrations/inbound/schema';
import { route } from '@/server/route';

export const POST = route(
  {
    method: 'POST',
    path: '/api/webhooks/[target]/rotate',
    summary: 'Set a new secret for a receiving webhook',
    description: 'The old one verifies beside it for up to 24 hours.',
    tag: 'Webhooks',
    auth: 'member',
    permission: 'webhooks.manage',
    params: targetParams,
    body: rotateInboundBody,
    response: createdInboundView,
    rateLimit: 'write',
  },
  ({ actor, params, body }) => WebhookManagementService.getInstance().rotate(actor, params.target, body),
);
