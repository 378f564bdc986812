import { AccountMail } from '@/features/auth/account-mail';
import { mailView, verifyEmailBody } from '@/features/auth/schema';
import { route } from '@/server/route';

export const POST = route(
  {
    method: 'POST',
    path: '/api/auth/verify-email',
    summary: 'Send a link to confirm the address',
    tag: 'Accounts',
    auth: 'public',
    body: verifyEmailBody,
    response: mailView,
    status: 202,
    rateLimit: 'auth',
  },
  ({ body }) => AccountMail.getInstance().verifyEmail(body.idToken, body.next),
);
