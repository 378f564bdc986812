import type { WebhookReply } from '@/features/integrations/inbound/envelope';
import { WebhookReceiver } from '@/features/integrations/inbound/receiver';
import { targetParams } from '@/features/integrations/inbound/schema';
import { route } from '@/server/route';

const shared = {
  path: '/api/webhooks/[target]/events',
  tag: 'Webhooks',
  auth: 'webhook',
  params: targetParams,
  response: 'stream',
  rateLimit: 'receive',
} as const;
const answer = ({ body, contentType }: WebhookReply) =>
  new Response(body, { headers: { 'content-type': contentType } });

export const POST = route(
  {
    ...shared,
    method: 'POST',
    summary: 'Receive a vendor’s delivery',
    description: 'For vendors only: each is verified over the raw body as it signs. 401 for anything else.',
    bodyLimit: 4 * 1024 * 1024,
  },
  async ({ params, request, rawBody }) =>
    answer(await WebhookReceiver.getInstance().receive(params.target, request, rawBody)),
);

export const GET = route(
  { ...shared, method: 'GET', summary: 'Answer a vendor that asks whether the address is ours' },
  async ({ params, request }) =>
    answer(await WebhookReceiver.getInstance().challenge(params.target, request)),
);
