import { ProviderDirectory, providersResponse } from '@/features/ai/directory';
import { route } from '@/server/route';

export const GET = route(
  {
    method: 'GET',
    path: '/api/ai/providers',
    summary: 'AI providers and their models',
    description: 'Which are configured, how they are doing, and what their models can.',
    tag: 'AI',
    auth: 'member',
    permission: 'ai.read',
    response: providersResponse,
    rateLimit: 'read',
  },
  () => ProviderDirectory.getInstance().list(),
);
