import {
  createSandboxRecord,
  sandboxCrmPage,
  sandboxCrmQuery,
  sandboxCrmRecord,
} from '@/features/integrations/sandbox/schema';
import { SandboxCrmService } from '@/features/integrations/sandbox/service';
import { route } from '@/server/route';

const shared = { path: '/api/sandbox-crm/records', tag: 'Sandbox', auth: 'user' } as const;

export const GET = route(
  {
    ...shared,
    method: 'GET',
    summary: 'Sandbox CRM: records of an account of yours, as the vendor has them',
    query: sandboxCrmQuery,
    response: sandboxCrmPage,
    rateLimit: 'read',
  },
  ({ principal, query }) => SandboxCrmService.getInstance().records(principal.userId, query),
);

export const POST = route(
  {
    ...shared,
    method: 'POST',
    summary: 'Sandbox CRM: add a record at the vendor',
    body: createSandboxRecord,
    response: sandboxCrmRecord,
    status: 201,
    rateLimit: 'write',
  },
  ({ principal, body }) => SandboxCrmService.getInstance().create(principal.userId, body),
);
