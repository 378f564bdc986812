import { z } from 'zod';
import { CRMService } from '@/features/crm/service';
import { route } from '@/server/route';

export const GET = route(
  {
    method: 'GET',
    path: '/api/crm/totals',
    summary: 'How many contacts, companies and deals there are',
    tag: 'CRM',
    auth: 'member',
    permission: 'crm.read',
    response: z.object({ contact: z.int(), company: z.int(), deal: z.int() }),
    rateLimit: 'read',
  },
  ({ actor }) => CRMService.getInstance().totals(actor.organizationId),
);
