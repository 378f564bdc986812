import { callbackQuery, connectParams } from '@/features/integrations/connections/schema';
import { IntegrationConnectionService } from '@/features/integrations/connections/service';
import { route } from '@/server/route';

export const GET = route(
  {
    method: 'GET',
    path: '/api/integrations/callback/[type]',
    summary: 'Where a vendor sends the person back after its consent page',
    description: 'Answers 303 to a page of IriSync, with `connected` or `connect_error` in its query.',
    tag: 'Integrations',
    auth: 'user',
    params: connectParams,
    query: callbackQuery,
    response: 'stream',
    rateLimit: 'auth',
  },
  async ({ principal, params: { type }, query }) => {
    const service = IntegrationConnectionService.getInstance();
    const { redirectTo } = await service.callback(type, principal.userId, query);
    return new Response(null, { status: 303, headers: { location: redirectTo } });
  },
);
