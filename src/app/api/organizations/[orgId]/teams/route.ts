import { z } from 'zod';
import { createTeamBody, organizationParams, teamView } from '@/features/organizations/schema';
import { TeamService } from '@/features/organizations/teams';
import { route } from '@/server/route';

export const GET = route(
  {
    method: 'GET',
    path: '/api/organizations/[orgId]/teams',
    summary: 'Teams',
    tag: 'Organisations',
    auth: 'member',
    permission: 'teams.read',
    params: organizationParams,
    response: z.object({ items: z.array(teamView), cursor: z.null() }),
    rateLimit: 'read',
  },
  async ({ actor }) => ({
    items: await TeamService.getInstance().list(actor.organizationId),
    cursor: null,
  }),
);

export const POST = route(
  {
    method: 'POST',
    path: '/api/organizations/[orgId]/teams',
    summary: 'Create a team',
    tag: 'Organisations',
    auth: 'member',
    permission: 'teams.manage',
    params: organizationParams,
    body: createTeamBody,
    response: teamView,
    status: 201,
    rateLimit: 'write',
    idempotency: true,
  },
  ({ actor, body }) => TeamService.getInstance().create(actor, body),
);
