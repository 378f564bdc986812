import { z } from 'zod';
import { feedAnswer, sandboxHandle } from '@/features/platforms/sandbox/schema';
import { SandboxService } from '@/features/platforms/sandbox/service';
import { route } from '@/server/route';

export const GET = route(
  {
    method: 'GET',
    path: '/api/sandbox-network/feed',
    summary: 'Sandbox network: its public posts',
    tag: 'Sandbox',
    auth: 'public',
    query: z.strictObject({ handle: sandboxHandle.optional(), cursor: z.string().max(100).optional() }),
    response: feedAnswer,
    rateLimit: 'public',
  },
  ({ query }) => SandboxService.getInstance().feed(query),
);
