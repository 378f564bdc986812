import 'server-only';
import type { Page } from '@/core/db/cursor';
import type { Db, Doc, Ref, Tx } from '@/core/db/db';
import type { Clock } from '@/core/time/clock';
import type { RecordIdentity, RecordState, RecordStore, StoredRecord } from '../sync/records';
import { type DataQuery, integrationDataModel } from './schema';

export type IntegrationData = Doc<typeof integrationDataModel>;

const TITLE_LENGTH = 200;

/**
 * Keeps what syncing brings from vendors that are no CRM. Nobody edits it here, so that a value's past is of no use and is not kept.
 */
export class IntegrationDataRepository implements RecordStore {
  constructor(
    readonly db: Db,
    readonly clock: Clock,
  ) {}

  ref(id: string): Ref<typeof integrationDataModel> {
    return this.db.doc(integrationDataModel, id);
  }

  async getIn(tx: Tx, ids: readonly string[]): Promise<(StoredRecord | null)[]> {
    const found = await tx.getAll(ids.map((id) => this.ref(id)));
    return found.map((one) => one && toStored(one));
  }

  writeIn(tx: Tx, identity: RecordIdentity, state: RecordState, known: StoredRecord | null): void {
    const { id, organizationId, connectionId, platform, entity, externalId } = identity;
    const written = {
      title: titleOf(state.fields, externalId),
      externalUrl: state.externalUrl ?? addressOf(state.fields),
      data: state.fields,
      issues: [...state.issues],
      status: state.deleted ? ('deleted' as const) : ('active' as const),
      syncedAt: this.clock.now(),
      ...(state.externalUpdatedAt ? { externalUpdatedAt: state.externalUpdatedAt } : {}),
    };
    if (known) {
      tx.update(this.ref(id), written);
      return;
    }
    const owner = { organizationId, integrationId: connectionId, platform, entityType: entity, externalId };
    tx.create(this.ref(id), { externalUpdatedAt: null, ...written, ...owner });
  }

  /** Only what has something for its vendor changes in this way: here nothing has. */
  changeIn(): void {
    throw new Error('Records of this vendor are only read.');
  }

  /** Nothing is made here for vendors that are only read. */
  linkedIn(): void {
    throw new Error('Records of this vendor are only read.');
  }

  /** People merge records of CRMs alone. */
  async forgetErasedIn(): Promise<() => void> {
    return () => undefined;
  }

  async mergedAmong(): Promise<StoredRecord[]> {
    return [];
  }

  /** Newest at the vendor first. */
  page(
    organizationId: string,
    integrationId: string,
    { entity, ...page }: DataQuery,
  ): Promise<Page<IntegrationData>> {
    const mine = this.db
      .collection(integrationDataModel)
      .where('organizationId', '==', organizationId)
      .where('integrationId', '==', integrationId)
      .where('entityType', '==', entity)
      .where('status', '==', 'active');
    return this.db.page(mine, page, { field: 'externalUpdatedAt' });
  }

  async forget(integrationId: string, limit: number): Promise<number> {
    const found = await this.db.firestore
      .collection(integrationDataModel.path)
      .where('integrationId', '==', integrationId)
      .limit(limit)
      .get();
    const batch = this.db.batch();
    for (const doc of found.docs) batch.delete(doc.ref);
    await batch.commit();
    return found.size;
  }
}

function toStored({ entityType: entity, data: fields, ...record }: IntegrationData): StoredRecord {
  const { id, organizationId, externalId, title, externalUrl, platform } = record;
  const { status, issues, externalUpdatedAt } = record;
  return {
    ...{ id, organizationId, platform, entity, externalId, title, externalUrl, fields },
    ...{ status, issues, externalUpdatedAt, provenance: {}, version: 0, sync: 'synced' },
  };
}

/** The address that a record brings along, where its id does not lead to one. */
function addressOf({ url }: Record<string, unknown>): string | null {
  return typeof url === 'string' && url.startsWith('https://') ? url : null;
}

/** What people know it by: a field of that name, else the vendor's id. */
function titleOf(fields: Record<string, unknown>, externalId: string): string {
  const named = [fields.title, fields.name, fields.tag].find(
    (one) => typeof one === 'string' && one.trim() !== '',
  );
  return String(named ?? externalId).slice(0, TITLE_LENGTH);
}
