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
} from 'firebase-admin/firestore';

/**
 * The part of Firestore's transaction that `Tx` uses, without locks: reads are plain reads, all writes go out in one commit, and
 * each document that was read before it is written must still be as it was read.
 */
class OptimisticTransaction {
  readonly #seen = new Map<string, Timestamp | null>();
  readonly #written = new Set<string>();
  readonly #batch: WriteBatch;

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

  create(ref: DocumentReference, data: object): void {
    this.#batch.create(ref, data);
    this.#written.add(ref.path);
  }

  /** Replaces a document; as with any write, one that was read must not have changed. */
  set(ref: DocumentReference, data: object): void {
    const seen = this.#firstWrite(ref);
    if (seen) this.#batch.update(ref, { updatedAt: FieldValue.serverTimestamp() }, { lastUpdateTime: seen });
    this.#batch.set(ref, data);
  }

  update(ref: DocumentReference, data: object): void {
    const seen = this.#firstWrite(ref);
    this.#batch.update(ref, data, seen ? { lastUpdateTime: seen } : { exists: true });
  }

  delete(ref: DocumentReference): void {
    const seen = this.#firstWrite(ref);
    this.#batch.delete(ref, seen ? { lastUpdateTime: seen } : {});
  }

  async commit(): Promise<void> {
    await this.#batch.commit();
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
  #firstWrite(ref: DocumentReference): Timestamp | null {
    if (this.#written.has(ref.path)) return null;
    this.#written.add(ref.path);
    return this.#seen.get(ref.path) ?? null;
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
