import { pageOf, pageQuery } from '@/core/db/cursor';
import { activityBody, recordParams, recordView } from '@/features/crm/schema';
import { CRMService } from '@/features/crm/service';
import { route } from '@/server/route';

const shared = {
  path: '/api/crm/records/[id]/activities',
  tag: 'CRM',
  auth: 'member',
  params: recordParams,
} as const;

export const GET = route(
  {
    ...shared,
    method: 'GET',
    summary: 'What happened with a record, newest first',
    permission: 'crm.read',
    query: pageQuery,
    response: pageOf(recordView),
    rateLimit: 'read',
  },
  ({ actor, params, query }) => CRMService.getInstance().activities(actor.organizationId, params.id, query),
);

export const POST = route(
  {
    ...shared,
    method: 'POST',
    summary: 'Note that something happened with a record',
    permission: 'crm.write',
    body: activityBody,
    response: recordView,
    status: 201,
    rateLimit: 'write',
    idempotency: true,
  },
  ({ actor, params, body }) => CRMService.getInstance().updateLeadActivity(actor, params.id, body),
);
