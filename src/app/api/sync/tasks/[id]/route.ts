import { taskParams, taskView } from '@/features/integrations/sync/schema';
import { SyncTaskService } from '@/features/integrations/sync/service';
import { route } from '@/server/route';

export const GET = route(
  {
    method: 'GET',
    path: '/api/sync/tasks/[id]',
    summary: 'A sync task',
    tag: 'Integrations',
    auth: 'member',
    permission: 'integrations.manage',
    params: taskParams,
    response: taskView,
    rateLimit: 'read',
  },
  ({ actor, params }) => SyncTaskService.getInstance().task(actor.organizationId, params.id),
);
