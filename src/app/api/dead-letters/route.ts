import { pageOf } from '@/core/db/cursor';
import { deadLetterQuery, deadLetterView } from '@/features/integrations/dead-letters/schema';
import { DeadLetterService } from '@/features/integrations/dead-letters/service';
import { route } from '@/server/route';

export const GET = route(
  {
    method: 'GET',
    path: '/api/dead-letters',
    summary: 'Syncs and webhooks that failed for good',
    tag: 'Integrations',
    auth: 'member',
    permission: 'integrations.manage',
    query: deadLetterQuery,
    response: pageOf(deadLetterView),
    rateLimit: 'read',
  },
  ({ actor, query }) => DeadLetterService.getInstance().list(actor.organizationId, query),
);
