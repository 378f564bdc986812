import { AccountService } from '@/features/users/account';
import { deleteAccountBody, updateProfileBody, userView } from '@/features/users/schema';
import { UserService } from '@/features/users/service';
import { route } from '@/server/route';

export const GET = route(
  {
    method: 'GET',
    path: '/api/users/me',
    summary: 'My profile',
    tag: 'Accounts',
    auth: 'user',
    response: userView,
    rateLimit: 'read',
  },
  ({ principal }) => UserService.getInstance().view(principal.userId, principal.emailVerified),
);

export const PATCH = route(
  {
    method: 'PATCH',
    path: '/api/users/me',
    summary: 'Change my profile',
    description:
      'Theme and notification preferences are written straight to the settings of the account document.',
    tag: 'Accounts',
    auth: 'user',
    body: updateProfileBody,
    response: userView,
    rateLimit: 'write',
  },
  ({ principal, body }) =>
    UserService.getInstance().updateProfile(principal.userId, principal.emailVerified, body),
);

export const DELETE = route(
  {
    method: 'DELETE',
    path: '/api/users/me',
    summary: 'Close my account',
    description:
      'Needs a sign-in at most fifteen minutes old. Organisations without another member are deleted with it.',
    tag: 'Accounts',
    auth: 'user',
    body: deleteAccountBody,
    response: 'empty',
    rateLimit: 'write',
  },
  ({ principal, body }) => AccountService.getInstance().close(principal, body.confirmEmail),
);
