import { candidateParams, candidateView, resolveCandidateBody } from '@/features/crm/dedup/schema';
import { IntegrationDeduplicationService } from '@/features/crm/dedup/service';
import { route } from '@/server/route';

export const POST = route(
  {
    method: 'POST',
    path: '/api/dedup/candidates/[id]/resolve',
    summary: 'Merge two records, keep them apart, or swap which one stays',
    description: 'Nothing is merged at any vendor. Merging can be undone for 30 days.',
    tag: 'CRM',
    auth: 'member',
    permission: 'integrations.manage',
    params: candidateParams,
    body: resolveCandidateBody,
    response: candidateView,
    rateLimit: 'write',
  },
  ({ actor, params, body }) => IntegrationDeduplicationService.getInstance().resolve(actor, params.id, body),
);
