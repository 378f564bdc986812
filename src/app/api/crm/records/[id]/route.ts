import { recordParams, recordView } from '@/features/crm/schema';
import { CRMService } from '@/features/crm/service';
import { route } from '@/server/route';

export const GET = route(
  {
    method: 'GET',
    path: '/api/crm/records/[id]',
    summary: 'A record, with where each value comes from',
    tag: 'CRM',
    auth: 'member',
    permission: 'crm.read',
    params: recordParams,
    response: recordView,
    rateLimit: 'read',
  },
  ({ actor, params }) => CRMService.getInstance().get(actor.organizationId, params.id),
);
