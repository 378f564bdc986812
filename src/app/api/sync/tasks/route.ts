import { pageOf } from '@/core/db/cursor';
import { syncQuery, taskView } from '@/features/integrations/sync/schema';
import { SyncTaskService } from '@/features/integrations/sync/service';
import { route } from '@/server/route';

export const GET = route(
  {
    method: 'GET',
    path: '/api/sync/tasks',
    summary: 'Sync tasks',
    tag: 'Integrations',
    auth: 'member',
    permission: 'integrations.manage',
    query: syncQuery,
    response: pageOf(taskView),
    rateLimit: 'read',
  },
  ({ actor, query }) => SyncTaskService.getInstance().tasks(actor.organizationId, query),
);
