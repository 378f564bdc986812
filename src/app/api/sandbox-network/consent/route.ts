import { z } from 'zod';
import { consentRequest } from '@/features/platforms/sandbox/schema';
import { SandboxService } from '@/features/platforms/sandbox/service';
import { route } from '@/server/route';

export const POST = route(
  {
    method: 'POST',
    path: '/api/sandbox-network/consent',
    summary: 'Sandbox network: answer its consent page',
    tag: 'Sandbox',
    auth: 'user',
    body: consentRequest,
    response: z.object({ redirectTo: z.url() }),
    rateLimit: 'write',
  },
  ({ principal, body }) => SandboxService.getInstance().consent(principal.userId, body),
);
