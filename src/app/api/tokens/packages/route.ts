import { packagesResponseSchema } from '@/features/tokens/schema';
import { TokenService } from '@/features/tokens/service';
import { route } from '@/server/route';

export const GET = route(
  {
    method: 'GET',
    path: '/api/tokens/packages',
    summary: 'List token packages and their prices',
    description: '`purchases` says whether buying is possible on this installation.',
    tag: 'Tokens',
    auth: 'member',
    permission: 'tokens.read',
    response: packagesResponseSchema,
    rateLimit: 'read',
  },
  async () => TokenService.getInstance().packages(),
);
