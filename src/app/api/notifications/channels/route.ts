import { z } from 'zod';
import { channelView, createChannelBody } from '@/features/notifications/channels/schema';
import { NotificationChannelService } from '@/features/notifications/channels/service';
import { route } from '@/server/route';

const shared = {
  path: '/api/notifications/channels',
  tag: 'Notifications',
  auth: 'member',
  permission: 'integrations.manage',
} as const;

export const GET = route(
  {
    ...shared,
    method: 'GET',
    summary: 'Chat channels',
    response: z.object({ items: z.array(channelView), cursor: z.null() }),
    rateLimit: 'read',
  },
  async ({ actor }) => ({
    items: await NotificationChannelService.getInstance().list(actor.organizationId),
    cursor: null,
  }),
);

export const POST = route(
  {
    ...shared,
    method: 'POST',
    summary: 'Add a channel of Slack or Microsoft Teams',
    description: 'Its address or token is kept encrypted and never answered again.',
    body: createChannelBody,
    response: channelView,
    status: 201,
    rateLimit: 'write',
  },
  ({ actor, body }) => NotificationChannelService.getInstance().create(actor, body),
);
