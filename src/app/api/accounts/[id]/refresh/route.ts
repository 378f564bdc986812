import { z } from 'zod';
import { accountViewSchema } from '@/features/platforms/schema';
import { PlatformService } from '@/features/platforms/service';
import { route } from '@/server/route';

export const POST = route(
  {
    method: 'POST',
    path: '/api/accounts/[id]/refresh',
    summary: 'Renew the sign-in of a channel now',
    tag: 'Channels',
    auth: 'member',
    permission: 'channels.manage',
    params: z.object({ id: z.string() }),
    response: accountViewSchema,
    rateLimit: 'write',
  },
  ({ actor, params: { id } }) => PlatformService.getInstance().refresh(actor, id),
);
