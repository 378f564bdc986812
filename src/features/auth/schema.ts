import { z } from 'zod';
import { emailSchema, nameSchema, timeZoneSchema } from '@/features/organizations/schema';
import { localeSchema, sessionView } from '@/features/users/schema';

/** What the auth routes take and answer. */

/** Firebase asks for six; people who choose eight or more are meaningfully safer. The upper bound keeps hashing cheap. */
export const passwordSchema = z
  .string()
  .min(8, 'Use at least 8 characters.')
  .max(200, 'Use at most 200 characters.');

/** What the browser knows about a new person and they need not type. */
const surroundings = { timezone: timeZoneSchema.optional(), locale: localeSchema.optional() };

export const registerBody = z.strictObject({
  email: emailSchema,
  password: passwordSchema,
  displayName: nameSchema(80),
  ...surroundings,
});

export const loginBody = z.strictObject({ idToken: z.string().min(1).max(8192), ...surroundings });

export const loginView = sessionView.extend({
  /** For clients that hold the cookie but send no `Origin`: repeat it as `X-CSRF-Token` on every mutation. */
  csrf: z.string(),
});

/** Where to go afterwards, inside this app. */
const nextSchema = z
  .string()
  .max(500)
  .regex(/^\/(?![/\\])/, 'Give a path of this app, such as /dashboard.')
  .optional();

export const emailBody = z.strictObject({ email: emailSchema, next: nextSchema });
export const verifyEmailBody = z.strictObject({ idToken: z.string().min(1).max(8192), next: nextSchema });
export const actionCodeBody = z.strictObject({ code: z.string().min(1).max(2048) });
export const newPasswordBody = z.strictObject({
  code: z.string().min(1).max(2048),
  password: passwordSchema,
});

/** What became of a mail we asked for. `link` is set on the local emulators only, which send no mail. */
export const mailView = z.object({
  sent: z.boolean(),
  detail: z.string(),
  link: z.string().nullable(),
});
export type MailView = z.output<typeof mailView>;
