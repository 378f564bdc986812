import 'server-only';
import { z } from 'zod';
import type { PageQuery } from '@/core/db/cursor';
import type { Db, Doc, Tx } from '@/core/db/db';
import { defineModel } from '@/core/db/model';
import { ConflictError, NotFoundError } from '@/core/errors';
import type { Clock } from '@/core/time/clock';
import { describeFailure } from './outcome';

/** A job that failed for good; its id is the job's. Kept until a person replays or discards it. */
export const deadLetterModel = defineModel('dead_letters', {
  type: z.string(),
  payload: z.string(),
  concurrencyKey: z.string().nullable(),
  maxAttempts: z.int(),
  attempts: z.int(),
  enqueuedAt: z.date(),
  diedAt: z.date(),
  error: z.object({ name: z.string(), message: z.string(), code: z.string().nullable() }),
  status: z.enum(['open', 'replayed', 'discarded']),
  /** Null for jobs of the product's own, which no organisation sees. */
  organizationId: z.string().nullable().default(null),
});
export type DeadLetter = Doc<typeof deadLetterModel>;

export interface DeadJob {
  jobId: string;
  type: string;
  payload: string;
  concurrencyKey: string | null;
  maxAttempts: number;
  attempts: number;
  enqueuedAt: Date;
  organizationId: string | null;
}

/** Where both drivers put what they gave up on. */
export class DeadLetterStore {
  constructor(
    readonly db: Db,
    readonly clock: Clock,
  ) {}

  /** Inside the transaction that ends the job, or on its own. */
  async bury(job: DeadJob, error: unknown, tx?: Tx): Promise<void> {
    const { jobId, type, payload, concurrencyKey, maxAttempts, attempts, enqueuedAt, organizationId } = job;
    const ref = this.db.doc(deadLetterModel, jobId);
    const letter = {
      ...{ type, payload, concurrencyKey, maxAttempts, attempts, enqueuedAt, organizationId },
      diedAt: this.clock.now(),
      error: describeFailure(error),
      status: 'open' as const,
    };
    if (tx) tx.set(ref, letter);
    else await this.db.set(ref, letter);
  }

  /** Was this job's end at that time (or a later one) written down? */
  async knows(jobId: string, endedAt: Date): Promise<boolean> {
    const letter = await this.db.get(this.db.doc(deadLetterModel, jobId));
    // The letter is written a moment before the queue notes the end.
    return letter !== null && letter.diedAt.getTime() >= endedAt.getTime() - 60_000;
  }

  find(jobId: string): Promise<DeadLetter | null> {
    return this.db.get(this.db.doc(deadLetterModel, jobId));
  }

  /** @throws NotFoundError; ConflictError when it was replayed or discarded already. */
  async open(jobId: string, tx?: Tx): Promise<DeadLetter> {
    const ref = this.db.doc(deadLetterModel, jobId);
    const letter = tx ? await tx.get(ref) : await this.db.get(ref);
    if (!letter) throw new NotFoundError('This dead letter');
    if (letter.status !== 'open') throw new ConflictError(`This dead letter was ${letter.status} already.`);
    return letter;
  }

  async close(jobId: string, status: 'replayed' | 'discarded', tx?: Tx): Promise<void> {
    const ref = this.db.doc(deadLetterModel, jobId);
    if (tx) tx.update(ref, { status });
    else await this.db.update(ref, { status });
  }

  /** Newest first. */
  page(query: PageQuery) {
    const open = this.db.collection(deadLetterModel).where('status', '==', 'open');
    return this.db.page(open, query, { field: 'diedAt' });
  }

  /** An organisation's own, newest first. */
  pageOf(organizationId: string, query: PageQuery) {
    const open = this.db
      .collection(deadLetterModel)
      .where('organizationId', '==', organizationId)
      .where('status', '==', 'open');
    return this.db.page(open, query, { field: 'diedAt' });
  }

  /** All open ones, newest first. */
  all(): AsyncGenerator<DeadLetter> {
    const open = this.db.collection(deadLetterModel).where('status', '==', 'open');
    return this.db.scan(open, { field: 'diedAt' });
  }

  count(): Promise<number> {
    return this.db.count(this.db.collection(deadLetterModel).where('status', '==', 'open'));
  }
}
