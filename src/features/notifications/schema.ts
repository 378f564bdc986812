import { z } from 'zod';
import { pageQuery } from '@/core/db/cursor';
import { defineModel } from '@/core/db/model';

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
  expiresAt: z.date(),
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
