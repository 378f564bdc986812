import { changeChannelBody, channelParams, channelView } from '@/features/notifications/channels/schema';
import { NotificationChannelService } from '@/features/notifications/channels/service';
import { route } from '@/server/route';

const shared = {
  path: '/api/notifications/channels/[id]',
  tag: 'Notifications',
  auth: 'member',
  permission: 'integrations.manage',
  params: channelParams,
} as const;

export const GET = route(
  { ...shared, method: 'GET', summary: 'A chat channel', response: channelView, rateLimit: 'read' },
  ({ actor, params }) => NotificationChannelService.getInstance().get(actor.organizationId, params.id),
);

export const PATCH = route(
  {
    ...shared,
    method: 'PATCH',
    summary: 'Change a chat channel, or switch it off and on',
    body: changeChannelBody,
    response: channelView,
    rateLimit: 'write',
  },
  ({ actor, params, body }) => NotificationChannelService.getInstance().change(actor, params.id, body),
);

export const DELETE = route(
  { ...shared, method: 'DELETE', summary: 'Delete a chat channel', response: 'empty', rateLimit: 'write' },
  ({ actor, params }) => NotificationChannelService.getInstance().delete(actor, params.id),
);
