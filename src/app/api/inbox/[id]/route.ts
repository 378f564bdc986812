import { changeItemBody, inboxItemParams, inboxItemSchema } from '@/features/inbox/schema';
import { InboxService } from '@/features/inbox/service';
import { route } from '@/server/route';

export const PATCH = route(
  {
    method: 'PATCH',
    path: '/api/inbox/[id]',
    summary: 'Assign a comment, mark it done or open it again',
    tag: 'Inbox',
    auth: 'member',
    permission: 'content.write',
    params: inboxItemParams,
    body: changeItemBody,
    response: inboxItemSchema,
    rateLimit: 'write',
  },
  ({ actor, params, body }) => InboxService.getInstance().change(actor, params.id, body),
);
