import { versionFrom } from '@/features/content/if-match';
import { editRecordBody, recordDetailView, recordParams } from '@/features/crm/schema';
import { CRMService } from '@/features/crm/service';
import { route } from '@/server/route';

const shared = {
  path: '/api/crm/records/[id]',
  tag: 'CRM',
  auth: 'member',
  params: recordParams,
  response: recordDetailView,
} as const;

export const GET = route(
  {
    ...shared,
    method: 'GET',
    summary: 'A record, with where each value comes from and which can be changed',
    permission: 'crm.read',
    rateLimit: 'read',
  },
  ({ actor, params }) => CRMService.getInstance().get(actor.organizationId, params.id),
);

export const PATCH = route(
  {
    ...shared,
    method: 'PATCH',
    summary: 'Change fields of a record, here and soon at its vendor',
    permission: 'crm.write',
    body: editRecordBody,
    rateLimit: 'write',
    ifMatch: true,
  },
  ({ actor, params, body, request }) =>
    CRMService.getInstance().edit(actor, params.id, versionFrom(request.headers.get('if-match')), body),
);
