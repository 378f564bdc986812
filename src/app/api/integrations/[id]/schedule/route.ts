import { integrationParams } from '@/features/integrations/connections/schema';
import { crmConnectionView, scheduleBody } from '@/features/integrations/sync/schema';
import { SyncTaskService } from '@/features/integrations/sync/service';
import { route } from '@/server/route';

export const PUT = route(
  {
    method: 'PUT',
    path: '/api/integrations/[id]/schedule',
    summary: 'When it syncs by itself',
    tag: 'Integrations',
    auth: 'member',
    permission: 'integrations.manage',
    params: integrationParams,
    body: scheduleBody,
    response: crmConnectionView,
    rateLimit: 'write',
  },
  ({ actor, params, body }) => SyncTaskService.getInstance().schedule(actor, params.id, body),
);
