import { z } from 'zod';
import { entityParams, propertyView } from '@/features/integrations/connections/schema';
import { IntegrationConnectionService } from '@/features/integrations/connections/service';
import { route } from '@/server/route';

export const GET = route(
  {
    method: 'GET',
    path: '/api/integrations/[id]/entities/[entity]/fields',
    summary: 'Fields that the vendor keeps of a kind of record',
    tag: 'Integrations',
    auth: 'member',
    permission: 'integrations.manage',
    params: entityParams,
    response: z.object({ items: z.array(propertyView), cursor: z.null() }),
    rateLimit: 'write',
  },
  async ({ actor, params: { id, entity } }) => {
    const service = IntegrationConnectionService.getInstance();
    return { items: await service.fields(actor.organizationId, id, entity), cursor: null };
  },
);
