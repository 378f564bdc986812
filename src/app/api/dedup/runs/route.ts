import { pageOf, pageQuery } from '@/core/db/cursor';
import { runStartedView, runView, startRunBody } from '@/features/crm/dedup/schema';
import { IntegrationDeduplicationService } from '@/features/crm/dedup/service';
import { route } from '@/server/route';

const shared = {
  path: '/api/dedup/runs',
  tag: 'CRM',
  auth: 'member',
  permission: 'integrations.manage',
} as const;

export const GET = route(
  {
    ...shared,
    method: 'GET',
    summary: 'Searches for duplicates',
    query: pageQuery,
    response: pageOf(runView),
    rateLimit: 'read',
  },
  ({ actor, query }) => IntegrationDeduplicationService.getInstance().listRuns(actor.organizationId, query),
);

export const POST = route(
  {
    ...shared,
    method: 'POST',
    summary: 'Search for duplicates now',
    body: startRunBody,
    response: runStartedView,
    status: 202,
    rateLimit: 'write',
  },
  ({ actor, body }) => IntegrationDeduplicationService.getInstance().start(actor, body),
);
