import { integrationParams } from '@/features/integrations/connections/schema';
import { startedView, syncBody } from '@/features/integrations/sync/schema';
import { SyncTaskService } from '@/features/integrations/sync/service';
import { route } from '@/server/route';

export const POST = route(
  {
    method: 'POST',
    path: '/api/integrations/[id]/sync',
    summary: 'Sync now',
    description:
      'Answers at once; how far it is stands in the connection. `full` compares every record, `dryRun` says what would happen and writes nothing, `confirmDeletes` deletes what is gone at the vendor even where that is much.',
    tag: 'Integrations',
    auth: 'member',
    permission: 'integrations.manage',
    params: integrationParams,
    body: syncBody,
    response: startedView,
    status: 202,
    rateLimit: 'write',
  },
  ({ actor, params, body }) => SyncTaskService.getInstance().start(actor, params.id, body),
);
