import 'server-only';
import { FieldPath } from 'firebase-admin/firestore';
import type { SecretStore } from '@/core/crypto/reencryption';
import type { Db, Doc, Ref, Tx } from '@/core/db/db';
import type { NewDoc } from '@/core/db/model';
import { pushDeliveryModel, pushSubscriptionModel } from './push-schema';

export type PushSubscriptionDoc = Doc<typeof pushSubscriptionModel>;
export type PushDelivery = Doc<typeof pushDeliveryModel>;

/** Browsers a person may have; read together, so the cap bounds every query. */
export const MAX_BROWSERS = 10;

export class PushRepository {
  constructor(readonly db: Db) {}

  run<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.db.run(work);
  }

  subscriptionRef(id: string): Ref<typeof pushSubscriptionModel> {
    return this.db.doc(pushSubscriptionModel, id);
  }

  deliveryRef(id: string): Ref<typeof pushDeliveryModel> {
    return this.db.doc(pushDeliveryModel, id);
  }

  subscription(id: string): Promise<PushSubscriptionDoc | null> {
    return this.db.get(this.subscriptionRef(id));
  }

  subscriptionsOf(userId: string): Promise<PushSubscriptionDoc[]> {
    return this.db.find(this.#of(userId));
  }

  subscriptionsIn(tx: Tx, userId: string): Promise<PushSubscriptionDoc[]> {
    return tx.find(this.#of(userId));
  }

  /** A new browser, or one that renews what it said. */
  putIn(tx: Tx, id: string, subscription: NewDoc<typeof pushSubscriptionModel>): void {
    tx.set(this.subscriptionRef(id), subscription);
  }

  remove(id: string): Promise<void> {
    return this.db.delete(this.subscriptionRef(id));
  }

  createDeliveryIn(tx: Tx, id: string, delivery: NewDoc<typeof pushDeliveryModel>): void {
    tx.create(this.deliveryRef(id), delivery);
  }

  /** Those still waiting that were queued between the two instants, oldest first. */
  overdue(from: Date, to: Date, limit: number): Promise<PushDelivery[]> {
    return this.db.find(
      this.db
        .collection(pushDeliveryModel)
        .where('status', '==', 'waiting')
        .where('queuedAt', '>', from)
        .where('queuedAt', '<=', to)
        .orderBy('queuedAt')
        .limit(limit),
    );
  }

  secretStore(): SecretStore {
    return {
      name: 'push_subscriptions',
      page: async (afterId, limit) => {
        const ordered = this.db.collection(pushSubscriptionModel).orderBy(FieldPath.documentId());
        const rows = await this.db.find((afterId ? ordered.startAfter(afterId) : ordered).limit(limit));
        return rows.map(({ id, keys }) => ({ id, payload: keys, context: pushKeysContext(id) }));
      },
      replace: (id, expected, keys) =>
        this.db.run(async (tx) => {
          if ((await tx.get(this.subscriptionRef(id)))?.keys !== expected) return false;
          tx.update(this.subscriptionRef(id), { keys });
          return true;
        }),
    };
  }

  #of(userId: string) {
    // Two browsers added in the same instant may pass the cap by one.
    return this.db
      .collection(pushSubscriptionModel)
      .where('userId', '==', userId)
      .limit(MAX_BROWSERS * 2);
  }
}

export function pushKeysContext(subscriptionId: string): string {
  return `push_${subscriptionId}`;
}
