import { entityParams } from '@/features/integrations/connections/schema';
import { saveShardsBody, shardsView } from '@/features/integrations/shards/schema';
import { IntegrationShardService } from '@/features/integrations/shards/service';
import { route } from '@/server/route';

const about = {
  path: '/api/integrations/[id]/shards/[entity]',
  tag: 'Integrations',
  auth: 'member',
  permission: 'integrations.manage',
  params: entityParams,
  response: shardsView,
  rateLimit: 'write',
} as const;

export const GET = route(
  { ...about, method: 'GET', summary: 'What else a kind of record becomes' },
  ({ actor, params }) =>
    IntegrationShardService.getInstance().rules(actor.organizationId, params.id, params.entity),
);

export const PUT = route(
  {
    ...about,
    method: 'PUT',
    summary: 'Say what else a kind of record becomes',
    body: saveShardsBody,
  },
  ({ actor, params, body }) =>
    IntegrationShardService.getInstance().save(actor, params.id, params.entity, body),
);
