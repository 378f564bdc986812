import { invoicePageSchema, invoicesQuerySchema } from '@/features/billing/schema';
import { SubscriptionService } from '@/features/billing/subscriptions';
import { route } from '@/server/route';

export const GET = route(
  {
    method: 'GET',
    path: '/api/billing/invoices',
    summary: 'List the invoices of your organisation, newest first',
    description:
      'Of plans and of token purchases, with the pages where they can be paid, read and downloaded.',
    tag: 'Billing',
    auth: 'member',
    permission: 'billing.manage',
    query: invoicesQuerySchema,
    response: invoicePageSchema,
    rateLimit: 'read',
  },
  ({ actor, query }) => SubscriptionService.getInstance().invoices(actor, query),
);
