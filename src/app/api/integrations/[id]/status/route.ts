import { integrationParams } from '@/features/integrations/connections/schema';
import { crmConnectionView } from '@/features/integrations/sync/schema';
import { SyncTaskService } from '@/features/integrations/sync/service';
import { route } from '@/server/route';

export const GET = route(
  {
    method: 'GET',
    path: '/api/integrations/[id]/status',
    summary: 'How far syncing is',
    tag: 'Integrations',
    auth: 'member',
    permission: 'integrations.read',
    params: integrationParams,
    response: crmConnectionView,
    rateLimit: 'read',
  },
  ({ actor, params }) => SyncTaskService.getInstance().connection(actor.organizationId, params.id),
);
