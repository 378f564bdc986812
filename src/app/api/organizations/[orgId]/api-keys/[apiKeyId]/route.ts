import { ApiKeyService } from '@/features/organizations/api-keys';
import { apiKeyParams } from '@/features/organizations/schema';
import { route } from '@/server/route';

export const DELETE = route(
  {
    method: 'DELETE',
    path: '/api/organizations/[orgId]/api-keys/[apiKeyId]',
    summary: 'Revoke an API key',
    tag: 'Organisations',
    auth: 'member',
    permission: 'apiKeys.manage',
    params: apiKeyParams,
    response: 'empty',
    rateLimit: 'write',
  },
  ({ actor, params }) => ApiKeyService.getInstance().revoke(actor, params.apiKeyId),
);
