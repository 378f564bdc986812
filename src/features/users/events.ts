import { z } from 'zod';
import { defineEvent } from '@/core/events/event-type';

/** A person's registration is complete: account, personal organisation and token balance exist. Announced once per person. */
export const userRegistered = defineEvent(
  'user_registered',
  z.object({
    userId: z.string(),
    organizationId: z.string(),
    email: z.string(),
    displayName: z.string(),
    locale: z.string(),
    timezone: z.string(),
  }),
);

/** A person closed their account; what others keep about them must go. */
export const userDeleted = defineEvent('user_deleted', z.object({ userId: z.string() }));
