import 'server-only';
import {
  DocumentReference,
  type DocumentSnapshot,
  FieldValue,
  type Firestore,
  type Query,
  type Timestamp,
  type Transaction,
  type WriteBatch,
  type WriteResult,
} from 'firebase-admin/firestore';

/**
 * The part of Firestore's transaction that `Tx` uses, without locks: reads are plain reads, all writes go out in one commit, and
 * each document that was read before it is written must still be as it was read.
 */
export class OptimisticTransaction {
  readonly #seen = new Map<string, Timestamp | null>();
  /** Which write of the commit is a document's last. */
  readonly #written = new Map<string, number>();
  readonly #batch: WriteBatch;
  #writes = 0;
  #results: readonly WriteResult[] = [];

  constructor(readonly firestore: Firestore) {
    this.#batch = firestore.batch();
  }

  async get(target: DocumentReference | Query): Promise<unknown> {
    if (target instanceof DocumentReference) return (await this.getAll(target))[0];
    const found = await target.get();
    for (const doc of found.docs) this.#note(doc);
    return found;
  }

  async getAll(...refs: DocumentReference[]): Promise<DocumentSnapshot[]> {
    const found = await this.firestore.getAll(...refs);
    for (const doc of found) this.#note(doc);
    return found;
  }

  /** Counts a document as read that stood so when this process wrote it. */
  assume(ref: DocumentReference, updateTime: Timestamp): void {
    this.#seen.set(ref.path, updateTime);
  }

  create(ref: DocumentReference, data: object): void {
    this.#batch.create(ref, data);
    this.#wrote(ref);
  }

  /** Replaces a document; as with any write, one that was read must not have changed. */
  set(ref: DocumentReference, data: object): void {
    const seen = this.#unwritten(ref);
    if (seen) {
      this.#batch.update(ref, { updatedAt: FieldValue.serverTimestamp() }, { lastUpdateTime: seen });
      this.#wrote(ref);
    }
    this.#batch.set(ref, data);
    this.#wrote(ref);
  }

  update(ref: DocumentReference, data: object): void {
    const seen = this.#unwritten(ref);
    this.#batch.update(ref, data, seen ? { lastUpdateTime: seen } : { exists: true });
    this.#wrote(ref);
  }

  delete(ref: DocumentReference): void {
    const seen = this.#unwritten(ref);
    this.#batch.delete(ref, seen ? { lastUpdateTime: seen } : {});
    this.#wrote(ref);
  }

  async commit(): Promise<void> {
    this.#results = await this.#batch.commit();
  }

  /** When the commit wrote a document; null where it did not. */
  writtenAt(ref: DocumentReference): Timestamp | null {
    const at = this.#written.get(ref.path);
    return at === undefined ? null : (this.#results[at]?.writeTime ?? null);
  }

  /** As `Tx` takes it. */
  asTransaction(): Transaction {
    return this as unknown as Transaction;
  }

  #note(doc: DocumentSnapshot): void {
    // The first reading is what was decided on.
    if (!this.#seen.has(doc.ref.path)) this.#seen.set(doc.ref.path, doc.updateTime ?? null);
  }

  /** A second write of one commit builds on the first and has nothing left to compare. */
  #unwritten(ref: DocumentReference): Timestamp | null {
    return this.#written.has(ref.path) ? null : (this.#seen.get(ref.path) ?? null);
  }

  #wrote(ref: DocumentReference): void {
    this.#written.set(ref.path, this.#writes);
    this.#writes += 1;
  }
}

/** ALREADY_EXISTS, FAILED_PRECONDITION, ABORTED: somebody was faster. NOT_FOUND: somebody deleted what was read. */
const OVERTAKEN = new Set([5, 6, 9, 10]);

export function isOvertaken(error: unknown): boolean {
  return (
    error instanceof Error && 'code' in error && typeof error.code === 'number' && OVERTAKEN.has(error.code)
  );
}

/** Repeats `work` until its writes go out unchallenged. @throws the database's own error when it was overtaken `attempts` times. */
export async function runOptimistic<T>(
  firestore: Firestore,
  work: (raw: Transaction) => Promise<T>,
  attempts: number,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    const raw = new OptimisticTransaction(firestore);
    const result = await work(raw.asTransaction());
    try {
      await raw.commit();
      return result;
    } catch (error) {
      if (attempt >= attempts || !isOvertaken(error)) throw error;
      // Two that overtake each other must not do so in step for ever.
      await new Promise((resolve) => setTimeout(resolve, Math.random() * Math.min(20 * 2 ** attempt, 1_000)));
    }
  }
}
