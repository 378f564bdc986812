import 'server-only';
import { sha256hex } from '@/core/crypto/secrets';
import type { Page } from '@/core/db/cursor';
import { type Db, type Doc, isAlreadyExists, isMissing, type Ref, type Tx } from '@/core/db/db';
import type { NewDoc } from '@/core/db/model';
import { type InboxItemDoc, inboxChannelModel, inboxItemModel, type ListInboxQuery } from './schema';

export type InboxChannel = Doc<typeof inboxChannelModel>;

/** What people wrote, and when each channel is asked next. */
export class InboxRepository {
  constructor(readonly db: Db) {}

  run<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.db.run(work);
  }

  itemRef(id: string): Ref<typeof inboxItemModel> {
    return this.db.doc(inboxItemModel, id);
  }

  channelRef(connectionId: string): Ref<typeof inboxChannelModel> {
    return this.db.doc(inboxChannelModel, connectionId);
  }

  async item(organizationId: string, id: string): Promise<InboxItemDoc | null> {
    const found = await this.db.get(this.itemRef(id));
    return found?.organizationId === organizationId ? found : null;
  }

  async itemIn(tx: Tx, organizationId: string, id: string): Promise<InboxItemDoc | null> {
    const found = await tx.get(this.itemRef(id));
    return found?.organizationId === organizationId ? found : null;
  }

  list(organizationId: string, { status, ...page }: ListInboxQuery): Promise<Page<InboxItemDoc>> {
    const query = this.db
      .collection(inboxItemModel)
      .where('organizationId', '==', organizationId)
      .where('status', '==', status);
    return this.db.page(query, page, { field: 'receivedAt' });
  }

  /** @returns false when it is there already. */
  async addItem(item: NewDoc<typeof inboxItemModel>): Promise<boolean> {
    try {
      await this.db.create(this.itemRef(itemIdOf(item.connectionId, item.remoteId)), item);
      return true;
    } catch (error) {
      if (isAlreadyExists(error)) return false;
      throw error;
    }
  }

  /** A lost reply was looked for once more and not seen: a person is waited for, unless something new is on its way. */
  async looked({ id, sendingUntil }: InboxItemDoc): Promise<void> {
    await this.run(async (tx) => {
      const known = await tx.get(this.itemRef(id));
      if (known?.sendingUntil?.getTime() === sendingUntil?.getTime())
        tx.update(this.itemRef(id), { sendingUntil: null });
    });
  }

  /** Items whose reply should have come back by then. */
  overdue(before: Date, limit: number): Promise<InboxItemDoc[]> {
    return this.db.find(
      this.db
        .collection(inboxItemModel)
        .where('sendingUntil', '<=', before)
        .orderBy('sendingUntil')
        .limit(limit),
    );
  }

  /** @returns false when it is there already. */
  async addChannel(connectionId: string, channel: NewDoc<typeof inboxChannelModel>): Promise<boolean> {
    try {
      await this.db.create(this.channelRef(connectionId), channel);
      return true;
    } catch (error) {
      if (isAlreadyExists(error)) return false;
      throw error;
    }
  }

  async removeChannel(connectionId: string): Promise<void> {
    await this.db.delete(this.channelRef(connectionId));
  }

  /** A channel that was disconnected meanwhile stays away. */
  async updateChannel(
    connectionId: string,
    change: Partial<NewDoc<typeof inboxChannelModel>>,
  ): Promise<void> {
    try {
      await this.db.update(this.channelRef(connectionId), change);
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
  }

  dueChannels(now: Date, limit: number): Promise<InboxChannel[]> {
    return this.db.find(
      this.db.collection(inboxChannelModel).where('nextPollAt', '<=', now).orderBy('nextPollAt').limit(limit),
    );
  }

  channelsOf(organizationId: string): Promise<InboxChannel[]> {
    return this.db.find(
      this.db.collection(inboxChannelModel).where('organizationId', '==', organizationId).limit(200),
    );
  }

  /** Takes a channel for one look: whoever comes second within the lease finds it taken. */
  claim(
    connectionId: string,
    dueBy: (channel: InboxChannel) => boolean,
    until: Date,
  ): Promise<InboxChannel | null> {
    return this.run(async (tx) => {
      const channel = await tx.get(this.channelRef(connectionId));
      if (!channel || !dueBy(channel)) return null;
      tx.update(this.channelRef(connectionId), {
        nextPollAt: until,
        lastPolledAt: new Date(until.getTime() - LOOK_MS),
      });
      return channel;
    });
  }
}

/** How long one look may take before another process takes the channel. */
export const LOOK_MS = 60_000;

/** One document for one thing of one channel, however often it is read. */
export function itemIdOf(connectionId: string, remoteId: string): string {
  return `${connectionId}_${sha256hex(remoteId).slice(0, 32)}`;
}
