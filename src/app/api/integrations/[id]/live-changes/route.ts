import { liveChangesBody } from '@/features/integrations/changes/schema';
import { LiveChangesService } from '@/features/integrations/changes/service';
import { integrationParams } from '@/features/integrations/connections/schema';
import { crmConnectionView } from '@/features/integrations/sync/schema';
import { route } from '@/server/route';

export const PUT = route(
  {
    method: 'PUT',
    path: '/api/integrations/[id]/live-changes',
    summary: 'Whether it hears of changes as they happen',
    tag: 'Integrations',
    auth: 'member',
    permission: 'integrations.manage',
    params: integrationParams,
    body: liveChangesBody,
    response: crmConnectionView,
    rateLimit: 'write',
  },
  ({ actor, params, body }) => LiveChangesService.getInstance().set(actor, params.id, body),
);
