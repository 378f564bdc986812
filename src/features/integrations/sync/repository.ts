import 'server-only';
import type { FirestoreDataConverter } from 'firebase-admin/firestore';
import { derivedId } from '@/core/crypto/derived-id';
import type { Page, PageQuery } from '@/core/db/cursor';
import type { Db, Doc, Ref, Tx } from '@/core/db/db';
import { crmConnectionModel } from '@/features/crm/schema';
import { changeCursorModel } from '../changes/schema';
import { relationModel } from '../shards/schema';
import {
  type ConflictQuery,
  checkpointModel,
  type LinkMark,
  linkMarkSchema,
  recordLinkModel,
  syncConflictModel,
  syncResultModel,
  syncTaskModel,
} from './schema';

export type Checkpoint = Doc<typeof checkpointModel>;
export type RecordLink = Doc<typeof recordLinkModel>;
export type SyncTask = Doc<typeof syncTaskModel>;
export type SyncResult = Doc<typeof syncResultModel>;
export type SyncConflict = Doc<typeof syncConflictModel>;
export type CrmConnection = Doc<typeof crmConnectionModel>;

const MARK_FIELDS = Object.keys(linkMarkSchema.shape) as (keyof LinkMark)[];
const markConverter: FirestoreDataConverter<LinkMark> = {
  toFirestore() {
    throw new Error('A mark is a part of a link, and only read.');
  },
  fromFirestore: (snapshot) => linkMarkSchema.parse(snapshot.data()),
};

/** One record of ours for each of the vendor's, however often it is read: both ids are made of what it is. */
export function linkIdOf(integrationId: string, entity: string, externalId: string): string {
  return derivedId([integrationId, entity, externalId]);
}

/** In place of the vendor's id, for a record that is only here so far. */
export function pendingIdOf(recordId: string): string {
  return `new:${recordId}`;
}

export function scheduleIdOf(integrationId: string): string {
  return `schedule_${integrationId}`;
}

export class SyncRepository {
  constructor(readonly db: Db) {}

  run<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.db.run(work);
  }

  /** See `Db.runOptimistic`: everything written here is read first. */
  commit<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.db.runOptimistic(work);
  }

  taskRef(id: string): Ref<typeof syncTaskModel> {
    return this.db.doc(syncTaskModel, id);
  }

  resultRef(id: string): Ref<typeof syncResultModel> {
    return this.db.doc(syncResultModel, id);
  }

  connectionRef(integrationId: string): Ref<typeof crmConnectionModel> {
    return this.db.doc(crmConnectionModel, integrationId);
  }

  checkpointRef(integrationId: string, entity: string): Ref<typeof checkpointModel> {
    return this.db.doc(checkpointModel, `${integrationId}_${entity}`);
  }

  changeCursorRef(integrationId: string, entity: string): Ref<typeof changeCursorModel> {
    return this.db.doc(changeCursorModel, `${integrationId}_${entity}`);
  }

  linkRef(integrationId: string, entity: string, externalId: string): Ref<typeof recordLinkModel> {
    return this.db.doc(recordLinkModel, linkIdOf(integrationId, entity, externalId));
  }

  /** By the link's own id. */
  linkById(id: string): Ref<typeof recordLinkModel> {
    return this.db.doc(recordLinkModel, id);
  }

  conflictRef(linkId: string): Ref<typeof syncConflictModel> {
    return this.db.doc(syncConflictModel, linkId);
  }

  task(id: string): Promise<SyncTask | null> {
    return this.db.get(this.taskRef(id));
  }

  checkpoint(integrationId: string, entity: string): Promise<Checkpoint | null> {
    return this.db.get(this.checkpointRef(integrationId, entity));
  }

  /** Links of a record of ours: several, where people merged what vendors have apart. */
  linksOfRecordIn(tx: Tx, recordId: string): Promise<RecordLink[]> {
    return tx.find(this.db.collection(recordLinkModel).where('recordId', '==', recordId));
  }

  async links(integrationId: string, entity: string, externalIds: readonly string[]): Promise<RecordLink[]> {
    const refs = externalIds.map((id) => this.linkRef(integrationId, entity, id));
    return (await this.db.getAll(refs)).flatMap((link) => link ?? []);
  }

  /** What tells whether records are unchanged, of links after that place in the vendor's order. */
  linkMarks(integrationId: string, entity: string, after: string, limit: number): Promise<LinkMark[]> {
    return this.db.find(
      this.#links(integrationId, entity)
        .where('order', '>', after)
        .orderBy('order')
        .limit(limit)
        .select(...MARK_FIELDS)
        .withConverter(markConverter),
    );
  }

  /** Links of records that are only here so far. They have no place in the vendor's order. */
  pendingLinks(integrationId: string, entity: string, limit: number): Promise<RecordLink[]> {
    return this.db.find(this.#links(integrationId, entity).where('order', '==', '').limit(limit));
  }

  /** Links with something for the vendor, longest due first. */
  dueLinks(integrationId: string, entity: string, now: Date, limit: number): Promise<RecordLink[]> {
    return this.db.find(
      this.#links(integrationId, entity).where('pushDue', '<=', now).orderBy('pushDue').limit(limit),
    );
  }

  conflicts(
    organizationId: string,
    { integrationId, status, ...page }: ConflictQuery,
  ): Promise<Page<SyncConflict>> {
    const mine = this.db
      .collection(syncConflictModel)
      .where('organizationId', '==', organizationId)
      .where('integrationId', '==', integrationId)
      .where('status', '==', status);
    return this.db.page(mine, page, { field: 'detectedAt' });
  }

  /** Conflicts that came up, or changed, since then. */
  conflictsSince(integrationId: string, since: Date): Promise<number> {
    return this.db.count(
      this.db
        .collection(syncConflictModel)
        .where('integrationId', '==', integrationId)
        .where('detectedAt', '>=', since),
    );
  }

  activeLinks(integrationId: string, entity: string): Promise<number> {
    return this.db.count(this.#links(integrationId, entity).where('deleted', '==', false));
  }

  /** Schedules whose time has come, longest due first. */
  due(now: Date, limit: number): Promise<SyncTask[]> {
    return this.db.find(
      this.db
        .collection(syncTaskModel)
        .where('enabled', '==', true)
        .where('nextScheduled', '<=', now)
        .orderBy('nextScheduled')
        .limit(limit),
    );
  }

  /** Runs whose job was lost. */
  lost(now: Date, limit: number): Promise<SyncTask[]> {
    return this.db.find(
      this.db.collection(syncTaskModel).where('claimedUntil', '<=', now).orderBy('claimedUntil').limit(limit),
    );
  }

  tasks(organizationId: string, integrationId: string, page: PageQuery): Promise<Page<SyncTask>> {
    const mine = this.db
      .collection(syncTaskModel)
      .where('organizationId', '==', organizationId)
      .where('integrationId', '==', integrationId);
    return this.db.page(mine, page, { field: 'createdAt' });
  }

  results(organizationId: string, integrationId: string, page: PageQuery): Promise<Page<SyncResult>> {
    const mine = this.db
      .collection(syncResultModel)
      .where('organizationId', '==', organizationId)
      .where('integrationId', '==', integrationId);
    return this.db.page(mine, page, { field: 'executedAt' });
  }

  /** Removes what belongs to one integration, at most `limit` documents of a kind. @returns how many there were. */
  async forget(integrationId: string, limit: number): Promise<number> {
    const collections = [
      checkpointModel,
      recordLinkModel,
      syncTaskModel,
      syncResultModel,
      syncConflictModel,
      relationModel,
    ] as const;
    let removed = 0;
    for (const model of collections) {
      const found = await this.db.firestore
        .collection(model.path)
        .where('integrationId', '==', integrationId)
        .limit(limit)
        .get();
      const batch = this.db.batch();
      for (const doc of found.docs) batch.delete(doc.ref);
      await batch.commit();
      removed += found.size;
    }
    return removed;
  }

  #links(integrationId: string, entity: string) {
    return this.db
      .collection(recordLinkModel)
      .where('integrationId', '==', integrationId)
      .where('entity', '==', entity);
  }
}
