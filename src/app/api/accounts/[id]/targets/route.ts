import { z } from 'zod';
import { targetListSchema } from '@/features/platforms/schema';
import { PlatformService } from '@/features/platforms/service';
import { route } from '@/server/route';

export const GET = route(
  {
    method: 'GET',
    path: '/api/accounts/[id]/targets',
    summary: 'List the pages, organisations or boards a channel may post to',
    tag: 'Channels',
    auth: 'member',
    permission: 'channels.read',
    params: z.object({ id: z.string() }),
    response: targetListSchema,
    rateLimit: 'read',
  },
  ({ actor, params: { id } }) => PlatformService.getInstance().targets(actor, id),
);
