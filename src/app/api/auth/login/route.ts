import { loginBody, loginView } from '@/features/auth/schema';
import { AuthService } from '@/features/auth/service';
import { signedInResponse } from '@/features/auth/session-response';
import { route } from '@/server/route';

export const POST = route(
  {
    method: 'POST',
    path: '/api/auth/login',
    summary: 'Start a session',
    description:
      'Takes the Firebase ID token of a sign-in at most five minutes old; sets the httpOnly `__session` cookie for 14 days. Finishes a registration that was interrupted.',
    tag: 'Accounts',
    auth: 'public',
    body: loginBody,
    response: loginView,
    rateLimit: 'auth',
  },
  async ({ body, request }) => signedInResponse(await AuthService.getInstance().login(body), request),
);
