import 'server-only';
import { z } from 'zod';
import type { Db, Doc } from '@/core/db/db';
import { defineModel } from '@/core/db/model';
import { currentContext } from '@/core/http/context';
import type { Ids } from '@/core/ids';
import { logger } from '@/core/telemetry/logger';
import type { Clock } from '@/core/time/clock';
import { LeasedDocument, unlessBeaten } from './lease';

export const lockModel = defineModel('locks', {
  /** Null when released; the document stays a while, so that its fence only ever grows. */
  owner: z.string().nullable(),
  fence: z.int(),
  leaseUntil: z.date(),
  expiresAt: z.date(),
});

/** A lock that is held. Whoever writes under it passes `fence` along, and writers with a smaller one are turned away. */
export interface Lock {
  readonly name: string;
  readonly owner: string;
  /** Greater than that of every earlier holder. */
  readonly fence: number;
  /** Until when it is ours, by our own clock. */
  readonly leaseUntil: Date;
  /** @returns false when it was lost meanwhile: stop working. */
  renew(): Promise<boolean>;
  /** Frees it if it is still ours. @returns whether it was. */
  release(): Promise<boolean>;
}

export interface WithLockOptions {
  /** How long a holder that died blocks the others. A living one renews in time. */
  ttlMs: number;
  /** How long to wait for another holder; 0 gives up at once. */
  waitMs?: number;
}

export type WithLock<T> = { acquired: true; value: T } | { acquired: false };

const KEEP_MS = 24 * 3600_000;

/** Locks in Firestore, shared by all instances: owner token, time to live, fencing number. */
export class LockService {
  constructor(
    readonly db: Db,
    readonly clock: Clock,
    readonly ids: Ids,
    readonly random: () => number = Math.random,
  ) {}

  /** Takes the lock if it is free or its holder's time is over. One read and one write, without a transaction. */
  async acquire(name: string, ttlMs: number): Promise<Lock | null> {
    const ref = this.db.doc(lockModel, name);
    const owner = this.ids.next('lock');
    const snapshot = await ref.get();
    const context = currentContext();
    if (context) context.documentReads += 1;
    const seen = snapshot.data();
    const now = this.clock.now();
    if (seen?.owner && seen.leaseUntil > now) return null;
    const fence = Math.max((seen?.fence ?? 0) + 1, now.getTime());
    const leaseUntil = new Date(now.getTime() + ttlMs);
    const fields = { owner, fence, leaseUntil, expiresAt: new Date(leaseUntil.getTime() + KEEP_MS) };
    // Whoever else saw the same state and was faster makes this write fail: then it is their lock.
    if (snapshot.updateTime) {
      const lease = new LeasedDocument(ref, snapshot.updateTime);
      return (await lease.write(fields))
        ? this.#lock(lease, { name, owner, fence, leaseUntil }, ttlMs)
        : null;
    }
    const created = await unlessBeaten(() => ref.create(fields as Doc<typeof lockModel>));
    if (!created) return null;
    return this.#lock(new LeasedDocument(ref, created.writeTime), { name, owner, fence, leaseUntil }, ttlMs);
  }

  /**
   * Runs `work` under the lock and renews it as long as that takes. `signal` aborts when the lock is lost (a stopped process
   * that woke up, Firestore away for longer than the lease): whatever follows then must not be written.
   */
  async withLock<T>(
    name: string,
    options: WithLockOptions,
    work: (lock: Lock, signal: AbortSignal) => Promise<T>,
  ): Promise<WithLock<T>> {
    const lock = await this.#await(name, options);
    if (!lock) return { acquired: false };
    const lost = new AbortController();
    const heartbeat = setInterval(() => void this.#beat(lock, lost), options.ttlMs / 3);
    try {
      return { acquired: true, value: await work(lock, lost.signal) };
    } finally {
      clearInterval(heartbeat);
      await lock.release().catch((error: unknown) => {
        // It frees itself when its time is over.
        logger.warn({ err: error, lock: name }, 'a lock could not be released');
      });
    }
  }

  async #await(name: string, { ttlMs, waitMs = 0 }: WithLockOptions): Promise<Lock | null> {
    const endsAt = performance.now() + waitMs;
    for (let pause = 50; ; pause = Math.min(pause * 2, 1_000)) {
      const lock = await this.acquire(name, ttlMs);
      const left = endsAt - performance.now();
      if (lock || left <= 0) return lock;
      const milliseconds = Math.min(left, pause / 2 + (this.random() * pause) / 2);
      await new Promise((resolve) => setTimeout(resolve, milliseconds));
    }
  }

  async #beat(lock: Lock, lost: AbortController): Promise<void> {
    try {
      if (!(await lock.renew())) lost.abort(new Error(`The lock ${lock.name} was lost.`));
    } catch (error) {
      logger.warn({ err: error, lock: lock.name }, 'a lock could not be renewed');
      if (lock.leaseUntil <= this.clock.now()) lost.abort(error);
    }
  }

  #lock(
    lease: LeasedDocument,
    held: { name: string; owner: string; fence: number; leaseUntil: Date },
    ttlMs: number,
  ): Lock {
    let { leaseUntil } = held;
    const change = async (owner: string | null, until: Date): Promise<boolean> => {
      const expiresAt = new Date(until.getTime() + KEEP_MS);
      if (!(await lease.write({ owner, leaseUntil: until, expiresAt }))) return false;
      leaseUntil = until;
      return true;
    };
    return {
      name: held.name,
      owner: held.owner,
      fence: held.fence,
      get leaseUntil() {
        return leaseUntil;
      },
      renew: () => change(held.owner, new Date(this.clock.now().getTime() + ttlMs)),
      release: () => change(null, this.clock.now()),
    };
  }
}
