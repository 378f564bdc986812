import {
  subscriptionAnswerSchema,
  subscriptionQuerySchema,
  subscriptionRequestSchema,
  subscriptionViewSchema,
} from '@/features/billing/schema';
import { SubscriptionService } from '@/features/billing/subscriptions';
import { route } from '@/server/route';

const definition = {
  path: '/api/billing/subscription',
  tag: 'Billing',
  auth: 'member',
  permission: 'billing.manage',
} as const;

export const GET = route(
  {
    ...definition,
    method: 'GET',
    summary: 'Read the plan of your organisation',
    response: subscriptionViewSchema,
    rateLimit: 'read',
  },
  ({ actor }) => SubscriptionService.getInstance().view(actor),
);

export const POST = route(
  {
    ...definition,
    method: 'POST',
    summary: 'Change the plan of your organisation',
    description:
      'A larger plan is charged for the rest of the period and in force at once; a smaller one, or `free`, takes effect with the next period. A first plan answers the address of the payment page. `preview=true` changes nothing and answers what it would cost.',
    query: subscriptionQuerySchema,
    body: subscriptionRequestSchema,
    response: subscriptionAnswerSchema,
    rateLimit: 'write',
    idempotency: true,
  },
  ({ actor, body, query }) => SubscriptionService.getInstance().change(actor, body, query.preview),
);
