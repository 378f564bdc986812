import { runParams, runView } from '@/features/crm/dedup/schema';
import { IntegrationDeduplicationService } from '@/features/crm/dedup/service';
import { route } from '@/server/route';

export const GET = route(
  {
    method: 'GET',
    path: '/api/dedup/runs/[id]',
    summary: 'How far a search for duplicates is',
    tag: 'CRM',
    auth: 'member',
    permission: 'integrations.manage',
    params: runParams,
    response: runView,
    rateLimit: 'read',
  },
  ({ actor, params }) =>
    IntegrationDeduplicationService.getInstance().getRun(actor.organizationId, params.id),
);
