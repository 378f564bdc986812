import { z } from 'zod';
import { ApiKeyService } from '@/features/organizations/api-keys';
import {
  apiKeyView,
  createApiKeyBody,
  createdApiKeyView,
  organizationParams,
} from '@/features/organizations/schema';
import { route } from '@/server/route';

export const GET = route(
  {
    method: 'GET',
    path: '/api/organizations/[orgId]/api-keys',
    summary: 'API keys',
    tag: 'Organisations',
    auth: 'member',
    permission: 'apiKeys.manage',
    params: organizationParams,
    response: z.object({ items: z.array(apiKeyView), cursor: z.null() }),
    rateLimit: 'read',
  },
  async ({ actor }) => ({
    items: await ApiKeyService.getInstance().list(actor.organizationId),
    cursor: null,
  }),
);

export const POST = route(
  {
    method: 'POST',
    path: '/api/organizations/[orgId]/api-keys',
    summary: 'Create an API key',
    description:
      'The key is in the answer, and nowhere ever again. It can do what its scopes say, and at most what you may at the time of each call.',
    tag: 'Organisations',
    auth: 'member',
    permission: 'apiKeys.manage',
    params: organizationParams,
    body: createApiKeyBody,
    response: createdApiKeyView,
    status: 201,
    rateLimit: 'write',
  },
  ({ actor, body }) => ApiKeyService.getInstance().create(actor, body),
);
