import { inboxItemParams, inboxItemSchema, replyBody } from '@/features/inbox/schema';
import { InboxService } from '@/features/inbox/service';
import { route } from '@/server/route';

export const POST = route(
  {
    method: 'POST',
    path: '/api/inbox/[id]/replies',
    summary: 'Answer a comment in public',
    description:
      'It is sent once. When the network does not say whether it is out, the answer is `unconfirmed` and a person looks.',
    tag: 'Inbox',
    auth: 'member',
    permission: 'content.publish',
    params: inboxItemParams,
    body: replyBody,
    response: inboxItemSchema,
    status: 201,
    rateLimit: 'publish',
    idempotency: true,
  },
  ({ actor, params, body }) => InboxService.getInstance().reply(actor, params.id, body.text),
);
