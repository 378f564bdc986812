import 'server-only';
import { FieldValue } from 'firebase-admin/firestore';
import type { Page, PageQuery } from '@/core/db/cursor';
import type { Db, PatchOf, Ref, Tx } from '@/core/db/db';
import type { NewDoc } from '@/core/db/model';
import {
  type FeedDoc,
  type FeedItemDoc,
  type FeedNote,
  feedItemModel,
  feedModel,
  feedSeenModel,
  WAITING_MAX,
} from './schema';

/** How long one look may take before another process takes the feed over. Renewed before each post. */
export const LEASE_MS = 120_000;

export type FeedPatch = PatchOf<FeedDoc>;

/** A feed, and the lease under which it is looked at. */
export interface HeldFeed extends FeedDoc {
  leaseId: string;
}

/** Feeds, what they have shown, and what waits to be a post. */
export class FeedRepository {
  constructor(readonly db: Db) {}

  run<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.db.run(work);
  }

  ref(id: string): Ref<typeof feedModel> {
    return this.db.doc(feedModel, id);
  }

  itemRef(id: string): Ref<typeof feedItemModel> {
    return this.db.doc(feedItemModel, id);
  }

  seenRef(feedId: string): Ref<typeof feedSeenModel> {
    return this.db.doc(feedSeenModel, feedId);
  }

  async get(organizationId: string, id: string): Promise<FeedDoc | null> {
    const found = await this.db.get(this.ref(id));
    return found?.organizationId === organizationId ? found : null;
  }

  async getIn(tx: Tx, organizationId: string, id: string): Promise<FeedDoc | null> {
    const found = await tx.get(this.ref(id));
    return found?.organizationId === organizationId ? found : null;
  }

  list(organizationId: string, query: PageQuery): Promise<Page<FeedDoc>> {
    const rows = this.db.collection(feedModel).where('organizationId', '==', organizationId);
    return this.db.page(rows, query, { field: 'createdAt' });
  }

  count(organizationId: string): Promise<number> {
    return this.db.count(this.db.collection(feedModel).where('organizationId', '==', organizationId));
  }

  createIn(tx: Tx, id: string, feed: NewDoc<typeof feedModel>, keys: string[]): void {
    tx.create(this.ref(id), feed);
    tx.create(this.seenRef(id), { organizationId: feed.organizationId, keys });
  }

  changeIn(tx: Tx, id: string, patch: Partial<FeedDoc>): void {
    tx.update(this.ref(id), patch as FeedPatch);
  }

  /** With everything that belongs to it. @param items those that wait, read in this transaction. */
  deleteIn(tx: Tx, id: string, items: readonly FeedItemDoc[]): void {
    for (const item of items) tx.delete(this.itemRef(item.id));
    tx.delete(this.seenRef(id));
    tx.delete(this.ref(id));
  }

  waitingIn(tx: Tx, feedId: string): Promise<FeedItemDoc[]> {
    return tx.find(this.#items(feedId).limit(WAITING_MAX * 4));
  }

  /** Oldest first. */
  waiting(feedId: string, limit: number): Promise<FeedItemDoc[]> {
    return this.db.find(this.#items(feedId).orderBy('position').limit(limit));
  }

  due(now: Date, limit: number): Promise<FeedDoc[]> {
    return this.db.find(
      this.db.collection(feedModel).where('nextPollAt', '<=', now).orderBy('nextPollAt').limit(limit),
    );
  }

  /** Takes a feed for one look: whoever comes second within the lease finds it taken. */
  claim(
    id: string,
    lease: { id: string; now: Date },
    due: (feed: FeedDoc) => boolean,
  ): Promise<HeldFeed | null> {
    // Without locks: those of a process that dies here would outlive it by a minute.
    return this.db.runOptimistic(async (tx) => {
      const feed = await tx.get(this.ref(id));
      const taken = feed?.leaseUntil && feed.leaseUntil > lease.now;
      if (!feed || taken || !due(feed)) return null;
      const leaseUntil = new Date(lease.now.getTime() + LEASE_MS);
      // Whoever dies on it is followed by somebody else as soon as the lease is over.
      tx.update(this.ref(id), { leaseId: lease.id, leaseUntil, nextPollAt: leaseUntil });
      return { ...feed, leaseId: lease.id };
    });
  }

  /** The feed while it is still ours and nobody stopped it; null: stop working on it. */
  async heldIn(tx: Tx, { id, leaseId }: HeldFeed): Promise<FeedDoc | null> {
    const feed = await tx.get(this.ref(id));
    return feed?.leaseId === leaseId && feed.status === 'active' ? feed : null;
  }

  renew(held: HeldFeed, now: Date): Promise<boolean> {
    return this.run(async (tx) => {
      if (!(await this.heldIn(tx, held))) return false;
      const leaseUntil = new Date(now.getTime() + LEASE_MS);
      tx.update(this.ref(held.id), { leaseUntil, nextPollAt: leaseUntil });
      return true;
    });
  }

  /** What a look found: items to wait, keys to remember, and the feed's own facts, all or nothing. */
  takeInIn(
    tx: Tx,
    held: HeldFeed,
    found: {
      items: (NewDoc<typeof feedItemModel> & { id: string })[];
      keys: string[] | null;
      patch: FeedPatch;
    },
  ): void {
    for (const { id, ...item } of found.items) tx.set(this.itemRef(id), item);
    if (found.keys) tx.set(this.seenRef(held.id), { organizationId: held.organizationId, keys: found.keys });
    tx.update(this.ref(held.id), found.patch);
  }

  /** The item is a post now. Writes only, so that it joins the transaction that makes the post. */
  settleIn(tx: Tx, item: Pick<FeedItemDoc, 'id' | 'feedId'>, note: FeedNote | null): void {
    tx.delete(this.itemRef(item.id));
    // A feed that was deleted meanwhile is not there to be changed, which undoes the post as well.
    tx.update(this.ref(item.feedId), {
      waiting: FieldValue.increment(-1),
      posts: FieldValue.increment(1),
      ...(note ? { note } : {}),
    });
  }

  /** The same where the post was there before. */
  settle(item: FeedItemDoc): Promise<void> {
    return this.run(async (tx) => {
      const known = await tx.get(this.itemRef(item.id));
      if (known) this.settleIn(tx, item, null);
    });
  }

  async keepText(itemId: string, written: string): Promise<void> {
    await this.db.update(this.itemRef(itemId), { written });
  }

  /** @param now for the feed as it is then; nothing is changed once the lease is somebody else's. */
  release(held: HeldFeed, change: (tx: Tx, feed: FeedDoc) => FeedPatch): Promise<void> {
    return this.run(async (tx) => {
      const feed = await tx.get(this.ref(held.id));
      if (feed?.leaseId !== held.leaseId) return;
      const free = { leaseId: null, leaseUntil: null };
      // Stopped by a person while it was looked at: it stays so.
      if (feed.status !== 'active') tx.update(this.ref(held.id), { ...free, nextPollAt: null });
      else tx.update(this.ref(held.id), { ...free, ...change(tx, feed) });
    });
  }

  #items(feedId: string) {
    return this.db.collection(feedItemModel).where('feedId', '==', feedId);
  }
}
