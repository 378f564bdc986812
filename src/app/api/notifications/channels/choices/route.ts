import { z } from 'zod';
import { eventChoiceView } from '@/features/notifications/channels/schema';
import { NotificationChannelService } from '@/features/notifications/channels/service';
import { route } from '@/server/route';

export const GET = route(
  {
    method: 'GET',
    path: '/api/notifications/channels/choices',
    summary: 'What chat channels may hear of',
    tag: 'Notifications',
    auth: 'member',
    permission: 'integrations.manage',
    response: z.object({ items: z.array(eventChoiceView), cursor: z.null() }),
    rateLimit: 'read',
  },
  async ({ actor }) => ({
    items: NotificationChannelService.getInstance().choices(actor.organizationId),
    cursor: null,
  }),
);
