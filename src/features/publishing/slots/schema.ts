import { z } from 'zod';
import { type DocOf, defineModel } from '@/core/db/model';
import { zoneSchema } from '@/core/time/zones';

/** The words of the queue: times of the week at which a channel likes to post. Isomorphic. */

/** ISO: 1 is Monday, 7 is Sunday. */
const weekdaySchema = z.int().min(1).max(7);
const clockTimeSchema = z
  .string()
  .regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, 'Use a time of day on 24 hours, such as 09:30.');
const labelSchema = z.string().trim().max(60);

export const SLOTS_PER_CHANNEL = 100;

export const slotModel = defineModel('queue_slots', {
  organizationId: z.string(),
  connectionId: z.string(),
  weekday: weekdaySchema,
  /** On the wall of the zone, `09:30`. */
  localTime: clockTimeSchema,
  /** IANA name. */
  zone: zoneSchema,
  label: labelSchema,
});
export type Slot = DocOf<typeof slotModel>;

/** `slot_bookings/{connectionId}_{instant}`: who took a slot at one instant. Server only. */
export const bookingModel = defineModel('slot_bookings', {
  organizationId: z.string(),
  connectionId: z.string(),
  postId: z.string(),
  slotId: z.string(),
  dueAt: z.date(),
  expiresAt: z.date(),
});
export type Booking = DocOf<typeof bookingModel>;

/** A booking says nothing once its time is over; it is kept a month for questions. */
export const BOOKING_KEEP_MS = 30 * 24 * 3600_000;

/** To the minute, which is what slots are made of. */
export function bookingIdOf(connectionId: string, dueAt: Date): string {
  return `${connectionId}_${dueAt.toISOString().slice(0, 16)}`;
}

// API ------------------------------------------------------------------------------------------------------------------

export const createSlotSchema = z.strictObject({
  connectionId: z.string().min(1).max(200),
  weekday: weekdaySchema,
  localTime: clockTimeSchema,
  zone: zoneSchema,
  label: labelSchema.default(''),
});
export type CreateSlot = z.output<typeof createSlotSchema>;

export const updateSlotSchema = z
  .strictObject({
    weekday: weekdaySchema.optional(),
    localTime: clockTimeSchema.optional(),
    zone: zoneSchema.optional(),
    label: labelSchema.optional(),
  })
  .refine((patch) => Object.keys(patch).length > 0, 'Say what changes.');
export type UpdateSlot = z.output<typeof updateSlotSchema>;

export const slotParams = z.strictObject({ id: z.string().min(1).max(200) });
export const slotSchema = slotModel.schema;

/** The next free slot of a channel. */
export const nextSlotSchema = z.object({
  connectionId: z.string(),
  slotId: z.string(),
  dueAt: z.date(),
  localTime: z.string(),
  zone: z.string(),
});
export type NextSlot = z.output<typeof nextSlotSchema>;

/** Every slot of the organisation, and for each channel that has some the next free one. */
export const slotListSchema = z.object({ items: z.array(slotSchema), next: z.array(nextSlotSchema) });
export type SlotList = z.output<typeof slotListSchema>;
