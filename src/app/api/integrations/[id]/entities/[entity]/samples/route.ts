import { z } from 'zod';
import { entityParams, sampleQuery, sampleView } from '@/features/integrations/connections/schema';
import { IntegrationConnectionService } from '@/features/integrations/connections/service';
import { route } from '@/server/route';

export const GET = route(
  {
    method: 'GET',
    path: '/api/integrations/[id]/entities/[entity]/samples',
    summary: 'Records of the vendor to try mappings on',
    description:
      'Up to ten as the vendor has them now, or the one that is asked for. Nothing of them is kept.',
    tag: 'Integrations',
    auth: 'member',
    permission: 'integrations.manage',
    params: entityParams,
    query: sampleQuery,
    response: z.object({ items: z.array(sampleView), cursor: z.null() }),
    rateLimit: 'write',
  },
  async ({ actor, params: { id, entity }, query }) => {
    const service = IntegrationConnectionService.getInstance();
    return { items: await service.samples(actor.organizationId, id, entity, query), cursor: null };
  },
);
