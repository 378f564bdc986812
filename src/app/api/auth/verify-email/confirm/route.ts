import { AccountMail } from '@/features/auth/account-mail';
import { actionCodeBody } from '@/features/auth/schema';
import { route } from '@/server/route';

export const POST = route(
  {
    method: 'POST',
    path: '/api/auth/verify-email/confirm',
    summary: 'Confirm the address',
    description: 'Takes the code of the mailed link.',
    tag: 'Accounts',
    auth: 'public',
    body: actionCodeBody,
    response: 'empty',
    rateLimit: 'auth',
  },
  ({ body }) => AccountMail.getInstance().confirmEmail(body.code),
);
