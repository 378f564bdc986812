import { z } from 'zod';
import { createOrganizationBody, membershipView, organizationView } from '@/features/organizations/schema';
import { OrganizationService } from '@/features/organizations/service';
import { route } from '@/server/route';

export const GET = route(
  {
    method: 'GET',
    path: '/api/organizations',
    summary: 'My organisations',
    tag: 'Organisations',
    auth: 'user',
    response: z.object({ items: z.array(membershipView), cursor: z.null() }),
    rateLimit: 'read',
  },
  async ({ principal }) => ({
    items: await OrganizationService.getInstance().membershipsOf(principal.userId),
    cursor: null,
  }),
);

export const POST = route(
  {
    method: 'POST',
    path: '/api/organizations',
    summary: 'Create an organisation',
    description: 'You become its owner, and it becomes your default.',
    tag: 'Organisations',
    auth: 'user',
    body: createOrganizationBody,
    response: organizationView,
    status: 201,
    rateLimit: 'write',
    idempotency: true,
  },
  ({ principal, body }) => OrganizationService.getInstance().createFor(principal.userId, body),
);
