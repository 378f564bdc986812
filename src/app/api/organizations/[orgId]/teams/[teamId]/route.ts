import { teamParams, teamView, updateTeamBody } from '@/features/organizations/schema';
import { TeamService } from '@/features/organizations/teams';
import { route } from '@/server/route';

export const PATCH = route(
  {
    method: 'PATCH',
    path: '/api/organizations/[orgId]/teams/[teamId]',
    summary: 'Change a team',
    description: 'Members with channels of a team work in these channels.',
    tag: 'Organisations',
    auth: 'member',
    permission: 'teams.manage',
    params: teamParams,
    body: updateTeamBody,
    response: teamView,
    rateLimit: 'write',
  },
  ({ actor, params, body }) => TeamService.getInstance().change(actor, params.teamId, body),
);

export const DELETE = route(
  {
    method: 'DELETE',
    path: '/api/organizations/[orgId]/teams/[teamId]',
    summary: 'Delete a team',
    tag: 'Organisations',
    auth: 'member',
    permission: 'teams.manage',
    params: teamParams,
    response: 'empty',
    rateLimit: 'write',
  },
  ({ actor, params }) => TeamService.getInstance().remove(actor, params.teamId),
);
