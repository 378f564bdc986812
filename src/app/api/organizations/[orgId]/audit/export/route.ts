import { csvDownload } from '@/core/http/download';
import { AuditLog } from '@/features/organizations/audit';
import { auditFilter, organizationParams } from '@/features/organizations/schema';
import { route } from '@/server/route';

export const GET = route(
  {
    method: 'GET',
    path: '/api/organizations/[orgId]/audit/export',
    summary: 'Audit log as CSV',
    tag: 'Organisations',
    auth: 'member',
    permission: 'audit.read',
    params: organizationParams,
    query: auditFilter,
    response: 'stream',
    rateLimit: 'upload',
  },
  async ({ actor, query }) =>
    csvDownload(AuditLog.getInstance().csv(actor.organizationId, query), 'irisync-audit.csv'),
);
