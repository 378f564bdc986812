import { inboxItemSchema, replyParams, resolveReplyBody } from '@/features/inbox/schema';
import { InboxService } from '@/features/inbox/service';
import { route } from '@/server/route';

export const POST = route(
  {
    method: 'POST',
    path: '/api/inbox/[id]/replies/[replyId]/resolve',
    summary: 'Say whether an unconfirmed answer is out',
    description: 'Also sends a failed one again: `absent` with `resend: true`.',
    tag: 'Inbox',
    auth: 'member',
    permission: 'content.publish',
    params: replyParams,
    body: resolveReplyBody,
    response: inboxItemSchema,
    rateLimit: 'publish',
    idempotency: true,
  },
  ({ actor, params, body }) => InboxService.getInstance().resolve(actor, params.id, params.replyId, body),
);
