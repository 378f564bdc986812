import { pageOf } from '@/core/db/cursor';
import { integrationQuery, integrationView } from '@/features/integrations/connections/schema';
import { IntegrationConnectionService } from '@/features/integrations/connections/service';
import { route } from '@/server/route';

export const GET = route(
  {
    method: 'GET',
    path: '/api/integrations',
    summary: 'Connected integrations',
    tag: 'Integrations',
    auth: 'member',
    permission: 'integrations.read',
    query: integrationQuery,
    response: pageOf(integrationView),
    rateLimit: 'read',
  },
  ({ actor, query }) => IntegrationConnectionService.getInstance().list(actor.organizationId, query),
);
