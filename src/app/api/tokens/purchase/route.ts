import { TokenPurchaseService } from '@/features/billing/purchases';
import { purchaseAnswerSchema, purchaseRequestSchema } from '@/features/billing/schema';
import { route } from '@/server/route';

export const POST = route(
  {
    method: 'POST',
    path: '/api/tokens/purchase',
    summary: 'Buy tokens',
    description:
      'Answers the address of the payment page. The tokens are credited once the payment is through; 503 `billing_not_configured` where this installation takes no money.',
    tag: 'Billing',
    auth: 'member',
    permission: 'billing.manage',
    body: purchaseRequestSchema,
    response: purchaseAnswerSchema,
    status: 201,
    rateLimit: 'write',
    idempotency: true,
  },
  ({ actor, body }) => TokenPurchaseService.getInstance().purchase(actor, body),
);
