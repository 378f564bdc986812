import { AuthService } from '@/features/auth/service';
import { sessionView } from '@/features/users/schema';
import { route } from '@/server/route';

export const GET = route(
  {
    method: 'GET',
    path: '/api/auth/session',
    summary: 'Who am I',
    description: 'The signed-in person and every organisation they belong to.',
    tag: 'Accounts',
    auth: 'user',
    response: sessionView,
    rateLimit: 'read',
  },
  ({ principal }) => AuthService.getInstance().session(principal),
);
