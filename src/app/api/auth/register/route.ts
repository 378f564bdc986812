import { registerBody } from '@/features/auth/schema';
import { AuthService } from '@/features/auth/service';
import { sessionView } from '@/features/users/schema';
import { route } from '@/server/route';

export const POST = route(
  {
    method: 'POST',
    path: '/api/auth/register',
    summary: 'Sign up with address and password',
    description:
      'Creates the account with its personal organisation and token balance. Sign in next, and POST the ID token to /api/auth/login.',
    tag: 'Accounts',
    auth: 'public',
    body: registerBody,
    response: sessionView,
    status: 201,
    rateLimit: 'auth',
  },
  ({ body }) => AuthService.getInstance().register(body),
);
