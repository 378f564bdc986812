import 'server-only';
import type { Db, Tx } from '@/core/db/db';
import type { Run } from '../schema';
import { BOOKING_KEEP_MS, bookingIdOf, bookingModel } from './schema';

/** What of a run decides which slot it holds. */
type SlotUse = Pick<Run, 'connectionId' | 'slotId' | 'dueAt'>;

/**
 * Brings the booking of a slot in line with a run that is planned, moved or cancelled. Booking is a `create`: of two who take the
 * same slot the second fails with ALREADY_EXISTS, and its whole transaction with it.
 */
export function bookSlotIn(
  db: Db,
  tx: Tx,
  before: SlotUse | null,
  after: SlotUse & Pick<Run, 'organizationId' | 'postId'>,
): void {
  const held = before?.slotId ? bookingIdOf(before.connectionId, before.dueAt) : null;
  const wanted = after.slotId ? bookingIdOf(after.connectionId, after.dueAt) : null;
  if (held === wanted) return;
  if (held) tx.delete(db.doc(bookingModel, held));
  if (!wanted || !after.slotId) return;
  const { organizationId, connectionId, postId, slotId, dueAt } = after;
  const expiresAt = new Date(dueAt.getTime() + BOOKING_KEEP_MS);
  tx.create(db.doc(bookingModel, wanted), {
    organizationId,
    connectionId,
    postId,
    slotId,
    dueAt,
    expiresAt,
  });
}
