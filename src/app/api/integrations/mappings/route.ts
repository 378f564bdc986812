import { pageOf } from '@/core/db/cursor';
import {
  createMappingBody,
  mappingQuery,
  mappingView,
  savedView,
  saveMappingsBody,
} from '@/features/integrations/mapping/schema';
import { DataMappingService } from '@/features/integrations/mapping/service';
import { route } from '@/server/route';

const shared = { path: '/api/integrations/mappings', tag: 'Integrations', auth: 'member' } as const;

export const GET = route(
  {
    ...shared,
    method: 'GET',
    summary: 'Field mappings',
    permission: 'integrations.read',
    query: mappingQuery,
    response: pageOf(mappingView),
    rateLimit: 'read',
  },
  ({ actor, query }) => DataMappingService.getInstance().list(actor.organizationId, query),
);

export const POST = route(
  {
    ...shared,
    method: 'POST',
    summary: 'Map a field',
    description:
      '`transformation` is JSONata over the record, or the body of a JavaScript function over `value`, `record` and `context`; it is compiled before it is saved.',
    permission: 'integrations.manage',
    body: createMappingBody,
    response: mappingView,
    status: 201,
    rateLimit: 'write',
  },
  ({ actor, body }) => DataMappingService.getInstance().create(actor, body),
);

export const PUT = route(
  {
    ...shared,
    method: 'PUT',
    summary: 'Save all mappings of a kind of record',
    description:
      'Puts the given mappings in place of those that are stored, all or nothing. `expected` names the versions it is based on; 409 `stale_version` when others are stored.',
    permission: 'integrations.manage',
    body: saveMappingsBody,
    response: savedView,
    rateLimit: 'write',
  },
  ({ actor, body }) => DataMappingService.getInstance().save(actor, body),
);
