import { webhookAnswerSchema } from '@/features/billing/schema';
import { StripeWebhookService } from '@/features/billing/webhook';
import { route } from '@/server/route';

/** An event with its object; Stripe’s largest are well below. */
const BODY_LIMIT = 1024 * 1024;

export const POST = route(
  {
    method: 'POST',
    path: '/api/webhooks/stripe',
    summary: 'Receive events of Stripe',
    description:
      'For Stripe only: the `Stripe-Signature` header signs the raw body. 400 `signature_invalid` for anything else; a failure is answered as one, and Stripe repeats the event.',
    tag: 'Billing',
    auth: 'webhook',
    response: webhookAnswerSchema,
    rateLimit: 'webhook',
    bodyLimit: BODY_LIMIT,
  },
  ({ request, rawBody }) =>
    StripeWebhookService.getInstance().receive(rawBody, request.headers.get('stripe-signature')),
);
