import { messageParams, messageView } from '@/features/notifications/channels/schema';
import { NotificationChannelService } from '@/features/notifications/channels/service';
import { route } from '@/server/route';

export const POST = route(
  {
    method: 'POST',
    path: '/api/notifications/channels/[id]/messages/[messageId]/replay',
    summary: 'Send a message again that did not get through',
    tag: 'Notifications',
    auth: 'member',
    permission: 'integrations.manage',
    params: messageParams,
    response: messageView,
    rateLimit: 'write',
    idempotency: true,
  },
  ({ actor, params }) => NotificationChannelService.getInstance().replay(actor, params.id, params.messageId),
);
