import { statisticsView } from '@/features/integrations/connections/schema';
import { IntegrationRegistryService } from '@/features/integrations/registry';
import { route } from '@/server/route';

export const GET = route(
  {
    method: 'GET',
    path: '/api/integrations/registry/stats',
    summary: 'How integrations fare: installed, active, failing, records',
    tag: 'Integrations',
    auth: 'member',
    permission: 'integrations.read',
    response: statisticsView,
    rateLimit: 'read',
  },
  ({ actor }) => IntegrationRegistryService.getInstance().statistics(actor.organizationId),
);
