import { z } from 'zod';
import { recordTargetView, targetQuery } from '@/features/crm/schema';
import { CRMService } from '@/features/crm/service';
import { route } from '@/server/route';

export const GET = route(
  {
    method: 'GET',
    path: '/api/crm/targets',
    summary: 'Connected CRMs that take a new record, with the fields to fill in',
    tag: 'CRM',
    auth: 'member',
    permission: 'crm.write',
    query: targetQuery,
    response: z.object({ items: z.array(recordTargetView) }),
    rateLimit: 'read',
  },
  ({ actor, query }) => CRMService.getInstance().targets(actor.organizationId, query.entity),
);
