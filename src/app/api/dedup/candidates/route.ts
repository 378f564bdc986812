import { pageOf } from '@/core/db/cursor';
import { candidateQuery, candidateView } from '@/features/crm/dedup/schema';
import { IntegrationDeduplicationService } from '@/features/crm/dedup/service';
import { route } from '@/server/route';

export const GET = route(
  {
    method: 'GET',
    path: '/api/dedup/candidates',
    summary: 'Records that may be one and the same, the surest first',
    tag: 'CRM',
    auth: 'member',
    permission: 'integrations.manage',
    query: candidateQuery,
    response: pageOf(candidateView),
    rateLimit: 'read',
  },
  ({ actor, query }) => IntegrationDeduplicationService.getInstance().candidates(actor.organizationId, query),
);
