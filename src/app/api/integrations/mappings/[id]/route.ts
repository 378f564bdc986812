import { changeMappingBody, mappingParams, mappingView } from '@/features/integrations/mapping/schema';
import { DataMappingService } from '@/features/integrations/mapping/service';
import { route } from '@/server/route';

const shared = {
  path: '/api/integrations/mappings/[id]',
  tag: 'Integrations',
  auth: 'member',
  params: mappingParams,
} as const;
const manage = { ...shared, permission: 'integrations.manage', rateLimit: 'write' } as const;

export const GET = route(
  {
    ...shared,
    method: 'GET',
    summary: 'A field mapping',
    permission: 'integrations.read',
    response: mappingView,
    rateLimit: 'read',
  },
  ({ actor, params }) => DataMappingService.getInstance().get(actor.organizationId, params.id),
);

export const PATCH = route(
  {
    ...manage,
    method: 'PATCH',
    summary: 'Change a field mapping',
    body: changeMappingBody,
    response: mappingView,
  },
  ({ actor, params, body }) => DataMappingService.getInstance().change(actor, params.id, body),
);

export const DELETE = route(
  { ...manage, method: 'DELETE', summary: 'Delete a field mapping', response: 'empty' },
  ({ actor, params }) => DataMappingService.getInstance().delete(actor, params.id),
);
