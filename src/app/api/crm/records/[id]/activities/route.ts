import { activityBody, recordParams, recordView } from '@/features/crm/schema';
import { CRMService } from '@/features/crm/service';
import { route } from '@/server/route';

export const POST = route(
  {
    method: 'POST',
    path: '/api/crm/records/[id]/activities',
    summary: 'Note that something happened with a record',
    tag: 'CRM',
    auth: 'member',
    permission: 'crm.write',
    params: recordParams,
    body: activityBody,
    response: recordView,
    status: 201,
    rateLimit: 'write',
    idempotency: true,
  },
  ({ actor, params, body }) => CRMService.getInstance().updateLeadActivity(actor, params.id, body),
);
