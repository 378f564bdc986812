import { z } from 'zod';
import { defineModel } from '@/core/db/model';
import { membershipView, nameSchema, tierSchema, timeZoneSchema } from '@/features/organizations/schema';

/** The words of a person's account. */

export const LOCALES = ['en', 'de'] as const;
export const localeSchema = z.enum(LOCALES);
export const THEMES = ['system', 'light', 'dark'] as const;

const clockTime = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'Enter a time such as 22:00.');

/**
 * What the person's own browser may write (the security rules check the same shape). Everything is on unless muted, so a new
 * kind of notification reaches people without a migration.
 */
export const userSettingsSchema = z.object({
  theme: z.enum(THEMES),
  notifications: z.object({
    /** `type.channel` pairs that are off: `post_failed.email`. */
    muted: z.array(z.string().max(80)).max(200),
    digest: z.enum(['immediate', 'daily', 'weekly']),
    /** In the person's own zone; may span midnight. */
    quietHours: z.object({ from: clockTime, to: clockTime }).nullable(),
  }),
});
export type UserSettings = z.output<typeof userSettingsSchema>;

export const DEFAULT_SETTINGS: UserSettings = {
  theme: 'system',
  notifications: { muted: [], digest: 'immediate', quietHours: null },
};

export const userProfileSchema = z.object({
  displayName: z.string(),
  email: z.string(),
  photoURL: z.string().nullable(),
  timezone: z.string(),
  locale: localeSchema,
});

export const userModel = defineModel('users', {
  profile: userProfileSchema,
  /** The browser writes here; whatever does not fit counts as the defaults and never locks a person out. */
  settings: userSettingsSchema.catch(DEFAULT_SETTINGS),
  defaultOrganizationId: z.string().nullable(),
  subscriptionTier: tierSchema,
  /** Null while the registration is under way: the next sign-in finishes it. */
  registeredAt: z.date().nullable(),
});

export const activityModel = defineModel('users/{userId}/activities', {
  type: z.string(),
  organizationId: z.string().nullable(),
  text: z.string(),
  at: z.date(),
  expiresAt: z.date(),
});

export const updateProfileBody = z
  .strictObject({
    displayName: nameSchema(80).optional(),
    photoURL: z
      .url({ protocol: /^https$/ })
      .max(500)
      .nullable()
      .optional(),
    timezone: timeZoneSchema.optional(),
    locale: localeSchema.optional(),
  })
  .refine((body) => Object.keys(body).length > 0, 'Change at least one field.');

export const defaultOrganizationBody = z.strictObject({ organizationId: z.string().min(1).max(128) });

/** The address typed again, so that nobody deletes an account by a slip. */
export const deleteAccountBody = z.strictObject({ confirmEmail: z.string().trim().toLowerCase().max(254) });

export const userView = z.object({
  uid: z.string(),
  displayName: z.string(),
  email: z.string(),
  emailVerified: z.boolean(),
  photoURL: z.string().nullable(),
  timezone: z.string(),
  locale: localeSchema,
  defaultOrganizationId: z.string().nullable(),
});
export type UserView = z.output<typeof userView>;

export const sessionView = z.object({ user: userView, organizations: z.array(membershipView) });
export type SessionView = z.output<typeof sessionView>;
