import { refreshAnswer } from '@/features/inbox/schema';
import { InboxService } from '@/features/inbox/service';
import { route } from '@/server/route';

export const POST = route(
  {
    method: 'POST',
    path: '/api/inbox/refresh',
    summary: 'Look at the networks now',
    description: 'Channels that were looked at a moment ago, or that ask for a pause, are left alone.',
    tag: 'Inbox',
    auth: 'member',
    permission: 'content.read',
    response: refreshAnswer,
    rateLimit: 'write',
  },
  ({ actor }) => InboxService.getInstance().refresh(actor),
);
