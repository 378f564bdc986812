import { pageOf } from '@/core/db/cursor';
import { createRecordBody, recordDetailView, recordQuery, recordView } from '@/features/crm/schema';
import { CRMService } from '@/features/crm/service';
import { route } from '@/server/route';

const shared = { path: '/api/crm/records', tag: 'CRM', auth: 'member' } as const;

export const GET = route(
  {
    ...shared,
    method: 'GET',
    summary: 'Contacts, companies and deals',
    description: 'By name. A search finds the beginnings of words; its pages may hold fewer than `limit`.',
    permission: 'crm.read',
    query: recordQuery,
    response: pageOf(recordView),
    rateLimit: 'read',
  },
  ({ actor, query }) => CRMService.getInstance().list(actor.organizationId, query),
);

export const POST = route(
  {
    ...shared,
    method: 'POST',
    summary: 'Add a record, here and soon at its CRM',
    permission: 'crm.write',
    body: createRecordBody,
    response: recordDetailView,
    status: 201,
    rateLimit: 'write',
    idempotency: true,
  },
  ({ actor, body }) => CRMService.getInstance().create(actor, body),
);
