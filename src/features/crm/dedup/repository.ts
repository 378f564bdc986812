import 'server-only';
import { FieldPath, FieldValue, Timestamp } from 'firebase-admin/firestore';
import { derivedId } from '@/core/crypto/derived-id';
import type { Page, PageQuery } from '@/core/db/cursor';
import type { Db, Doc, PatchOf, Ref, Tx } from '@/core/db/db';
import { namesOf } from '../record-names';
import { crmRecordModel } from '../schema';
import type { BlockIndex } from './blocking';
import {
  type CandidateQuery,
  type DedupEntity,
  dedupCandidateModel,
  dedupMergeModel,
  dedupRunModel,
  dedupStateModel,
} from './schema';

export type CrmRecord = Doc<typeof crmRecordModel>;
export type DedupState = Doc<typeof dedupStateModel>;
export type DedupRun = Doc<typeof dedupRunModel>;
export type Candidate = Doc<typeof dedupCandidateModel>;
export type Merge = Doc<typeof dedupMergeModel>;
export type RecordPatch = PatchOf<CrmRecord>;

/** A record that changed, with its place among all that did. */
export interface Changed {
  record: CrmRecord;
  place: string;
}

const LATE_MS = 60_000;
const MAX_OPEN = 200;

/** The same two records are the same pair, whichever comes first. */
export function candidateIdOf(organizationId: string, a: string, b: string): string {
  return derivedId([organizationId, ...[a, b].sort()]);
}

export class DedupRepository {
  constructor(readonly db: Db) {}

  run<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.db.run(work);
  }

  stateRef(organizationId: string): Ref<typeof dedupStateModel> {
    return this.db.doc(dedupStateModel, organizationId);
  }

  runRef(id: string): Ref<typeof dedupRunModel> {
    return this.db.doc(dedupRunModel, id);
  }

  candidateRef(id: string): Ref<typeof dedupCandidateModel> {
    return this.db.doc(dedupCandidateModel, id);
  }

  mergeRef(id: string): Ref<typeof dedupMergeModel> {
    return this.db.doc(dedupMergeModel, id);
  }

  recordRef(id: string): Ref<typeof crmRecordModel> {
    return this.db.doc(crmRecordModel, id);
  }

  async candidates(
    organizationId: string,
    { status, entity, ...page }: CandidateQuery,
  ): Promise<Page<Candidate>> {
    let query = this.#candidates(organizationId).where('status', '==', status);
    if (entity) query = query.where('entity', '==', entity);
    return this.db.page(query, page, { field: 'score' });
  }

  /** Pairs that wait for a person and have one of these records. */
  openOf(organizationId: string, recordId: string): Promise<Candidate[]> {
    return this.db.find(this.#openOf(organizationId, recordId));
  }

  openOfIn(tx: Tx, organizationId: string, recordId: string): Promise<Candidate[]> {
    return tx.find(this.#openOf(organizationId, recordId));
  }

  /** Takes from a record's pairs all that was said of it. */
  async silence(organizationId: string, recordId: string): Promise<void> {
    const all = await this.db.find(
      this.#candidates(organizationId).where('recordIds', 'array-contains', recordId).limit(MAX_OPEN),
    );
    for (const { id, evidence, titles } of all)
      if (evidence.length > 0 || titles.some(Boolean))
        await this.db.update(this.candidateRef(id), { evidence: [], titles: ['', ''] });
  }

  async candidatesById(ids: readonly string[]): Promise<Map<string, Candidate>> {
    const found: (Candidate | null)[] = [];
    for (let at = 0; at < ids.length; at += 200)
      found.push(...(await this.db.getAll(ids.slice(at, at + 200).map((id) => this.candidateRef(id)))));
    return new Map(found.flatMap((one) => (one ? [[one.id, one]] : [])));
  }

  runs(organizationId: string, page: PageQuery): Promise<Page<DedupRun>> {
    const mine = this.db.collection(dedupRunModel).where('organizationId', '==', organizationId);
    return this.db.page(mine, page, { field: 'startedAt' });
  }

  /** Runs whose job was lost. */
  lost(now: Date, limit: number): Promise<DedupRun[]> {
    return this.db.find(
      this.db.collection(dedupRunModel).where('claimedUntil', '<=', now).orderBy('claimedUntil').limit(limit),
    );
  }

  count(organizationId: string, entity: DedupEntity): Promise<number> {
    return this.db.count(this.#active(organizationId, entity));
  }

  /** Records in the order of their ids. */
  recordsAfter(
    organizationId: string,
    entity: DedupEntity,
    after: string | null,
    limit: number,
  ): Promise<CrmRecord[]> {
    let query = this.#active(organizationId, entity).orderBy(FieldPath.documentId());
    if (after) query = query.startAfter(after);
    return this.db.find(query.limit(limit));
  }

  /** Records in the order in which they changed, to the last nanosecond: one commit stamps many alike. */
  async changedAfter(organizationId: string, place: string | null, limit: number): Promise<Changed[]> {
    let query = this.db
      .collection(crmRecordModel)
      .where('organizationId', '==', organizationId)
      .orderBy('updatedAt')
      .orderBy(FieldPath.documentId());
    const from = place === null ? null : placeOf(place);
    if (from) query = query.startAfter(from.at, from.id);
    const found = await query.limit(limit).get();
    return found.docs.map((doc) => {
      const at = doc.get('updatedAt') as Timestamp;
      return { record: doc.data(), place: `${at.seconds}.${at.nanoseconds}/${doc.id}` };
    });
  }

  /** Possible duplicates; with `after`, those of greater id alone. */
  index(organizationId: string, entity: DedupEntity, after: string | null): BlockIndex<CrmRecord> {
    return {
      having: (keys, limit) => {
        let query = this.#active(organizationId, entity)
          .where('blocks', 'array-contains-any', keys)
          .orderBy(FieldPath.documentId());
        if (after) query = query.startAfter(after);
        return this.db.find(query.limit(limit));
      },
    };
  }

  /** @returns the keys as they are now, when they were not. */
  async rekey(record: CrmRecord): Promise<boolean> {
    const { blocks } = namesOf(record.entity, record.fields, record.externalId);
    if (blocks.length === record.blocks.length && blocks.every((key) => record.blocks.includes(key)))
      return false;
    await this.db.update(this.recordRef(record.id), { blocks });
    return true;
  }

  /** New values of a record, and what it is called and found by for that. */
  changeIn(
    tx: Tx,
    record: Pick<CrmRecord, 'id' | 'entity' | 'externalId'>,
    fields: Record<string, unknown>,
    patch: RecordPatch,
  ): void {
    tx.update(this.recordRef(record.id), {
      ...namesOf(record.entity, fields, record.externalId),
      fields,
      ...patch,
      version: FieldValue.increment(1),
    });
  }

  /** Its values are the survivor's now; what undoing needs is kept apart, and ends by itself. */
  buryIn(tx: Tx, record: Pick<CrmRecord, 'id'>, survivorId: string): void {
    tx.update(this.recordRef(record.id), {
      ...{ status: 'merged', mergedInto: survivorId, mergedFrom: [] },
      ...{ fields: {}, provenance: {}, issues: [], terms: [], blocks: [], subtitle: '' },
      ...{ lastActivityAt: null, activityCount: 0, syncMessage: null, sync: 'synced' },
      version: FieldValue.increment(1),
    });
  }

  #active(organizationId: string, entity: DedupEntity) {
    return this.db
      .collection(crmRecordModel)
      .where('organizationId', '==', organizationId)
      .where('entity', '==', entity)
      .where('status', '==', 'active');
  }

  #candidates(organizationId: string) {
    return this.db.collection(dedupCandidateModel).where('organizationId', '==', organizationId);
  }

  #openOf(organizationId: string, recordId: string) {
    return this.#candidates(organizationId)
      .where('status', '==', 'open')
      .where('recordIds', 'array-contains', recordId)
      .limit(MAX_OPEN);
  }
}

/** A little before a place: what was committed late is looked at again. */
export function beforePlace(place: string): string {
  const { at } = placeOf(place);
  const earlier = Timestamp.fromMillis(Math.max(0, at.toMillis() - LATE_MS));
  return `${earlier.seconds}.${earlier.nanoseconds}/0`;
}

function placeOf(place: string): { at: Timestamp; id: string } {
  const [at = '', id = ''] = place.split('/');
  const [seconds = '0', nanoseconds = '0'] = at.split('.');
  return { at: new Timestamp(Number(seconds), Number(nanoseconds)), id };
}
