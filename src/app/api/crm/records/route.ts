import { pageOf } from '@/core/db/cursor';
import { recordQuery, recordView } from '@/features/crm/schema';
import { CRMService } from '@/features/crm/service';
import { route } from '@/server/route';

export const GET = route(
  {
    method: 'GET',
    path: '/api/crm/records',
    summary: 'Contacts, companies and deals',
    description: 'By name. A search finds the beginnings of words; its pages may hold fewer than `limit`.',
    tag: 'CRM',
    auth: 'member',
    permission: 'crm.read',
    query: recordQuery,
    response: pageOf(recordView),
    rateLimit: 'read',
  },
  ({ actor, query }) => CRMService.getInstance().list(actor.organizationId, query),
);
