import { z } from 'zod';
import { accountViewSchema, settingsPatchSchema } from '@/features/platforms/schema';
import { PlatformService } from '@/features/platforms/service';
import { route } from '@/server/route';

const common = { path: '/api/accounts/[id]', tag: 'Channels', auth: 'member' } as const;
const params = z.object({ id: z.string() });

export const GET = route(
  {
    ...common,
    method: 'GET',
    summary: 'Read a channel',
    permission: 'channels.read',
    params,
    response: accountViewSchema,
    rateLimit: 'read',
  },
  ({ actor, params: { id } }) => PlatformService.getInstance().get(actor, id),
);

export const PATCH = route(
  {
    ...common,
    method: 'PATCH',
    summary: 'Change the settings of a channel',
    permission: 'channels.manage',
    params,
    body: settingsPatchSchema,
    response: accountViewSchema,
    rateLimit: 'write',
  },
  ({ actor, params: { id }, body }) => PlatformService.getInstance().changeSettings(actor, id, body),
);

export const DELETE = route(
  {
    ...common,
    method: 'DELETE',
    summary: 'Disconnect a channel',
    permission: 'channels.manage',
    params,
    response: 'empty',
    rateLimit: 'write',
  },
  ({ actor, params: { id } }) => PlatformService.getInstance().disconnect(actor, id),
);
