import { balanceResponseSchema } from '@/features/tokens/schema';
import { TokenService } from '@/features/tokens/service';
import { route } from '@/server/route';

export const GET = route(
  {
    method: 'GET',
    path: '/api/tokens/balance',
    summary: 'Read the token balance of your organisation',
    description:
      'What can be spent now is `available`: what is left of this period’s tokens plus purchased ones, less reservations and debt.',
    tag: 'Tokens',
    auth: 'member',
    permission: 'tokens.read',
    response: balanceResponseSchema,
    rateLimit: 'read',
  },
  ({ actor }) => TokenService.getInstance().getBalance(actor),
);
