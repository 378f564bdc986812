import { z } from 'zod';
import { PipelineService } from '@/features/crm/pipelines';
import { pipelineSchema } from '@/features/crm/schema';
import { route } from '@/server/route';

export const GET = route(
  {
    method: 'GET',
    path: '/api/crm/pipelines',
    summary: 'Stages of deals and opportunities, in each CRM’s own order',
    description: 'The records themselves come from `/api/crm/records`; a stage is changed as any field is.',
    tag: 'CRM',
    auth: 'member',
    permission: 'crm.read',
    response: z.object({ items: z.array(pipelineSchema), cursor: z.null() }),
    rateLimit: 'read',
  },
  async ({ actor }) => ({
    items: await PipelineService.getInstance().pipelines(actor.organizationId),
    cursor: null,
  }),
);
