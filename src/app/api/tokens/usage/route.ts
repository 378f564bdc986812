import { usageQuerySchema, usageResponseSchema } from '@/features/tokens/schema';
import { TokenService } from '@/features/tokens/service';
import { route } from '@/server/route';

export const GET = route(
  {
    method: 'GET',
    path: '/api/tokens/usage',
    summary: 'Sum token use by day, task, provider and member',
    description: 'Days are UTC days, today included. Members see only their own row of the split by member.',
    tag: 'Tokens',
    auth: 'member',
    permission: 'tokens.read',
    query: usageQuerySchema,
    response: usageResponseSchema,
    rateLimit: 'read',
  },
  ({ actor, query }) => TokenService.getInstance().usage(actor, query),
);
