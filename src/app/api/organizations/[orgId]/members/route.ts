import { pageOf, pageQuery } from '@/core/db/cursor';
import { MemberService } from '@/features/organizations/members';
import { memberView, organizationParams } from '@/features/organizations/schema';
import { route } from '@/server/route';

export const GET = route(
  {
    method: 'GET',
    path: '/api/organizations/[orgId]/members',
    summary: 'Members',
    tag: 'Organisations',
    auth: 'member',
    permission: 'members.read',
    params: organizationParams,
    query: pageQuery,
    response: pageOf(memberView),
    rateLimit: 'read',
  },
  ({ actor, query }) => MemberService.getInstance().list(actor.organizationId, query),
);
