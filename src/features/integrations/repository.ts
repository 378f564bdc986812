import 'server-only';
import { FieldPath } from 'firebase-admin/firestore';
import type { SecretStore } from '@/core/crypto/reencryption';
import type { Page } from '@/core/db/cursor';
import type { Db, Doc, Ref, Tx } from '@/core/db/db';
import {
  type DeliveryQuery,
  isInbound,
  webhookDeliveryModel,
  webhookRegistrationModel,
  webhookSecretModel,
} from './schema';
import { webhookSecretContext } from './signing';

export type WebhookRegistration = Doc<typeof webhookRegistrationModel>;
export type WebhookDelivery = Doc<typeof webhookDeliveryModel>;

/** Bounds every list, and what one event can set off. */
export const MAX_ENDPOINTS = 25;

/** Endpoints, their secrets, and the log of deliveries. */
export class WebhookRepository {
  constructor(readonly db: Db) {}

  run<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.db.run(work);
  }

  endpointRef(id: string): Ref<typeof webhookRegistrationModel> {
    return this.db.doc(webhookRegistrationModel, id);
  }

  secretRef(endpointId: string): Ref<typeof webhookSecretModel> {
    return this.db.doc(webhookSecretModel, endpointId);
  }

  deliveryRef(id: string): Ref<typeof webhookDeliveryModel> {
    return this.db.doc(webhookDeliveryModel, id);
  }

  /** An outgoing endpoint of this organisation, or null. */
  async endpoint(organizationId: string, id: string): Promise<WebhookRegistration | null> {
    return isInbound(id) ? null : own(organizationId, await this.db.get(this.endpointRef(id)));
  }

  async endpointIn(tx: Tx, organizationId: string, id: string): Promise<WebhookRegistration | null> {
    return isInbound(id) ? null : own(organizationId, await tx.get(this.endpointRef(id)));
  }

  endpoints(organizationId: string): Promise<WebhookRegistration[]> {
    return this.db.find(this.#endpoints(organizationId));
  }

  /** Read inside the transaction that adds one, so that two at once cannot both take the last place. */
  async countIn(tx: Tx, organizationId: string): Promise<number> {
    return (await tx.find(this.#endpoints(organizationId))).length;
  }

  delivery(id: string): Promise<WebhookDelivery | null> {
    return this.db.get(this.deliveryRef(id));
  }

  deliveries(
    organizationId: string,
    endpointId: string,
    query: DeliveryQuery,
  ): Promise<Page<WebhookDelivery>> {
    const { status, ...page } = query;
    const all = this.db
      .collection(webhookDeliveryModel)
      .where('organizationId', '==', organizationId)
      .where('endpointId', '==', endpointId);
    return this.db.page(status ? all.where('status', '==', status) : all, page, { field: 'createdAt' });
  }

  /** Messages whose job should have run before `before`. */
  overdue(before: Date, limit: number): Promise<WebhookDelivery[]> {
    return this.db.find(
      this.db
        .collection(webhookDeliveryModel)
        .where('status', '==', 'pending')
        .where('nextAttemptAt', '<=', before)
        .orderBy('nextAttemptAt')
        .limit(limit),
    );
  }

  /** For the upkeep that moves secrets to the newest key. */
  secretStore(): SecretStore {
    return {
      name: 'webhook_secrets',
      page: async (afterId, limit) => {
        const ordered = this.db
          .collection(webhookSecretModel)
          .where('kind', '==', 'webhook_secret')
          .orderBy(FieldPath.documentId());
        const rows = await this.db.find((afterId ? ordered.startAfter(afterId) : ordered).limit(limit));
        return rows.map(({ id, payload, organizationId }) => ({
          id,
          payload,
          context: webhookSecretContext(organizationId, id),
        }));
      },
      replace: (id, expected, payload) =>
        this.db.run(async (tx) => {
          if ((await tx.get(this.secretRef(id)))?.payload !== expected) return false;
          tx.update(this.secretRef(id), { payload });
          return true;
        }),
    };
  }

  #endpoints(organizationId: string) {
    return this.db
      .collection(webhookRegistrationModel)
      .where('organizationId', '==', organizationId)
      .where('direction', '==', 'out')
      .limit(MAX_ENDPOINTS + 1);
  }
}

function own(organizationId: string, found: WebhookRegistration | null): WebhookRegistration | null {
  return found?.organizationId === organizationId && found.direction === 'out' ? found : null;
}
