import { z } from 'zod';
import { callbackQuerySchema, platformIdSchema } from '@/features/platforms/schema';
import { PlatformService } from '@/features/platforms/service';
import { route } from '@/server/route';

export const GET = route(
  {
    method: 'GET',
    path: '/api/accounts/callback/[platform]',
    summary: 'Where a network sends the person back after its consent page',
    description: 'Answers 303 to a page of IriSync, with `connected` or `connect_error` in its query.',
    tag: 'Channels',
    auth: 'user',
    params: z.object({ platform: platformIdSchema }),
    query: callbackQuerySchema,
    response: 'stream',
    rateLimit: 'auth',
  },
  async ({ principal, params: { platform }, query }) => {
    const { redirectTo } = await PlatformService.getInstance().callback(platform, principal.userId, query);
    return new Response(null, { status: 303, headers: { location: redirectTo } });
  },
);
