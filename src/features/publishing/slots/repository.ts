import 'server-only';
import type { Db, Tx } from '@/core/db/db';
import type { NewDoc } from '@/core/db/model';
import { runModel } from '../schema';
import { bookingModel, type Slot, slotModel } from './schema';

/** Slots an organisation may have at all; more than any calendar could show. */
const MOST = 500;
/** Posts waiting on one channel that are looked at when a free slot is sought. */
const WAITING_MOST = 1_000;

export class SlotRepository {
  constructor(readonly db: Db) {}

  run<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.db.run(work);
  }

  ref(id: string) {
    return this.db.doc(slotModel, id);
  }

  list(organizationId: string): Promise<Slot[]> {
    return this.db.find(this.#of(organizationId).limit(MOST));
  }

  ofChannelIn(tx: Tx, organizationId: string, connectionId: string): Promise<Slot[]> {
    return tx.find(this.#of(organizationId).where('connectionId', '==', connectionId).limit(MOST));
  }

  async getIn(tx: Tx, organizationId: string, id: string): Promise<Slot | null> {
    const slot = await tx.get(this.ref(id));
    return slot?.organizationId === organizationId ? slot : null;
  }

  createIn(tx: Tx, id: string, slot: NewDoc<typeof slotModel>): void {
    tx.create(this.ref(id), slot);
  }

  updateIn(tx: Tx, id: string, patch: Partial<NewDoc<typeof slotModel>>): void {
    tx.update(this.ref(id), patch);
  }

  deleteIn(tx: Tx, id: string): void {
    tx.delete(this.ref(id));
  }

  /** Instants after `from` at which a channel has something planned: booked slots, and posts planned for a time by hand. */
  async taken(organizationId: string, connectionId: string, from: Date): Promise<Set<number>> {
    const [bookings, runs] = await Promise.all([
      this.db.find(
        this.db
          .collection(bookingModel)
          .where('organizationId', '==', organizationId)
          .where('connectionId', '==', connectionId)
          .where('dueAt', '>=', from)
          .limit(WAITING_MOST),
      ),
      this.db.find(
        this.db
          .collection(runModel)
          .where('organizationId', '==', organizationId)
          .where('connectionId', '==', connectionId)
          .where('dueAt', '>=', from)
          .limit(WAITING_MOST),
      ),
    ]);
    const planned = runs.filter((run) => run.status !== 'cancelled' && run.status !== 'deleted');
    return new Set([...bookings, ...planned].map((one) => one.dueAt.getTime()));
  }

  #of(organizationId: string) {
    return this.db.collection(slotModel).where('organizationId', '==', organizationId);
  }
}
