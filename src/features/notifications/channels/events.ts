import { z } from 'zod';
import { defineEvent } from '@/core/events/event-type';

/** A chat channel took nothing for a day and is off until a person switches it on again. Durable. */
export const notificationChannelDisabled = defineEvent(
  'notification_channel_disabled',
  z.object({ organizationId: z.string(), channelId: z.string(), name: z.string() }),
);
