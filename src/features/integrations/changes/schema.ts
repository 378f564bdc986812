import { z } from 'zod';
import { defineModel } from '@/core/db/model';
import type { LiveChanges } from '@/features/crm/schema';

/** Where listening to a vendor's changes stands, one for each connection and kind of record. */
export const changeCursorModel = defineModel('change_cursors', {
  organizationId: z.string(),
  integrationId: z.string(),
  entity: z.string(),
  /** The vendor's own mark of the last change whose work is enqueued; opaque. Null: none yet, or none that it still knows. */
  position: z.string().nullable(),
  storedAt: z.date(),
  /** Changes before this place may have been missed: a pass is still to be asked for. */
  catchUp: z.boolean(),
});

export const liveChangesBody = z.strictObject({ enabled: z.boolean() });
export type LiveChangesBody = z.output<typeof liveChangesBody>;

/** Without a word for longer than the vendor ever stays silent, whoever listened is gone. */
const SILENT_MS = 10 * 60_000;

/** What people see: a process that died could not say so. */
export function shownLiveChanges(live: LiveChanges, now: Date): LiveChanges {
  const listening = live.state === 'live' || live.state === 'catching_up';
  const heard = live.heardAt !== null && now.getTime() - live.heardAt.getTime() <= SILENT_MS;
  return listening && !heard ? { ...live, state: 'waiting', reason: 'no_worker' } : live;
}
