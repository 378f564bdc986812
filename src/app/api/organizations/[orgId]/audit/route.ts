import { pageOf, pageQuery } from '@/core/db/cursor';
import { AuditLog } from '@/features/organizations/audit';
import { auditFilter, auditView, organizationParams } from '@/features/organizations/schema';
import { route } from '@/server/route';

export const GET = route(
  {
    method: 'GET',
    path: '/api/organizations/[orgId]/audit',
    summary: 'Audit log',
    description: 'Every privileged action, newest first.',
    tag: 'Organisations',
    auth: 'member',
    permission: 'audit.read',
    params: organizationParams,
    query: auditFilter.extend(pageQuery.shape),
    response: pageOf(auditView),
    rateLimit: 'read',
  },
  ({ actor, query }) => AuditLog.getInstance().list(actor.organizationId, query, query),
);
