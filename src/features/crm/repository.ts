import 'server-only';
import { FieldValue } from 'firebase-admin/firestore';
import type { z } from 'zod';
import type { Page, PageQuery } from '@/core/db/cursor';
import type { Db, Doc, Ref, Tx } from '@/core/db/db';
import { type Erased, forgetErasedIn, forgetPairs } from './dedup/forget';
import { namesOf } from './record-names';
import { matchesAll, searchOf } from './record-words';
import {
  type CrmCounters,
  crmConnectionModel,
  crmRecordModel,
  type provenanceSchema,
  type RecordQuery,
  type RecordSync,
  recordKindSchema,
} from './schema';

export type CrmRecord = Doc<typeof crmRecordModel>;
type Provenance = z.output<typeof provenanceSchema>;
interface ReadonlyProvenance extends Omit<Provenance, 'history'> {
  history: readonly Provenance['history'][number][];
}

interface Identity {
  id: string;
  organizationId: string;
  connectionId: string;
  platform: string;
  entity: string;
  externalId: string;
  derivedFrom?: string | null;
  relatedTo?: string | null;
  happenedAt?: Date | null;
}

interface Stored {
  fields: Record<string, unknown>;
  provenance: Record<string, ReadonlyProvenance>;
  externalUrl: string | null;
}

interface State extends Stored {
  issues: readonly { field: string; message: string }[];
  deleted: boolean;
  externalUpdatedAt: Date | null;
  sync: RecordSync;
}

/** Records that were merged one into the other. */
const MAX_HOPS = 30;

/** Mirrored records. The sync engine writes them; it knows this class by an interface of its own. */
export class CRMRepository {
  constructor(readonly db: Db) {}

  run<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.db.run(work);
  }

  ref(id: string): Ref<typeof crmRecordModel> {
    return this.db.doc(crmRecordModel, id);
  }

  async get(organizationId: string, id: string): Promise<CrmRecord | null> {
    return own(organizationId, await this.db.get(this.ref(id)));
  }

  async getOwnIn(tx: Tx, organizationId: string, id: string): Promise<CrmRecord | null> {
    return own(organizationId, await tx.get(this.ref(id)));
  }

  /** The record that stands for it now: itself, unless it was merged. */
  async standingIn(tx: Tx, organizationId: string, id: string): Promise<CrmRecord | null> {
    let record = await this.getOwnIn(tx, organizationId, id);
    for (let hops = 0; record?.mergedInto && hops < MAX_HOPS; hops += 1)
      record = await this.getOwnIn(tx, organizationId, record.mergedInto);
    return record;
  }

  getIn(tx: Tx, ids: readonly string[]): Promise<(CrmRecord | null)[]> {
    return tx.getAll(ids.map((id) => this.ref(id)));
  }

  writeIn(tx: Tx, identity: Identity, state: State, known: Stored | null): void {
    const { id, organizationId, connectionId, platform, externalId } = identity;
    const entity = recordKindSchema.parse(identity.entity);
    const { derivedFrom = null, relatedTo = null, happenedAt = null } = identity;
    const fields = {
      externalUrl: state.externalUrl,
      ...namesOf(entity, state.fields, externalId),
      fields: state.fields,
      provenance: withHistory(state.provenance),
      sync: state.sync,
      syncMessage: null,
      issues: [...state.issues],
      status: state.deleted ? ('deleted' as const) : ('active' as const),
      mergedInto: null,
      ...(state.externalUpdatedAt ? { externalUpdatedAt: state.externalUpdatedAt } : {}),
    };
    if (known) {
      const happened = happenedAt ? { lastActivityAt: happenedAt } : {};
      tx.update(this.ref(id), { ...fields, ...happened, version: FieldValue.increment(1) });
      return;
    }
    tx.create(this.ref(id), {
      externalUpdatedAt: null,
      ...fields,
      ...{ organizationId, connectionId, platform, entity, externalId },
      ...{ relatedTo, derivedFrom, mergedFrom: [], lastActivityAt: happenedAt },
      activityCount: 0,
      version: 1,
    });
  }

  /** New values on our side, or only how far the vendor has them; both are written so that readers of the record notice. */
  changeIn(
    tx: Tx,
    record: Pick<Identity, 'id' | 'entity' | 'externalId'>,
    change: { stored?: Pick<Stored, 'fields' | 'provenance'>; sync: RecordSync; message?: string | null },
  ): void {
    const { stored, sync, message } = change;
    tx.update(this.ref(record.id), {
      ...{ sync, syncMessage: message ?? null },
      ...(stored
        ? {
            ...namesOf(recordKindSchema.parse(record.entity), stored.fields, record.externalId),
            fields: stored.fields,
            provenance: withHistory(stored.provenance),
            version: FieldValue.increment(1),
          }
        : {}),
    });
  }

  linkedIn(
    tx: Tx,
    { id }: Pick<CrmRecord, 'id'>,
    at: { externalId: string; externalUrl: string | null },
  ): void {
    tx.update(this.ref(id), at);
  }

  /** By title; a search asks for the beginnings of words and may give pages that are not full. */
  async page(organizationId: string, { entity, q, ...page }: RecordQuery): Promise<Page<CrmRecord>> {
    const search = q ? searchOf(q) : null;
    let query = this.db
      .collection(crmRecordModel)
      .where('organizationId', '==', organizationId)
      .where('entity', '==', entity)
      .where('status', '==', 'active');
    if (search) query = query.where('terms', 'array-contains', search.term);
    const found = await this.db.page(query, page, { field: 'sortTitle', direction: 'asc' });
    if (!search) return found;
    return {
      ...found,
      items: found.items.filter(({ title, subtitle }) => matchesAll(title, subtitle, search.words)),
    };
  }

  count(organizationId: string, entity: string): Promise<number> {
    return this.db.count(
      this.db
        .collection(crmRecordModel)
        .where('organizationId', '==', organizationId)
        .where('entity', '==', entity)
        .where('status', '==', 'active'),
    );
  }

  connectionRef(id: string): Ref<typeof crmConnectionModel> {
    return this.db.doc(crmConnectionModel, id);
  }

  /** How many records of a kind came here in `[from, to)` and are still there. */
  arrivals(connectionId: string, entity: string, from: Date, to: Date): Promise<number> {
    return this.db.count(
      this.db
        .collection(crmRecordModel)
        .where('connectionId', '==', connectionId)
        .where('entity', '==', entity)
        .where('status', '==', 'active')
        .where('createdAt', '>=', from)
        .where('createdAt', '<', to),
    );
  }

  /** A connection's records of one kind, by title. */
  ofConnection(organizationId: string, connectionId: string, entity: string): AsyncGenerator<CrmRecord> {
    const all = this.db
      .collection(crmRecordModel)
      .where('organizationId', '==', organizationId)
      .where('connectionId', '==', connectionId)
      .where('entity', '==', entity)
      .where('status', '==', 'active');
    return this.db.scan(all, { field: 'sortTitle', direction: 'asc' });
  }

  /** What happened with a record, newest first. */
  activities(organizationId: string, recordId: string, page: PageQuery): Promise<Page<CrmRecord>> {
    const all = this.db
      .collection(crmRecordModel)
      .where('organizationId', '==', organizationId)
      .where('relatedTo', '==', recordId);
    return this.db.page(all, page, { field: 'lastActivityAt' });
  }

  /** Counts that were taken earlier than those that stand there are dropped. */
  async saveCounters(connectionId: string, counters: CrmCounters): Promise<void> {
    await this.db.run(async (tx) => {
      const ref = this.connectionRef(connectionId);
      const known = await tx.get(ref);
      if (!known || (known.counters && known.counters.at > counters.at)) return;
      tx.update(ref, { counters });
    });
  }

  /** @returns false when this activity is known already. */
  async addActivity(
    tx: Tx,
    record: CrmRecord,
    activity: { id: string; kind: string; text: string; at: Date; actor: string },
  ): Promise<boolean> {
    if (await tx.get(this.ref(activity.id))) return false;
    const { organizationId, connectionId, id } = record;
    const stamp = activity.at.getTime();
    const source = { source: 'person' as const, actor: activity.actor, strategy: null, stamp, history: [] };
    tx.create(this.ref(activity.id), {
      ...{ organizationId, connectionId, entity: 'activity', relatedTo: id, externalId: activity.id },
      derivedFrom: null,
      platform: 'irisync',
      externalUrl: null,
      title: activity.kind,
      subtitle: activity.text.slice(0, 200),
      sortTitle: activity.kind,
      terms: [],
      fields: { kind: activity.kind, text: activity.text, at: activity.at.toISOString() },
      provenance: { kind: source, text: source },
      issues: [],
      ...{ status: 'active', mergedInto: null, mergedFrom: [], blocks: [] },
      externalUpdatedAt: null,
      lastActivityAt: activity.at,
      activityCount: 0,
      ...{ version: 1, sync: 'synced', syncMessage: null },
    });
    this.#noteActivity(tx, record, activity.at);
    return true;
  }

  #noteActivity(tx: Tx, record: CrmRecord, at: Date): void {
    const later = record.lastActivityAt && record.lastActivityAt > at ? record.lastActivityAt : at;
    tx.update(this.ref(record.id), { lastActivityAt: later, activityCount: FieldValue.increment(1) });
  }

  /** What looking for duplicates and merging kept of them. Reads at once; what it gives back writes. */
  forgetErasedIn(tx: Tx, organizationId: string, erased: readonly Erased[]): Promise<() => void> {
    return forgetErasedIn(this.db, tx, organizationId, erased);
  }

  /** Of the records that {@link forget} takes next, those that two were merged into, and those that were merged. */
  async mergedAmong(connectionId: string, limit: number): Promise<CrmRecord[]> {
    const mine = this.db.collection(crmRecordModel).where('connectionId', '==', connectionId).limit(limit);
    return (await this.db.find(mine)).filter(({ mergedFrom, mergedInto }) => mergedInto || mergedFrom.length);
  }

  /** @returns how many there were. */
  async forget(connectionId: string, limit: number): Promise<number> {
    const found = await this.db.firestore
      .collection(crmRecordModel.path)
      .where('connectionId', '==', connectionId)
      .limit(limit)
      .get();
    const ids = found.docs.map(({ id }) => id);
    await forgetPairs(this.db, ids);
    const batch = this.db.batch();
    for (const doc of found.docs) batch.delete(doc.ref);
    await batch.commit();
    return found.size;
  }
}

function withHistory(provenance: Record<string, ReadonlyProvenance>): Record<string, Provenance> {
  return Object.fromEntries(
    Object.entries(provenance).map(([field, known]) => [
      field,
      {
        ...known,
        history: known.history.map(({ value, stamp, actor }) => ({ value: value ?? null, stamp, actor })),
      },
    ]),
  );
}

function own(organizationId: string, found: CrmRecord | null): CrmRecord | null {
  return found?.organizationId === organizationId ? found : null;
}
