import { InvitationService } from '@/features/organizations/invitations';
import { invitationParams } from '@/features/organizations/schema';
import { route } from '@/server/route';

export const DELETE = route(
  {
    method: 'DELETE',
    path: '/api/organizations/[orgId]/invitations/[invitationId]',
    summary: 'Withdraw an invitation',
    tag: 'Organisations',
    auth: 'member',
    permission: 'members.manage',
    params: invitationParams,
    response: 'empty',
    rateLimit: 'write',
  },
  ({ actor, params }) => InvitationService.getInstance().revoke(actor, params.invitationId),
);
