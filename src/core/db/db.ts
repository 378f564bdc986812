import 'server-only';
import {
  type CollectionReference,
  type DocumentReference,
  type DocumentSnapshot,
  FieldPath,
  type FieldValue,
  type Firestore,
  type Query,
  type QuerySnapshot,
  type Timestamp,
  type Transaction,
  type WriteBatch,
} from 'firebase-admin/firestore';
import { currentContext } from '@/core/http/context';
import { logger } from '@/core/telemetry/logger';
import { checkedPatch, converterOf } from './converter';
import { decodeCursor, encodeCursor, type Page, type PageQuery } from './cursor';
import { type BaseFields, type DocOf, type Model, pathOf } from './model';
import { observed, tableOf } from './observed';
import { OptimisticTransaction, runOptimistic } from './optimistic';
import { repeatable } from './retryable';

export type Doc<M> = DocOf<M>;
export type Ref<M> = DocumentReference<DocOf<M>>;
export type Collection<M> = CollectionReference<DocOf<M>>;

export function countReads(documents: number): void {
  const context = currentContext();
  if (context) context.documentReads += documents;
}

export function countWrites(documents: number): void {
  const context = currentContext();
  if (context) context.documentWrites += documents;
}

/** A running transaction with counted reads. Firestore wants all reads before the first write. */
export class Tx {
  readonly #committed: (() => void)[] = [];

  constructor(readonly raw: Transaction) {}

  async get<T>(ref: DocumentReference<T>): Promise<T | null> {
    countReads(1);
    return (await this.raw.get(ref)).data() ?? null;
  }

  async getAll<T>(refs: readonly DocumentReference<T>[]): Promise<(T | null)[]> {
    if (refs.length === 0) return [];
    countReads(refs.length);
    const snapshots = await this.raw.getAll(...(refs as readonly unknown[] as DocumentReference[]));
    return snapshots.map((snapshot) => (snapshot as unknown as DocumentSnapshot<T>).data() ?? null);
  }

  async find<T>(query: Query<T>): Promise<T[]> {
    const snapshot = await this.raw.get(query);
    countReads(Math.max(1, snapshot.size));
    return snapshot.docs.map((doc) => doc.data());
  }

  /** Fails the transaction with ALREADY_EXISTS when the document is there. */
  create<T extends { id: string }>(ref: DocumentReference<T>, data: Omit<T, BaseFields>): void {
    countWrites(1);
    this.raw.create(ref, data as unknown as T);
  }

  /** Replaces the whole document, `createdAt` included; use `update` to change one that exists. */
  set<T extends { id: string }>(ref: DocumentReference<T>, data: Omit<T, BaseFields>): void {
    countWrites(1);
    this.raw.set(ref, data as unknown as T);
  }

  update<T extends { id: string }>(ref: DocumentReference<T>, patch: PatchOf<T>): void {
    countWrites(1);
    this.raw.update(ref as unknown as DocumentReference, checkedPatch(ref, patch as Record<string, unknown>));
  }

  delete(ref: DocumentReference<unknown>): void {
    countWrites(1);
    this.raw.delete(ref as unknown as DocumentReference);
  }

  /**
   * Updates a document only if nobody wrote it since `known` was read (see `Db.getVersions`); otherwise the commit fails
   * with FAILED_PRECONDITION. A transaction that only does this takes no locks: nobody waits for one whose process died.
   */
  updateUnchanged<T extends { id: string }>(
    ref: DocumentReference<T>,
    known: Version<T>,
    patch: PatchOf<T>,
  ): void {
    countWrites(1);
    this.raw.update(
      ref as unknown as DocumentReference,
      checkedPatch(ref, patch as Record<string, unknown>),
      { lastUpdateTime: known.updateTime },
    );
  }

  /** Deletes a document only if nobody wrote it since `known` was read. */
  deleteUnchanged<T>(ref: DocumentReference<T>, known: Version<T>): void {
    countWrites(1);
    this.raw.delete(ref as unknown as DocumentReference, { lastUpdateTime: known.updateTime });
  }

  /**
   * Counts a document as read that this process wrote itself: the commit fails when anybody wrote it since. Spares the reading in
   * {@link Db.runOptimistic}, where alone it may be used.
   */
  assume<T>(ref: DocumentReference<T>, known: Version<T>): T {
    this.#optimistic().assume(ref as unknown as DocumentReference, known.updateTime);
    return known.data;
  }

  /** After an optimistic commit: when it wrote that document, for {@link assume}; null where it did not. */
  writtenAt(ref: DocumentReference<unknown>): Timestamp | null {
    return this.#optimistic().writtenAt(ref as unknown as DocumentReference);
  }

  #optimistic(): OptimisticTransaction {
    const raw: unknown = this.raw;
    if (!(raw instanceof OptimisticTransaction)) throw new Error('This transaction holds locks.');
    return raw;
  }

  /** Runs once, after the transaction committed; a retried attempt registers afresh. */
  afterCommit(run: () => void): void {
    this.#committed.push(run);
  }

  committed(): void {
    for (const run of this.#committed) run();
  }
}

/** Fields to change; a value may be a Firestore sentinel such as `FieldValue.increment(1)`. Dotted paths reach into maps. */
export type PatchOf<T> = { [K in Exclude<keyof T, BaseFields>]?: T[K] | FieldValue } & {
  [path: `${string}.${string}`]: unknown;
};

/** A document as it was at one moment; what an optimistic commit is conditioned on. */
export interface Version<T> {
  data: T;
  updateTime: Timestamp;
}

/**
 * Firestore as repositories use it: typed collections, counted reads, cursor pages, transactions.
 * Nothing outside `features/<name>/repository.ts` and core should hold one.
 */
export class Db {
  constructor(readonly firestore: Firestore) {}

  collection<M extends Model>(model: M, params: Record<string, string> = {}): Collection<M> {
    return this.firestore.collection(pathOf(model, params)).withConverter(converterOf(model));
  }

  /** All subcollections of that name under any parent; the caller must filter by tenant. */
  group<M extends Model>(model: M): Query<DocOf<M>> {
    const name = model.path.split('/').at(-1) ?? model.path;
    return this.firestore.collectionGroup(name).withConverter(converterOf(model));
  }

  doc<M extends Model>(model: M, id: string, params: Record<string, string> = {}): Ref<M> {
    // Ids reach here from URLs: one that is not a plain document name cannot exist.
    return this.collection(model, params).doc(isDocumentId(id) ? id : '__invalid');
  }

  async get<T>(ref: DocumentReference<T>): Promise<T | null> {
    if (ref.id === '__invalid') return null;
    countReads(1);
    return (await observed('get', tableOf(ref.parent.path), () => ref.get())).data() ?? null;
  }

  async getAll<T>(refs: readonly DocumentReference<T>[]): Promise<(T | null)[]> {
    if (refs.length === 0) return [];
    countReads(refs.length);
    const snapshots = await this.#getAll(refs);
    return snapshots.map((snapshot) => (snapshot as unknown as DocumentSnapshot<T>).data() ?? null);
  }

  /** Documents with the moment of their last write, outside any transaction and without locks. */
  async getVersions<T>(refs: readonly DocumentReference<T>[]): Promise<(Version<T> | null)[]> {
    if (refs.length === 0) return [];
    countReads(refs.length);
    const snapshots = await this.#getAll(refs);
    return snapshots.map((snapshot) => {
      const data = (snapshot as unknown as DocumentSnapshot<T>).data();
      return data && snapshot.updateTime ? { data, updateTime: snapshot.updateTime } : null;
    });
  }

  /** Reads a query. A document that does not parse is logged and dropped, so that one bad row never hides the others. */
  async find<T>(query: Query<T>): Promise<T[]> {
    const snapshot = await observed('find', tableOfRows, () => query.get());
    countReads(Math.max(1, snapshot.size));
    return readable(snapshot);
  }

  async first<T>(query: Query<T>): Promise<T | null> {
    return (await this.find(query.limit(1)))[0] ?? null;
  }

  async count(query: Query<unknown>): Promise<number> {
    countReads(1);
    return (await observed('count', 'unknown', () => query.count().get())).data().count;
  }

  /**
   * One page in a stable order: by `field`, then by id.
   * @throws ValidationError at `query.cursor` when the cursor is not ours.
   */
  async page<T extends { id: string }>(
    query: Query<T>,
    { cursor, limit }: PageQuery,
    order: { field: Extract<keyof T, string>; direction?: 'asc' | 'desc' },
  ): Promise<Page<T>> {
    const direction = order.direction ?? 'desc';
    let ordered = query.orderBy(order.field, direction).orderBy(FieldPath.documentId(), direction);
    if (cursor) {
      const { sortValue, id } = decodeCursor(cursor);
      ordered = ordered.startAfter(sortValue, id);
    }
    const rows = await this.find(ordered.limit(limit + 1));
    const items = rows.slice(0, limit);
    const last = items.at(-1);
    return { items, cursor: rows.length > limit && last ? encodeCursor(last[order.field], last.id) : null };
  }

  /** Every document of a query in bounded memory, page by page. */
  async *scan<T extends { id: string }>(
    query: Query<T>,
    order: { field: Extract<keyof T, string>; direction?: 'asc' | 'desc' },
    pageSize = 200,
  ): AsyncGenerator<T> {
    let cursor: string | undefined;
    do {
      const page = await this.page(query, { limit: pageSize, ...(cursor ? { cursor } : {}) }, order);
      yield* page.items;
      cursor = page.cursor ?? undefined;
    } while (cursor);
  }

  /**
   * Runs a transaction; Firestore repeats it on contention, so it must have no effect outside its writes.
   * Use `tx.afterCommit` for what follows a success.
   */
  async run<T>(work: (tx: Tx) => Promise<T>, options: { attempts?: number } = {}): Promise<T> {
    let last: Tx | undefined;
    const attempt = async (raw: Transaction) => {
      last = new Tx(raw);
      try {
        return await work(last);
      } catch (error) {
        throw repeatable(error);
      }
    };
    const result = await observed('transaction', 'several', () =>
      this.firestore.runTransaction(attempt, { maxAttempts: options.attempts ?? 8 }),
    );
    last?.committed();
    return result;
  }

  /**
   * A transaction that holds no lock: reads now, writes in one commit at the end, which fails when a document it read *and
   * writes* was changed meanwhile; then `work` runs again. A process that dies in between leaves nothing behind, where the locks
   * of {@link Db.run} outlive it by a minute.
   *
   * What is only read is not guarded: use it where everybody who changes that also changes a document written here.
   * @throws the database's own error when it was overtaken `attempts` times.
   */
  async runOptimistic<T>(work: (tx: Tx) => Promise<T>, options: { attempts?: number } = {}): Promise<T> {
    let last: Tx | undefined;
    const attempt = (raw: Transaction) => {
      last = new Tx(raw);
      return work(last);
    };
    const result = await observed('optimistic', 'several', () =>
      runOptimistic(this.firestore, attempt, options.attempts ?? 8),
    );
    last?.committed();
    return result;
  }

  async create<T extends { id: string }>(
    ref: DocumentReference<T>,
    data: Omit<T, BaseFields>,
  ): Promise<void> {
    countWrites(1);
    await observed('create', tableOf(ref.parent.path), () => ref.create(data as unknown as T));
  }

  async set<T extends { id: string }>(ref: DocumentReference<T>, data: Omit<T, BaseFields>): Promise<void> {
    countWrites(1);
    await observed('set', tableOf(ref.parent.path), () => ref.set(data as unknown as T));
  }

  async update<T extends { id: string }>(ref: DocumentReference<T>, patch: PatchOf<T>): Promise<void> {
    countWrites(1);
    const checked = checkedPatch(ref, patch as Record<string, unknown>);
    await observed('update', tableOf(ref.parent.path), () =>
      (ref as unknown as DocumentReference).update(checked),
    );
  }

  async delete(ref: DocumentReference<unknown>): Promise<void> {
    countWrites(1);
    await observed('delete', tableOf(ref.parent.path), () => ref.delete());
  }

  #getAll(refs: readonly DocumentReference<unknown>[]): Promise<DocumentSnapshot[]> {
    const plain = refs as readonly unknown[] as DocumentReference[];
    return observed('get', tableOf(plain[0]?.parent.path ?? ''), () => this.firestore.getAll(...plain));
  }

  batch(): WriteBatch {
    return this.firestore.batch();
  }
}

/** A query does not name its collection; its rows do. */
function tableOfRows(snapshot: QuerySnapshot<unknown>): string {
  return tableOf(snapshot.docs[0]?.ref.parent.path ?? 'unknown');
}

function readable<T>(snapshot: QuerySnapshot<T>): T[] {
  const rows: T[] = [];
  for (const doc of snapshot.docs) {
    try {
      rows.push(doc.data());
    } catch (error) {
      logger.error({ err: error, path: doc.ref.path }, 'dropped a document that does not fit its schema');
    }
  }
  return rows;
}

/** Firestore's own rule for names, narrowed to what we hand out: no slash, no dots-only name, no reserved form. */
export function isDocumentId(id: string): boolean {
  return (
    id.length > 0 &&
    id.length <= 500 &&
    !id.includes('/') &&
    id !== '.' &&
    id !== '..' &&
    !/^__.*__$/.test(id)
  );
}

/** Firestore says ALREADY_EXISTS (gRPC 6) when `create` finds the document there. */
export function isAlreadyExists(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 6;
}

/** Firestore says NOT_FOUND (gRPC 5) when `update` finds nothing. */
export function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 5;
}
