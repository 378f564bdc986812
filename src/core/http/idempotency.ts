import 'server-only';
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { type Db, isAlreadyExists } from '@/core/db/db';
import { defineModel } from '@/core/db/model';
import { ConflictError, ValidationError } from '@/core/errors';
import type { Clock } from '@/core/time/clock';

export const idempotencyModel = defineModel('idempotency_keys', {
  fingerprint: z.string(),
  state: z.enum(['running', 'done']),
  leaseUntil: z.date(),
  status: z.int().nullable(),
  body: z.string().nullable(),
  expiresAt: z.date(),
});

/** An answer to give again; `body` null means the first answer was a stream and cannot be replayed. */
export interface StoredAnswer {
  status: number;
  body: string | null;
}

export interface IdempotencySlot {
  /** Stores a successful answer; only those are replayed. */
  complete(answer: StoredAnswer): Promise<void>;
  /** Frees the key after a failure, so that the caller may try again under it. */
  abandon(): Promise<void>;
}

const KEEP_MS = 24 * 3600_000;
/** A request that died leaves its key; after this a retry may take it over. Longer than any route may run. */
const LEASE_MS = 5 * 60_000;
/** Answers above this are not kept: Firestore documents end at 1 MiB. */
const MAX_BODY = 700_000;

const sha256 = (text: string | Uint8Array) => createHash('sha256').update(text).digest('hex');

/** `Idempotency-Key` as in draft-ietf-httpapi-idempotency-key-header: same key and body, same answer; other body, 409. */
export class IdempotencyStore {
  constructor(
    readonly db: Db,
    readonly clock: Clock,
  ) {}

  /**
   * @param scope whose key it is: caller, method and path.
   * @throws ConflictError when the key was used with another body, or its first request still runs.
   */
  async begin(scope: string, key: string, body: Uint8Array): Promise<IdempotencySlot | StoredAnswer> {
    if (!/^[\x21-\x7e]{1,255}$/.test(key)) {
      throw ValidationError.at(
        'header.Idempotency-Key',
        'Use 1 to 255 printable ASCII characters without spaces.',
      );
    }
    const ref = this.db.doc(idempotencyModel, sha256(`${scope}\n${key}`));
    const fingerprint = sha256(body);
    const fresh = () => {
      const now = this.clock.now().getTime();
      return {
        fingerprint,
        state: 'running' as const,
        leaseUntil: new Date(now + LEASE_MS),
        status: null,
        body: null,
        expiresAt: new Date(now + KEEP_MS),
      };
    };
    const slot: IdempotencySlot = {
      complete: async ({ status, body: text }) => {
        const kept = text !== null && text.length <= MAX_BODY ? text : null;
        await this.db.update(ref, { state: 'done', status, body: kept });
      },
      abandon: () => this.db.delete(ref),
    };
    try {
      await this.db.create(ref, fresh());
      return slot;
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
    }
    return this.db.run(async (tx) => {
      const now = this.clock.now();
      const known = await tx.get(ref);
      if (!known || known.expiresAt <= now) {
        tx.set(ref, fresh());
        return slot;
      }
      if (known.fingerprint !== fingerprint) {
        throw new ConflictError(
          'This Idempotency-Key was used with another body. Use a new key.',
          'idempotency_conflict',
        );
      }
      if (known.state === 'done' && known.status !== null) return { status: known.status, body: known.body };
      if (known.leaseUntil > now) {
        throw new ConflictError('The first request with this Idempotency-Key is still running.', 'conflict', {
          retryAfterSeconds: 2,
        });
      }
      tx.set(ref, fresh());
      return slot;
    });
  }
}
