import { z } from 'zod';
import { defineEvent } from '@/core/events/event-type';
import { roleSchema } from './schema';

const member = z.object({ organizationId: z.string(), userId: z.string() });

export const memberJoined = defineEvent(
  'member_joined',
  member.extend({ role: roleSchema, byUserId: z.string() }),
);

export const memberLeft = defineEvent(
  'member_left',
  member.extend({ reason: z.enum(['left', 'removed', 'account_deleted']), byUserId: z.string() }),
);

export const memberRoleChanged = defineEvent(
  'member_role_changed',
  member.extend({ from: roleSchema, to: roleSchema, byUserId: z.string() }),
);

export const ownershipTransferred = defineEvent(
  'ownership_transferred',
  z.object({ organizationId: z.string(), fromUserId: z.string(), toUserId: z.string() }),
);

export const organizationDeletionRequested = defineEvent(
  'organization_deletion_requested',
  z.object({ organizationId: z.string(), byUserId: z.string(), purgeAt: z.coerce.date() }),
);

export const organizationRestored = defineEvent(
  'organization_restored',
  z.object({ organizationId: z.string(), byUserId: z.string() }),
);

/** Everything the organisation had in Firestore is gone; what lies elsewhere (files, queues, billing) must follow. */
export const organizationPurged = defineEvent(
  'organization_purged',
  z.object({ organizationId: z.string() }),
);
