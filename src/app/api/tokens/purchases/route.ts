import { TokenPurchaseService } from '@/features/billing/purchases';
import { purchasePageSchema, purchasesQuerySchema } from '@/features/billing/schema';
import { route } from '@/server/route';

export const GET = route(
  {
    method: 'GET',
    path: '/api/tokens/purchases',
    summary: 'List the token purchases of your organisation, newest first',
    tag: 'Billing',
    auth: 'member',
    permission: 'billing.manage',
    query: purchasesQuerySchema,
    response: purchasePageSchema,
    rateLimit: 'read',
  },
  ({ actor, query }) => TokenPurchaseService.getInstance().purchases(actor, query),
);
