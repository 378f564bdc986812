import { z } from 'zod';
import { InvitationService } from '@/features/organizations/invitations';
import { invitationTokenParams, roleSchema } from '@/features/organizations/schema';
import { route } from '@/server/route';

export const POST = route(
  {
    method: 'POST',
    path: '/api/invitations/[token]/accept',
    summary: 'Accept an invitation',
    description: 'Only for the invited address, which must be confirmed.',
    tag: 'Organisations',
    auth: 'user',
    params: invitationTokenParams,
    response: z.object({ organizationId: z.string(), role: roleSchema }),
    rateLimit: 'write',
  },
  ({ principal, params }) => InvitationService.getInstance().accept(principal, params.token),
);
