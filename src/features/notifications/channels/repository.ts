import 'server-only';
import { createHash } from 'node:crypto';
import { FieldPath } from 'firebase-admin/firestore';
import type { SecretStore } from '@/core/crypto/reencryption';
import type { Page, PageQuery } from '@/core/db/cursor';
import type { Db, Doc, Ref, Tx } from '@/core/db/db';
import {
  channelSecretModel,
  notificationChannelModel,
  notificationIncidentModel,
  notificationMessageModel,
} from './schema';

export type NotificationChannel = Doc<typeof notificationChannelModel>;
export type NotificationMessage = Doc<typeof notificationMessageModel>;

/** Bounds every list, and what one incident can set off. */
export const MAX_CHANNELS = 20;

/** Chat channels, their secrets, incidents, and the log of messages. */
export class NotificationChannelRepository {
  constructor(readonly db: Db) {}

  run<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.db.run(work);
  }

  channelRef(id: string): Ref<typeof notificationChannelModel> {
    return this.db.doc(notificationChannelModel, id);
  }

  secretRef(channelId: string): Ref<typeof channelSecretModel> {
    return this.db.doc(channelSecretModel, channelId);
  }

  messageRef(id: string): Ref<typeof notificationMessageModel> {
    return this.db.doc(notificationMessageModel, id);
  }

  incidentRef(id: string): Ref<typeof notificationIncidentModel> {
    return this.db.doc(notificationIncidentModel, id);
  }

  async channel(organizationId: string, id: string): Promise<NotificationChannel | null> {
    return own(organizationId, await this.db.get(this.channelRef(id)));
  }

  async channelIn(tx: Tx, organizationId: string, id: string): Promise<NotificationChannel | null> {
    return own(organizationId, await tx.get(this.channelRef(id)));
  }

  channels(organizationId: string): Promise<NotificationChannel[]> {
    return this.db.find(this.#of(organizationId));
  }

  /** Read inside the transaction that adds one, so that two at once cannot both take the last place. */
  async countIn(tx: Tx, organizationId: string): Promise<number> {
    return (await tx.find(this.#of(organizationId))).length;
  }

  message(id: string): Promise<NotificationMessage | null> {
    return this.db.get(this.messageRef(id));
  }

  /** Newest first. */
  messages(organizationId: string, channelId: string, query: PageQuery): Promise<Page<NotificationMessage>> {
    return this.db.page(
      this.db
        .collection(notificationMessageModel)
        .where('organizationId', '==', organizationId)
        .where('channelId', '==', channelId),
      query,
      { field: 'createdAt' },
    );
  }

  /** Messages whose job should have run before `before`. */
  overdue(before: Date, limit: number): Promise<NotificationMessage[]> {
    return this.db.find(
      this.db
        .collection(notificationMessageModel)
        .where('status', '==', 'pending')
        .where('nextAttemptAt', '<=', before)
        .orderBy('nextAttemptAt')
        .limit(limit),
    );
  }

  /** Channels that have been failing since before `before`. */
  failing(before: Date, limit: number): Promise<NotificationChannel[]> {
    return this.db.find(
      this.db
        .collection(notificationChannelModel)
        .where('status', '==', 'failing')
        .where('failingSince', '<=', before)
        .orderBy('failingSince')
        .limit(limit),
    );
  }

  /** For the upkeep that moves secrets to the newest key. */
  secretStore(): SecretStore {
    return {
      name: 'notification_channels',
      page: async (afterId, limit) => {
        const ordered = this.db
          .collection(channelSecretModel)
          .where('kind', '==', 'notification_channel')
          .orderBy(FieldPath.documentId());
        const rows = await this.db.find((afterId ? ordered.startAfter(afterId) : ordered).limit(limit));
        return rows.map(({ id, payload, organizationId }) => ({
          id,
          payload,
          context: channelSecretContext(organizationId, id),
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

  #of(organizationId: string) {
    return this.db
      .collection(notificationChannelModel)
      .where('organizationId', '==', organizationId)
      .limit(MAX_CHANNELS + 1);
  }
}

function own(organizationId: string, found: NotificationChannel | null): NotificationChannel | null {
  return found?.organizationId === organizationId ? found : null;
}

export function channelSecretContext(organizationId: string, channelId: string): string {
  return `notification_channel_${organizationId}_${channelId}`;
}

export function incidentIdOf(organizationId: string, key: string): string {
  return `ni_${digest(organizationId, key)}`;
}

/** The same parts make the same message. */
export function messageIdOf(...parts: string[]): string {
  return `nm_${digest(...parts)}`;
}

function digest(...parts: string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url').slice(0, 27);
}
