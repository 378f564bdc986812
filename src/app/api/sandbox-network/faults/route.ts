import { z } from 'zod';
import { sandboxHandle, switchesAnswer, switchesRequest } from '@/features/platforms/sandbox/schema';
import { SandboxService } from '@/features/platforms/sandbox/service';
import { route } from '@/server/route';

const common = { path: '/api/sandbox-network/faults', tag: 'Sandbox', auth: 'user' } as const;

export const GET = route(
  {
    ...common,
    method: 'GET',
    summary: 'Sandbox network: fault switches of an account of yours',
    query: z.strictObject({ handle: sandboxHandle }),
    response: switchesAnswer,
    rateLimit: 'read',
  },
  ({ principal, query }) => SandboxService.getInstance().switches(principal.userId, query.handle),
);

export const PUT = route(
  {
    ...common,
    method: 'PUT',
    summary: 'Sandbox network: set the fault switches of an account of yours',
    body: switchesRequest,
    response: switchesAnswer,
    rateLimit: 'write',
  },
  ({ principal, body }) => SandboxService.getInstance().setSwitches(principal.userId, body),
);
