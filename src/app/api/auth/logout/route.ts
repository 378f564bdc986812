import { cookieOf, SESSION_COOKIE } from '@/features/auth/cookie';
import { AuthService } from '@/features/auth/service';
import { signedOutResponse } from '@/features/auth/session-response';
import { route } from '@/server/route';

export const POST = route(
  {
    method: 'POST',
    path: '/api/auth/logout',
    summary: 'Sign out everywhere',
    description: 'Ends every session of the person, ID tokens and cookies alike, and clears the cookie.',
    tag: 'Accounts',
    auth: 'public',
    response: 'empty',
    rateLimit: 'write',
  },
  async ({ request }) => {
    await AuthService.getInstance().logout(cookieOf(request, SESSION_COOKIE));
    return signedOutResponse(request);
  },
);
