import { AccountMail } from '@/features/auth/account-mail';
import { emailBody, mailView } from '@/features/auth/schema';
import { route } from '@/server/route';

export const POST = route(
  {
    method: 'POST',
    path: '/api/auth/magic-link',
    summary: 'Send a link to sign in with',
    tag: 'Accounts',
    auth: 'public',
    body: emailBody,
    response: mailView,
    status: 202,
    rateLimit: 'auth',
  },
  ({ body }) => AccountMail.getInstance().signInLink(body.email, body.next),
);
