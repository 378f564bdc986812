import { integrationParams } from '@/features/integrations/connections/schema';
import { CredentialRotation } from '@/features/integrations/credentials/rotation';
import { credentialView, rotationPolicyBody } from '@/features/integrations/credentials/schema';
import { route } from '@/server/route';

const shared = {
  path: '/api/integrations/[id]/credential',
  tag: 'Integrations',
  auth: 'member',
  permission: 'integrations.manage',
  params: integrationParams,
  response: credentialView,
} as const;

export const GET = route(
  { ...shared, method: 'GET', summary: 'About its secret: age, renewal, policy', rateLimit: 'read' },
  ({ actor, params }) => CredentialRotation.getInstance().view(actor.organizationId, params.id),
);

export const PUT = route(
  {
    ...shared,
    method: 'PUT',
    summary: 'Set how old its secret may grow',
    body: rotationPolicyBody,
    rateLimit: 'write',
  },
  ({ actor, params, body }) => CredentialRotation.getInstance().setPolicy(actor, params.id, body),
);
