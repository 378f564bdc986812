import { z } from 'zod';
import { SandboxService } from '@/features/platforms/sandbox/service';
import { route } from '@/server/route';

export const GET = route(
  {
    method: 'GET',
    path: '/api/sandbox-network/media/[id]',
    summary: 'Sandbox network: a file as it was posted',
    tag: 'Sandbox',
    auth: 'public',
    params: z.object({ id: z.string() }),
    response: 'stream',
    rateLimit: 'read',
  },
  ({ params: { id } }) => SandboxService.getInstance().media(id),
);
