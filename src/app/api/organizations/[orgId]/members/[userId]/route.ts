import { MemberService } from '@/features/organizations/members';
import { memberParams, memberView, updateMemberBody } from '@/features/organizations/schema';
import { route } from '@/server/route';

export const PATCH = route(
  {
    method: 'PATCH',
    path: '/api/organizations/[orgId]/members/[userId]',
    summary: 'Change a member',
    description: 'Nobody gives a role above their own or changes somebody above them; the last owner stays.',
    tag: 'Organisations',
    auth: 'member',
    permission: 'members.manage',
    params: memberParams,
    body: updateMemberBody,
    response: memberView,
    rateLimit: 'write',
  },
  ({ actor, params, body }) => MemberService.getInstance().change(actor, params.userId, body),
);

export const DELETE = route(
  {
    method: 'DELETE',
    path: '/api/organizations/[orgId]/members/[userId]',
    summary: 'Remove a member',
    description: 'Their API keys stop working at once.',
    tag: 'Organisations',
    auth: 'member',
    permission: 'members.manage',
    params: memberParams,
    response: 'empty',
    rateLimit: 'write',
  },
  ({ actor, params }) => MemberService.getInstance().remove(actor, params.userId),
);
