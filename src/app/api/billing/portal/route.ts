import { portalAnswerSchema } from '@/features/billing/schema';
import { SubscriptionService } from '@/features/billing/subscriptions';
import { route } from '@/server/route';

export const POST = route(
  {
    method: 'POST',
    path: '/api/billing/portal',
    summary: 'Open the payment provider’s customer portal',
    description: 'Answers a short-lived address where cards, addresses and tax ids are kept.',
    tag: 'Billing',
    auth: 'member',
    permission: 'billing.manage',
    response: portalAnswerSchema,
    rateLimit: 'write',
  },
  ({ actor }) => SubscriptionService.getInstance().portal(actor),
);
