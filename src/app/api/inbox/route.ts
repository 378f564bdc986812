import { pageOf } from '@/core/db/cursor';
import { inboxItemSchema, listInboxQuery } from '@/features/inbox/schema';
import { InboxService } from '@/features/inbox/service';
import { route } from '@/server/route';

export const GET = route(
  {
    method: 'GET',
    path: '/api/inbox',
    summary: 'Comments and mentions, newest first',
    tag: 'Inbox',
    auth: 'member',
    permission: 'content.read',
    query: listInboxQuery,
    response: pageOf(inboxItemSchema),
    rateLimit: 'read',
  },
  ({ actor, query }) => InboxService.getInstance().list(actor, query),
);
