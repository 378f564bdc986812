import { MemberService } from '@/features/organizations/members';
import { organizationParams, transferBody } from '@/features/organizations/schema';
import { route } from '@/server/route';

export const POST = route(
  {
    method: 'POST',
    path: '/api/organizations/[orgId]/transfer',
    summary: 'Transfer the ownership',
    description: 'The member becomes the owner; you become an admin.',
    tag: 'Organisations',
    auth: 'member',
    permission: 'organization.transfer',
    params: organizationParams,
    body: transferBody,
    response: 'empty',
    rateLimit: 'write',
  },
  ({ actor, body }) => MemberService.getInstance().transfer(actor, body.userId),
);
