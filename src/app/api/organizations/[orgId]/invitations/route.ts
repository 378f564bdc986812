import { pageOf, pageQuery } from '@/core/db/cursor';
import { InvitationService } from '@/features/organizations/invitations';
import {
  createdInvitationView,
  createInvitationBody,
  invitationView,
  organizationParams,
} from '@/features/organizations/schema';
import { route } from '@/server/route';

export const GET = route(
  {
    method: 'GET',
    path: '/api/organizations/[orgId]/invitations',
    summary: 'Invitations',
    tag: 'Organisations',
    auth: 'member',
    permission: 'members.manage',
    params: organizationParams,
    query: pageQuery,
    response: pageOf(invitationView),
    rateLimit: 'read',
  },
  ({ actor, query }) => InvitationService.getInstance().list(actor.organizationId, query),
);

export const POST = route(
  {
    method: 'POST',
    path: '/api/organizations/[orgId]/invitations',
    summary: 'Invite somebody',
    description:
      'Answers with the link to pass on, which is shown only once. It works for seven days, for that address, once.',
    tag: 'Organisations',
    auth: 'member',
    permission: 'members.manage',
    params: organizationParams,
    body: createInvitationBody,
    response: createdInvitationView,
    status: 201,
    rateLimit: 'write',
  },
  ({ actor, body }) => InvitationService.getInstance().create(actor, body),
);
