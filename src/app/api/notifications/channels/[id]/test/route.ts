import { channelParams, messageView } from '@/features/notifications/channels/schema';
import { NotificationChannelService } from '@/features/notifications/channels/service';
import { route } from '@/server/route';

export const POST = route(
  {
    method: 'POST',
    path: '/api/notifications/channels/[id]/test',
    summary: 'Send a test message',
    description: "Sent at once, once. The answer holds the vendor's own words.",
    tag: 'Notifications',
    auth: 'member',
    permission: 'integrations.manage',
    params: channelParams,
    response: messageView,
    rateLimit: 'write',
  },
  ({ actor, params }) => NotificationChannelService.getInstance().test(actor, params.id),
);
