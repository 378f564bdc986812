import { WebhookManagementService } from '@/features/integrations/inbound/registrations';
import {
  changeInboundBody,
  inboundRegistrationView,
  targetParams,
} from '@/features/integrations/inbound/schema';
import { route } from '@/server/route';

const shared = {
  path: '/api/webhooks/[target]',
  tag: 'Webhooks',
  auth: 'member',
  permission: 'webhooks.manage',
  params: targetParams,
  rateLimit: 'write',
} as const;

export const PATCH = route(
  {
    ...shared,
    method: 'PATCH',
    summary: 'Switch an address that receives off or on',
    description: 'Switched on, it begins anew, and a vendor that was told over its API is told again.',
    body: changeInboundBody,
    response: inboundRegistrationView,
  },
  ({ actor, params, body }) => WebhookManagementService.getInstance().change(actor, params.target, body),
);

export const DELETE = route(
  { ...shared, method: 'DELETE', summary: 'Close an address that receives', response: 'empty' },
  ({ actor, params }) => WebhookManagementService.getInstance().delete(actor, params.target),
);
