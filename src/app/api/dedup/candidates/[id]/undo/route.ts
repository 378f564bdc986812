import { candidateParams, undoAnswer } from '@/features/crm/dedup/schema';
import { IntegrationDeduplicationService } from '@/features/crm/dedup/service';
import { route } from '@/server/route';

export const POST = route(
  {
    method: 'POST',
    path: '/api/dedup/candidates/[id]/undo',
    summary: 'Take back what was decided on two records',
    description: 'Both are as they were. `kept` names what changed since the merge and stays as it is now.',
    tag: 'CRM',
    auth: 'member',
    permission: 'integrations.manage',
    params: candidateParams,
    response: undoAnswer,
    rateLimit: 'write',
  },
  ({ actor, params }) => IntegrationDeduplicationService.getInstance().undo(actor, params.id),
);
