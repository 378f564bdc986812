import {
  changeIntegrationBody,
  integrationParams,
  integrationView,
} from '@/features/integrations/connections/schema';
import { IntegrationConnectionService } from '@/features/integrations/connections/service';
import { route } from '@/server/route';

const shared = {
  path: '/api/integrations/[id]',
  tag: 'Integrations',
  auth: 'member',
  params: integrationParams,
} as const;
const manage = { ...shared, permission: 'integrations.manage', rateLimit: 'write' } as const;

export const GET = route(
  {
    ...shared,
    method: 'GET',
    summary: 'An integration',
    permission: 'integrations.read',
    response: integrationView,
    rateLimit: 'read',
  },
  ({ actor, params }) => IntegrationConnectionService.getInstance().get(actor.organizationId, params.id),
);

export const PATCH = route(
  {
    ...manage,
    method: 'PATCH',
    summary: 'Rename it',
    body: changeIntegrationBody,
    response: integrationView,
  },
  ({ actor, params, body }) => IntegrationConnectionService.getInstance().change(actor, params.id, body),
);

export const DELETE = route(
  { ...manage, method: 'DELETE', summary: 'Disconnect it and delete what it brought', response: 'empty' },
  ({ actor, params }) => IntegrationConnectionService.getInstance().delete(actor, params.id),
);
