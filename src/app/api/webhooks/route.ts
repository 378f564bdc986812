import { z } from 'zod';
import { WebhookManagementService } from '@/features/integrations/inbound/registrations';
import {
  createdInboundView,
  inboundRegistrationView,
  registerWebhookBody,
} from '@/features/integrations/inbound/schema';
import { route } from '@/server/route';

const shared = {
  path: '/api/webhooks',
  tag: 'Webhooks',
  auth: 'member',
  permission: 'webhooks.manage',
} as const;

export const GET = route(
  {
    ...shared,
    method: 'GET',
    summary: 'Webhooks that receive',
    response: z.object({ items: z.array(inboundRegistrationView), cursor: z.null() }),
    rateLimit: 'read',
  },
  async ({ actor }) => ({
    items: await WebhookManagementService.getInstance().list(actor.organizationId),
    cursor: null,
  }),
);

export const POST = route(
  {
    ...shared,
    method: 'POST',
    summary: 'Open an address for a vendor’s webhook',
    description:
      'Give the vendor `webhookUrl`. A secret that we choose is in the answer, and nowhere ever again.',
    body: registerWebhookBody,
    response: createdInboundView,
    status: 201,
    rateLimit: 'write',
  },
  ({ actor, body }) => WebhookManagementService.getInstance().register(actor, body),
);
