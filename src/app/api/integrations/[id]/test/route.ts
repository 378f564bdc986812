import { integrationParams, testAnswer } from '@/features/integrations/connections/schema';
import { IntegrationConnectionService } from '@/features/integrations/connections/service';
import { route } from '@/server/route';

export const POST = route(
  {
    method: 'POST',
    path: '/api/integrations/[id]/test',
    summary: 'Ask the vendor whether the connection works',
    tag: 'Integrations',
    auth: 'member',
    permission: 'integrations.manage',
    params: integrationParams,
    response: testAnswer,
    rateLimit: 'write',
  },
  ({ actor, params }) => IntegrationConnectionService.getInstance().test(actor.organizationId, params.id),
);
