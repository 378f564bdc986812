import { z } from 'zod';
import { defineEvent } from '@/core/events/event-type';
import { tierSchema } from '@/features/organizations/schema';

const usage = {
  ownerId: z.string(),
  /** The person whose balance it is; null on an organisation's pooled balance: tell its owners and admins. */
  userId: z.string().nullable(),
  organizationId: z.string(),
  used: z.int(),
  total: z.int(),
  available: z.int(),
  /** When the next allocation comes; also names the period, since each is announced once per period. */
  nextRefreshDate: z.coerce.date(),
};

/** 80 % of the period's tokens are used. Durable, once per period. */
export const tokenWarning = defineEvent('token_warning', z.object({ ...usage, percent: z.literal(80) }));

/** All of the period's tokens are used. Durable, once per period. */
export const tokenDepleted = defineEvent('token_depleted', z.object(usage));

/** A new period began: the confirmation that this period's tokens are there. Durable, once per period. */
export const tokensRefreshed = defineEvent(
  'tokens_refreshed',
  z.object({
    ownerId: z.string(),
    /** The person whose balance it is; null on an organisation's pooled balance: tell its owners and admins. */
    userId: z.string().nullable(),
    organizationId: z.string(),
    /** Granted for this period. */
    allocation: z.int(),
    available: z.int(),
    purchased: z.int(),
    tier: tierSchema,
    periodStart: z.coerce.date(),
    nextRefreshDate: z.coerce.date(),
    /** Periods begun since the last confirmation; more than 1 after an outage. */
    periods: z.int(),
  }),
);
