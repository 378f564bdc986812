import { WebhookManagementService } from '@/features/integrations/inbound/registrations';
import { inboundTrialView, targetParams } from '@/features/integrations/inbound/schema';
import { route } from '@/server/route';

export const POST = route(
  {
    method: 'POST',
    path: '/api/webhooks/[target]/test',
    summary: 'Send a test event to an address that receives',
    description:
      'Signed as its sender signs and sent over the public address. It is kept with the label “test” and starts nothing.',
    tag: 'Webhooks',
    auth: 'member',
    permission: 'webhooks.manage',
    params: targetParams,
    response: inboundTrialView,
    rateLimit: 'write',
  },
  ({ actor, params }) => WebhookManagementService.getInstance().tryOut(actor, params.target),
);
