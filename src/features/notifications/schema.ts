import { z } from 'zod';
import { pageQuery } from '@/core/db/cursor';
import { defineModel } from '@/core/db/model';
import { userSettingsSchema } from '@/features/users/schema';
import {
  CHANNELS,
  muteKey,
  NOTIFICATION_GROUPS,
  NOTIFICATION_TYPES,
  type NotificationType,
} from './types.data';

/** A person's in-app inbox. What it says is put into words where it is shown, from `type` and `data`. */

/** `publishing.unconfirmed`: the room, then what happened. */
export const notificationTypeSchema = z
  .string()
  .regex(/^[a-z]+(?:\.[a-z]+(?:_[a-z]+)*)+$/, 'Write it as room.what_happened.');

export const notificationDataSchema = z.record(
  z.string().max(60),
  z.union([z.string().max(2000), z.number(), z.boolean(), z.null()]),
);
export type NotificationData = z.infer<typeof notificationDataSchema>;

export const notificationModel = defineModel('notifications', {
  userId: z.string(),
  organizationId: z.string().nullable(),
  type: notificationTypeSchema,
  data: notificationDataSchema,
  /** A path inside IriSync: where the person can act on it. */
  href: z.string().max(500).nullable(),
  /** A person must act; shown first and never as a mere hint. */
  urgent: z.boolean(),
  readAt: z.date().nullable(),
  /** Kept for the digest of somebody who switched it off in the app. */
  hidden: z.boolean().default(false),
  /** How it goes by mail: by itself, in the next digest, or not. */
  email: z.enum(['now', 'digest', 'none']).default('none'),
  expiresAt: z.date(),
});

/** How far the digests of one person have come. */
export const digestMarkModel = defineModel('notification_digests', {
  userId: z.string(),
  /** The person's local day of the last one, `2026-03-29`. */
  day: z.string(),
  through: z.date(),
});

// API ------------------------------------------------------------------------------------------------------------------

export const notificationViewSchema = z.object({
  id: z.string(),
  type: z.string(),
  data: notificationDataSchema,
  href: z.string().nullable(),
  urgent: z.boolean(),
  organizationId: z.string().nullable(),
  createdAt: z.date().transform((date) => date.toISOString()),
  readAt: z
    .date()
    .nullable()
    .transform((date) => date?.toISOString() ?? null),
});

export const listNotificationsQuery = pageQuery;
export const notificationsPageSchema = z.object({
  items: z.array(notificationViewSchema),
  cursor: z.string().nullable(),
});

/** Either some of them, or all there are. */
export const markReadRequestSchema = z
  .strictObject({
    ids: z.array(z.string().min(1).max(200)).min(1).max(100).optional(),
    all: z.literal(true).optional(),
  })
  .refine((request) => (request.ids === undefined) !== (request.all === undefined), {
    message: 'Name the notifications, or say all.',
    path: ['ids'],
  });
export type MarkReadRequest = z.output<typeof markReadRequestSchema>;
export const markReadAnswerSchema = z.object({ marked: z.int() });

// Preferences ----------------------------------------------------------------------------------------------------------

const TYPES = Object.keys(NOTIFICATION_TYPES) as NotificationType[];
const MUTABLE = TYPES.flatMap((type) => CHANNELS.map((channel) => muteKey(type, channel)));

export const preferencesBody = z.strictObject({
  ...userSettingsSchema.shape.notifications.shape,
  muted: z
    .array(z.string().refine((key) => MUTABLE.includes(key), 'There is no such type and channel.'))
    .max(MUTABLE.length)
    .transform((keys) => [...new Set(keys)]),
});
export type PreferencesBody = z.output<typeof preferencesBody>;

export const preferencesView = z.object({
  muted: z.array(z.string()),
  digest: preferencesBody.shape.digest,
  quietHours: preferencesBody.shape.quietHours,
  /** False: this installation sends no mail, and notifications stay in the app. */
  emailConfigured: z.boolean(),
  /** False: this installation sends no web push. */
  pushConfigured: z.boolean(),
  types: z.array(
    z.object({
      type: z.string(),
      group: z.enum(NOTIFICATION_GROUPS),
      urgent: z.boolean(),
      /** A receipt: its mail cannot be switched off. */
      mailRequired: z.boolean(),
    }),
  ),
});
export type PreferencesView = z.output<typeof preferencesView>;

export const unsubscribeQuery = z.object({ token: z.string().min(10).max(1000) });
export const unsubscribeView = z.object({
  /** A type, or `all` for every mail that can be switched off. */
  type: z.string(),
  done: z.boolean(),
});
