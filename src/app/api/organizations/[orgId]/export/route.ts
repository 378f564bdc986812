import { zipDownload } from '@/core/http/download';
import { OrganizationLifecycle } from '@/features/organizations/lifecycle';
import { organizationParams } from '@/features/organizations/schema';
import { route } from '@/server/route';

export const GET = route(
  {
    method: 'GET',
    path: '/api/organizations/[orgId]/export',
    summary: 'Export an organisation',
    description:
      'Everything the organisation has, as one ZIP, streamed: `data.json` and its media. Secrets are not in it.',
    tag: 'Organisations',
    auth: 'member',
    permission: 'organization.delete',
    params: organizationParams,
    response: 'stream',
    rateLimit: 'upload',
  },
  async ({ actor }) =>
    zipDownload(OrganizationLifecycle.getInstance().export(actor), 'irisync-organisation.zip'),
);
