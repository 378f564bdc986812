import { z } from 'zod';
import { OrganizationLifecycle } from '@/features/organizations/lifecycle';
import {
  deleteOrganizationBody,
  organizationParams,
  organizationView,
  updateOrganizationBody,
} from '@/features/organizations/schema';
import { OrganizationService } from '@/features/organizations/service';
import { route } from '@/server/route';

export const GET = route(
  {
    method: 'GET',
    path: '/api/organizations/[orgId]',
    summary: 'One organisation',
    tag: 'Organisations',
    auth: 'member',
    permission: 'organization.read',
    params: organizationParams,
    response: organizationView,
    rateLimit: 'read',
  },
  ({ actor }) => OrganizationService.getInstance().view(actor),
);

export const PATCH = route(
  {
    method: 'PATCH',
    path: '/api/organizations/[orgId]',
    summary: 'Change an organisation',
    tag: 'Organisations',
    auth: 'member',
    permission: 'organization.manage',
    params: organizationParams,
    body: updateOrganizationBody,
    response: organizationView,
    rateLimit: 'write',
  },
  ({ actor, body }) => OrganizationService.getInstance().update(actor, body),
);

export const DELETE = route(
  {
    method: 'DELETE',
    path: '/api/organizations/[orgId]',
    summary: 'Delete an organisation',
    description:
      'Everything goes after thirty days. Until then its owner can export and restore it, and members can look at it.',
    tag: 'Organisations',
    auth: 'member',
    permission: 'organization.delete',
    params: organizationParams,
    body: deleteOrganizationBody,
    response: z.object({ purgeAt: z.date() }),
    rateLimit: 'write',
  },
  ({ actor, body }) => OrganizationLifecycle.getInstance().requestDeletion(actor, body.confirmName),
);
