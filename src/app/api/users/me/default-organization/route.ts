import { defaultOrganizationBody } from '@/features/users/schema';
import { UserService } from '@/features/users/service';
import { route } from '@/server/route';

export const PUT = route(
  {
    method: 'PUT',
    path: '/api/users/me/default-organization',
    summary: 'Switch my default organisation',
    description: 'The organisation that requests without `X-Organization-Id` act in.',
    tag: 'Accounts',
    auth: 'user',
    body: defaultOrganizationBody,
    response: 'empty',
    rateLimit: 'write',
  },
  ({ principal, body }) =>
    UserService.getInstance().setDefaultOrganization(principal.userId, body.organizationId),
);
