import { MemberService } from '@/features/organizations/members';
import { organizationParams } from '@/features/organizations/schema';
import { route } from '@/server/route';

export const POST = route(
  {
    method: 'POST',
    path: '/api/organizations/[orgId]/leave',
    summary: 'Leave an organisation',
    description: 'The last owner cannot leave.',
    tag: 'Organisations',
    auth: 'member',
    permission: 'organization.read',
    params: organizationParams,
    response: 'empty',
    rateLimit: 'write',
  },
  ({ actor }) => MemberService.getInstance().leave(actor),
);
