import { z } from 'zod';
import { channelParams, messageQuery, messageView } from '@/features/notifications/channels/schema';
import { NotificationChannelService } from '@/features/notifications/channels/service';
import { route } from '@/server/route';

export const GET = route(
  {
    method: 'GET',
    path: '/api/notifications/channels/[id]/messages',
    summary: 'What was sent to a chat channel',
    tag: 'Notifications',
    auth: 'member',
    permission: 'integrations.manage',
    params: channelParams,
    query: messageQuery,
    response: z.object({ items: z.array(messageView), cursor: z.string().nullable() }),
    rateLimit: 'read',
  },
  ({ actor, params, query }) =>
    NotificationChannelService.getInstance().messages(actor.organizationId, params.id, query),
);
