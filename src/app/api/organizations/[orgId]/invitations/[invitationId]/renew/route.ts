import { InvitationService } from '@/features/organizations/invitations';
import { createdInvitationView, invitationParams } from '@/features/organizations/schema';
import { route } from '@/server/route';

export const POST = route(
  {
    method: 'POST',
    path: '/api/organizations/[orgId]/invitations/[invitationId]/renew',
    summary: 'Make a new link',
    description: 'The old link stops working; the new one works for seven days.',
    tag: 'Organisations',
    auth: 'member',
    permission: 'members.manage',
    params: invitationParams,
    response: createdInvitationView,
    rateLimit: 'write',
  },
  ({ actor, params }) => InvitationService.getInstance().renew(actor, params.invitationId),
);
