import { AccountMail } from '@/features/auth/account-mail';
import { emailBody, mailView } from '@/features/auth/schema';
import { route } from '@/server/route';

export const POST = route(
  {
    method: 'POST',
    path: '/api/auth/password-reset',
    summary: 'Send a link to choose a new password',
    description: 'Answers alike whether or not the address has an account.',
    tag: 'Accounts',
    auth: 'public',
    body: emailBody,
    response: mailView,
    status: 202,
    rateLimit: 'auth',
  },
  ({ body }) => AccountMail.getInstance().passwordReset(body.email, body.next),
);
