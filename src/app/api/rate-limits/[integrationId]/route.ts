import { rateLimitParams, rateLimitsBody, rateLimitsView } from '@/features/integrations/limits/schema';
import { RateLimitService } from '@/features/integrations/limits/service';
import { route } from '@/server/route';

const shared = {
  path: '/api/rate-limits/[integrationId]',
  tag: 'Integrations',
  auth: 'member',
  params: rateLimitParams,
  response: rateLimitsView,
} as const;

export const GET = route(
  {
    ...shared,
    method: 'GET',
    summary: 'How often an integration may call its vendor, and what is used',
    permission: 'integrations.read',
    rateLimit: 'read',
  },
  ({ actor, params }) => RateLimitService.getInstance().view(actor.organizationId, params.integrationId),
);

export const PUT = route(
  {
    ...shared,
    method: 'PUT',
    summary: 'Set its limits below the vendor’s',
    permission: 'integrations.manage',
    body: rateLimitsBody,
    rateLimit: 'write',
  },
  ({ actor, params, body }) => RateLimitService.getInstance().change(actor, params.integrationId, body),
);
