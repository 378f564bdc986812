import { TokenPurchaseService } from '@/features/billing/purchases';
import { purchaseParamsSchema, purchaseViewSchema } from '@/features/billing/schema';
import { route } from '@/server/route';

export const POST = route(
  {
    method: 'POST',
    path: '/api/tokens/purchases/[id]/confirm',
    summary: 'Look whether a purchase is paid, and credit it if so',
    description:
      'What the page after the payment calls. Safe to repeat: a purchase is credited once, whoever asks first.',
    tag: 'Billing',
    auth: 'member',
    permission: 'billing.manage',
    params: purchaseParamsSchema,
    response: purchaseViewSchema,
    rateLimit: 'write',
  },
  ({ actor, params }) => TokenPurchaseService.getInstance().confirm(actor, params.id),
);
