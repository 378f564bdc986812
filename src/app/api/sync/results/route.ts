import { pageOf } from '@/core/db/cursor';
import { resultView, syncQuery } from '@/features/integrations/sync/schema';
import { SyncTaskService } from '@/features/integrations/sync/service';
import { route } from '@/server/route';

export const GET = route(
  {
    method: 'GET',
    path: '/api/sync/results',
    summary: 'How syncs ended',
    tag: 'Integrations',
    auth: 'member',
    permission: 'integrations.manage',
    query: syncQuery,
    response: pageOf(resultView),
    rateLimit: 'read',
  },
  ({ actor, query }) => SyncTaskService.getInstance().results(actor.organizationId, query),
);
