import { z } from 'zod';
import { registryQuery, registryView } from '@/features/integrations/connections/schema';
import { IntegrationConnectionService } from '@/features/integrations/connections/service';
import { route } from '@/server/route';

export const GET = route(
  {
    method: 'GET',
    path: '/api/integrations/registry',
    summary: 'What can be connected',
    tag: 'Integrations',
    auth: 'member',
    permission: 'integrations.read',
    query: registryQuery,
    response: z.object({ items: z.array(registryView), cursor: z.null() }),
    rateLimit: 'read',
  },
  async ({ query }) => ({ items: IntegrationConnectionService.getInstance().registry(query), cursor: null }),
);
