import { dedupPolicySchema } from '@/features/crm/dedup/schema';
import { IntegrationDeduplicationService } from '@/features/crm/dedup/service';
import { route } from '@/server/route';

const shared = {
  path: '/api/dedup/settings',
  tag: 'CRM',
  auth: 'member',
  permission: 'integrations.manage',
  response: dedupPolicySchema,
} as const;

export const GET = route(
  { ...shared, method: 'GET', summary: 'How duplicates are found and merged', rateLimit: 'read' },
  ({ actor }) => IntegrationDeduplicationService.getInstance().policy(actor.organizationId),
);

export const PUT = route(
  {
    ...shared,
    method: 'PUT',
    summary: 'Change how duplicates are found and merged',
    body: dedupPolicySchema,
    rateLimit: 'write',
  },
  ({ actor, body }) => IntegrationDeduplicationService.getInstance().setPolicy(actor, body),
);
