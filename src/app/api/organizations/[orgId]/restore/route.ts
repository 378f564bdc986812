import { OrganizationLifecycle } from '@/features/organizations/lifecycle';
import { organizationParams } from '@/features/organizations/schema';
import { route } from '@/server/route';

export const POST = route(
  {
    method: 'POST',
    path: '/api/organizations/[orgId]/restore',
    summary: 'Take a deletion back',
    tag: 'Organisations',
    auth: 'member',
    permission: 'organization.delete',
    params: organizationParams,
    response: 'empty',
    rateLimit: 'write',
  },
  ({ actor }) => OrganizationLifecycle.getInstance().restore(actor),
);
