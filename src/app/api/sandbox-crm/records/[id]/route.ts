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
} as const;

export const GET = route(
  {
    ...shared,
    method: 'GET',
    summary: 'Sandbox CRM: a record as the vendor has it',
    response: sandboxCrmRecord,
    rateLimit: 'read',
  },
  ({ principal, params }) => SandboxCrmService.getInstance().get(principal.userId, params.id),
);

export const PATCH = route(
  {
    ...shared,
    method: 'PATCH',
    summary: 'Sandbox CRM: change values of a record at the vendor',
    body: changeSandboxRecord,
    response: sandboxCrmRecord,
    rateLimit: 'write',
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
    rateLimit: 'write',
  },
  ({ principal, params, query }) =>
    SandboxCrmService.getInstance().remove(principal.userId, params.id, query.erase === 'true'),
);
