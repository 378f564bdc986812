import { integrationParams, integrationView } from '@/features/integrations/connections/schema';
import { IntegrationConnectionService } from '@/features/integrations/connections/service';
import { route } from '@/server/route';

export const POST = route(
  {
    method: 'POST',
    path: '/api/integrations/[id]/disconnect',
    summary: 'Disconnect it',
    description: 'The secret is destroyed and the grant taken back at the vendor. What was synced stays.',
    tag: 'Integrations',
    auth: 'member',
    permission: 'integrations.manage',
    params: integrationParams,
    response: integrationView,
    rateLimit: 'write',
  },
  ({ actor, params }) => IntegrationConnectionService.getInstance().disconnect(actor, params.id),
);
