import { z } from 'zod';
import { defineEvent } from '@/core/events/event-type';
import { stopReasonSchema } from './schema';

/** A feed makes no posts any more until a person switches it on again. Durable. */
export const feedStopped = defineEvent(
  'feed_stopped',
  z.object({
    organizationId: z.string(),
    feedId: z.string(),
    title: z.string(),
    createdBy: z.string(),
    reason: stopReasonSchema,
  }),
);
