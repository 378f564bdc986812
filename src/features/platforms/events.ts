import { z } from 'zod';
import { defineEvent } from '@/core/events/event-type';
import { platformIdSchema } from '@/features/platforms/schema';

/** What channels announce. All go through the outbox, in the transaction of the state change. */

const channelFacts = {
  connectionId: z.string(),
  organizationId: z.string(),
  platform: platformIdSchema,
  handle: z.string(),
};

/** A channel was connected or reconnected; blocked runs of it may go on. Outside subscribers know it as `account.connected`. */
export const platformConnected = defineEvent(
  'platform_connected',
  z.object({ ...channelFacts, accountId: z.string(), userId: z.string(), reconnected: z.boolean() }),
);

export const accountExpiring = defineEvent(
  'account.expiring',
  z.object({ ...channelFacts, expiresAt: z.coerce.date(), daysLeft: z.int().nonnegative() }),
);

/** The network refuses the grant for good: posts of this channel wait until a person reconnects. */
export const accountNeedsReauth = defineEvent(
  'account.needs_reauth',
  z.object({ ...channelFacts, reason: z.string() }),
);

export const accountDisconnected = defineEvent(
  'account.disconnected',
  z.object({ ...channelFacts, userId: z.string() }),
);
