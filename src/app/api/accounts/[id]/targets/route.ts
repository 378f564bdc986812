import { z } from 'zod';
import { targetListSchema } from '@/features/platforms/schema';
import { PlatformService } from '@/features/platforms/service';
import { route } from '@/server/route';

export const GET = route(
  {
    method: 'GET',
    path: '/api/accounts/[id]/targets',
    summary:
      'List the pages, organisations, boards or communities a channel may post to; one with its rules and labels',
    tag: 'Channels',
    auth: 'member',
    permission: 'channels.read',
    params: z.object({ id: z.string() }),
    query: z.strictObject({ target: z.string().max(300).optional() }),
    response: targetListSchema,
    rateLimit: 'read',
  },
  ({ actor, params: { id }, query: { target } }) => PlatformService.getInstance().targets(actor, id, target),
);
