import { z } from 'zod';
import { defineEvent } from '@/core/events/event-type';

/** An endpoint gets nothing any more until a person switches it on again. Durable. */
export const webhookDisabled = defineEvent(
  'webhook_disabled',
  z.object({
    organizationId: z.string(),
    endpointId: z.string(),
    host: z.string(),
    reason: z.enum(['gone', 'exhausted']),
  }),
);
