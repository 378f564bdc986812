import { pageOf } from '@/core/db/cursor';
import { ConflictService } from '@/features/integrations/sync/conflict-service';
import { conflictQuery, conflictView } from '@/features/integrations/sync/schema';
import { route } from '@/server/route';

export const GET = route(
  {
    method: 'GET',
    path: '/api/sync/conflicts',
    summary: 'Records that both sides changed, with base and both sides',
    tag: 'Integrations',
    auth: 'member',
    permission: 'integrations.manage',
    query: conflictQuery,
    response: pageOf(conflictView),
    rateLimit: 'read',
  },
  ({ actor, query }) => ConflictService.getInstance().list(actor.organizationId, query),
);
