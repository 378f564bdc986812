import { pageOf } from '@/core/db/cursor';
import { integrationParams } from '@/features/integrations/connections/schema';
import { CredentialRotation } from '@/features/integrations/credentials/rotation';
import { credentialAuditQuery, credentialAuditView } from '@/features/integrations/credentials/schema';
import { route } from '@/server/route';

export const GET = route(
  {
    method: 'GET',
    path: '/api/integrations/[id]/credential/audit',
    summary: 'What was done with its secret in the last 90 days',
    tag: 'Integrations',
    auth: 'member',
    permission: 'integrations.manage',
    params: integrationParams,
    query: credentialAuditQuery,
    response: pageOf(credentialAuditView),
    rateLimit: 'read',
  },
  ({ actor, params, query }) =>
    CredentialRotation.getInstance().history(actor.organizationId, params.id, query),
);
