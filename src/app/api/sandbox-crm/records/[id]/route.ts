import {
  changeSandboxRecord,
  removeSandboxRecord,
  sandboxCrmRecord,
  sandboxRecordParams,
} from '@/features/integrations/sandbox/schema';
import { SandboxCrmService } from '@/features/integrations/sandbox/service';
import { route } from '@/server/route';

const shared = {
  path: '/api/sandbox-crm/records/[id]',
  tag: 'Sandbox',
  auth: 'user',
  params: sandboxRecordParams,
  rateLimit: 'write',
} as const;

export const PATCH = route(
  {
    ...shared,
    method: 'PATCH',
    summary: 'Sandbox CRM: change values of a record at the vendor',
    body: changeSandboxRecord,
    response: sandboxCrmRecord,
  },
  ({ principal, params, body }) =>
    SandboxCrmService.getInstance().change(principal.userId, params.id, body.values),
);

export const DELETE = route(
  {
    ...shared,
    method: 'DELETE',
    summary: 'Sandbox CRM: delete a record at the vendor, or erase it for good',
    query: removeSandboxRecord,
    response: 'empty',
  },
  ({ principal, params, query }) =>
    SandboxCrmService.getInstance().remove(principal.userId, params.id, query.erase === 'true'),
);
