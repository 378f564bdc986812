import { pageOf } from '@/core/db/cursor';
import { integrationParams } from '@/features/integrations/connections/schema';
import { dataQuery, dataView } from '@/features/integrations/data/schema';
import { IntegrationDataService } from '@/features/integrations/data/service';
import { route } from '@/server/route';

export const GET = route(
  {
    method: 'GET',
    path: '/api/integrations/[id]/data',
    summary: 'What an integration brought, by kind of record',
    tag: 'Integrations',
    auth: 'member',
    permission: 'integrations.read',
    params: integrationParams,
    query: dataQuery,
    response: pageOf(dataView),
    rateLimit: 'read',
  },
  ({ actor, params, query }) =>
    IntegrationDataService.getInstance().list(actor.organizationId, params.id, query),
);
