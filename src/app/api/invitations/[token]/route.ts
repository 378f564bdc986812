import { InvitationService } from '@/features/organizations/invitations';
import { invitationPreview, invitationTokenParams } from '@/features/organizations/schema';
import { route } from '@/server/route';

export const GET = route(
  {
    method: 'GET',
    path: '/api/invitations/[token]',
    summary: 'What a link invites to',
    tag: 'Organisations',
    auth: 'public',
    params: invitationTokenParams,
    response: invitationPreview,
    rateLimit: 'public',
  },
  ({ params }) => InvitationService.getInstance().preview(params.token),
);
