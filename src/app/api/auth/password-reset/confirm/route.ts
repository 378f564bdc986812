import { z } from 'zod';
import { AccountMail } from '@/features/auth/account-mail';
import { newPasswordBody } from '@/features/auth/schema';
import { route } from '@/server/route';

export const POST = route(
  {
    method: 'POST',
    path: '/api/auth/password-reset/confirm',
    summary: 'Choose a new password',
    description: 'Takes the code of the mailed link. Sessions from before the change end.',
    tag: 'Accounts',
    auth: 'public',
    body: newPasswordBody,
    response: z.object({ email: z.string() }),
    rateLimit: 'auth',
  },
  ({ body }) => AccountMail.getInstance().resetPassword(body.code, body.password),
);
