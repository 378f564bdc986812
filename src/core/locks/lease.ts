import 'server-only';
import {
  type DocumentReference,
  FieldValue,
  type Timestamp,
  type WriteResult,
} from 'firebase-admin/firestore';
import { currentContext } from '@/core/http/context';

/** gRPC: NOT_FOUND 5, ALREADY_EXISTS 6, FAILED_PRECONDITION 9, ABORTED 10 all say here that somebody else wrote first. */
const BEATEN = new Set<unknown>([5, 6, 9, 10]);

/** Null when somebody else was faster. */
export async function unlessBeaten(write: () => Promise<WriteResult>): Promise<WriteResult | null> {
  countWrite();
  try {
    return await write();
  } catch (error) {
    if (error instanceof Error && 'code' in error && BEATEN.has(error.code)) return null;
    throw error;
  }
}

function countWrite(): void {
  const context = currentContext();
  if (context) context.documentWrites += 1;
}

/**
 * Writes of the one who holds a document: each is conditional on nobody else having written since our last one, so the first
 * that fails says the hold was lost. Cheaper than a transaction, and losers never wait.
 */
export class LeasedDocument {
  #lastUpdate: Timestamp;
  #earlier: Promise<unknown> = Promise.resolve();
  readonly #ref: DocumentReference;

  constructor(ref: DocumentReference<unknown>, lastUpdate: Timestamp) {
    this.#ref = ref as unknown as DocumentReference;
    this.#lastUpdate = lastUpdate;
  }

  /** @returns false when the document is no longer ours. Writes go one after the other. */
  write(fields: Record<string, unknown>): Promise<boolean> {
    const attempt = async () => {
      const written = await unlessBeaten(() =>
        this.#ref.update(
          { ...fields, updatedAt: FieldValue.serverTimestamp() },
          { lastUpdateTime: this.#lastUpdate },
        ),
      );
      if (written) this.#lastUpdate = written.writeTime;
      return written !== null;
    };
    // A renewal under way must not make our own next write look late.
    const result = this.#earlier.then(attempt, attempt);
    this.#earlier = result.catch(() => undefined);
    return result;
  }
}
