import { historyPageSchema, historyQuerySchema } from '@/features/tokens/schema';
import { TokenService } from '@/features/tokens/service';
import { route } from '@/server/route';

export const GET = route(
  {
    method: 'GET',
    path: '/api/tokens/history',
    summary: 'List the token ledger, newest first',
    description:
      'Members see their own entries, admins and owners everybody’s. `format=csv` answers all matching rows as a file.',
    tag: 'Tokens',
    auth: 'member',
    permission: 'tokens.read',
    query: historyQuerySchema,
    response: historyPageSchema,
    rateLimit: 'read',
  },
  ({ actor, query }) => {
    const tokens = TokenService.getInstance();
    return query.format === 'csv' ? tokens.historyCsv(actor, query) : tokens.history(actor, query);
  },
);
