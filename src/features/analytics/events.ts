import { z } from 'zod';
import { defineEvent } from '@/core/events/event-type';

/** Roll-ups of an organisation changed. Best effort: displays look at the roll-ups themselves. */
export const analyticsUpdated = defineEvent(
  'analytics_updated',
  z.object({ organizationId: z.string(), connectionId: z.string(), days: z.array(z.iso.date()) }),
);
