import 'server-only';
import { FieldValue } from 'firebase-admin/firestore';
import type { z } from 'zod';
import type { Page } from '@/core/db/cursor';
import type { Db, Doc, Ref, Tx } from '@/core/db/db';
import { folded, matchesAll, searchOf, subtitleOf, termsOf, titleOf } from './record-words';
import {
  crmRecordModel,
  type provenanceSchema,
  type RecordKind,
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

  getIn(tx: Tx, ids: readonly string[]): Promise<(CrmRecord | null)[]> {
    return tx.getAll(ids.map((id) => this.ref(id)));
  }

  writeIn(tx: Tx, identity: Identity, state: State, known: Stored | null): void {
    const { id, organizationId, connectionId, platform, externalId } = identity;
    const entity = recordKindSchema.parse(identity.entity);
    const fields = {
      externalUrl: state.externalUrl,
      ...namesOf(entity, state.fields, externalId),
      fields: state.fields,
      provenance: withHistory(state.provenance),
      sync: state.sync,
      syncMessage: null,
      issues: [...state.issues],
      status: state.deleted ? ('deleted' as const) : ('active' as const),
      ...(state.externalUpdatedAt ? { externalUpdatedAt: state.externalUpdatedAt } : {}),
    };
    if (known) {
      tx.update(this.ref(id), { ...fields, version: FieldValue.increment(1) });
      return;
    }
    tx.create(this.ref(id), {
      externalUpdatedAt: null,
      ...fields,
      ...{ organizationId, connectionId, platform, entity, externalId },
      relatedTo: null,
      lastActivityAt: null,
      activityCount: 0,
      version: 1,
    });
  }

  /** New values on our side, or only how far the vendor has them; both are written so that readers of the record notice. */
  changeIn(
    tx: Tx,
    record: Pick<CrmRecord, 'id' | 'entity' | 'externalId'>,
    change: { stored?: Pick<Stored, 'fields' | 'provenance'>; sync: RecordSync; message?: string | null },
  ): void {
    const { stored, sync, message } = change;
    tx.update(this.ref(record.id), {
      ...{ sync, syncMessage: message ?? null },
      ...(stored
        ? {
            ...namesOf(record.entity, stored.fields, record.externalId),
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
      platform: 'irisync',
      externalUrl: null,
      title: activity.kind,
      subtitle: activity.text.slice(0, 200),
      sortTitle: activity.kind,
      terms: [],
      fields: { kind: activity.kind, text: activity.text, at: activity.at.toISOString() },
      provenance: { kind: source, text: source },
      issues: [],
      status: 'active',
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

  /** @returns how many there were. */
  async forget(connectionId: string, limit: number): Promise<number> {
    const found = await this.db.firestore
      .collection(crmRecordModel.path)
      .where('connectionId', '==', connectionId)
      .limit(limit)
      .get();
    const batch = this.db.batch();
    for (const doc of found.docs) batch.delete(doc.ref);
    await batch.commit();
    return found.size;
  }
}

function namesOf(entity: RecordKind, fields: Record<string, unknown>, externalId: string) {
  const title = titleOf(entity, fields, externalId);
  const subtitle = subtitleOf(entity, fields);
  const sortTitle = folded(title).slice(0, 100);
  return { title, subtitle, sortTitle, terms: termsOf(title, subtitle) };
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
