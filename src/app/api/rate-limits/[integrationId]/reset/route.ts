import { rateLimitParams, rateLimitsView } from '@/features/integrations/limits/schema';
import { RateLimitService } from '@/features/integrations/limits/service';
import { route } from '@/server/route';

export const POST = route(
  {
    method: 'POST',
    path: '/api/rate-limits/[integrationId]/reset',
    summary: 'Call at full pace again, and end a pause',
    tag: 'Integrations',
    auth: 'member',
    permission: 'integrations.manage',
    params: rateLimitParams,
    response: rateLimitsView,
    rateLimit: 'write',
  },
  ({ actor, params }) => RateLimitService.getInstance().reset(actor, params.integrationId),
);
