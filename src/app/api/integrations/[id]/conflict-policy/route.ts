import { conflictPolicySchema } from '@/features/crm/schema';
import { integrationParams } from '@/features/integrations/connections/schema';
import { ConflictService } from '@/features/integrations/sync/conflict-service';
import { crmConnectionView } from '@/features/integrations/sync/schema';
import { route } from '@/server/route';

export const PUT = route(
  {
    method: 'PUT',
    path: '/api/integrations/[id]/conflict-policy',
    summary: 'How records that both sides changed are settled',
    tag: 'Integrations',
    auth: 'member',
    permission: 'integrations.manage',
    params: integrationParams,
    body: conflictPolicySchema,
    response: crmConnectionView,
    rateLimit: 'write',
  },
  ({ actor, params, body }) => ConflictService.getInstance().setPolicy(actor, params.id, body),
);
