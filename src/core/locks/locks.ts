import 'server-only';
import {
  type DocumentReference,
  FieldValue,
  type Timestamp,
  type WriteResult,
} from 'firebase-admin/firestore';
import { z } from 'zod';
import type { Db, Doc, Ref } from '@/core/db/db';
import { defineModel } from '@/core/db/model';
import { currentContext } from '@/core/http/context';
import type { Ids } from '@/core/ids';
import { logger } from '@/core/telemetry/logger';
import type { Clock } from '@/core/time/clock';

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
    const written = await unlessBeaten(() =>
      snapshot.updateTime
        ? plain(ref).update(
            { ...fields, updatedAt: FieldValue.serverTimestamp() },
            { lastUpdateTime: snapshot.updateTime },
          )
        : ref.create(fields as Doc<typeof lockModel>),
    );
    return written ? this.#lock(ref, { name, owner, fence, leaseUntil }, ttlMs, written.writeTime) : null;
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
    ref: Ref<typeof lockModel>,
    held: { name: string; owner: string; fence: number; leaseUntil: Date },
    ttlMs: number,
    writtenAt: Timestamp,
  ): Lock {
    let { leaseUntil } = held;
    let lastUpdateTime = writtenAt;
    /** Only its holder writes a lock in time; an update since our last one means that it was lost. */
    let earlier: Promise<unknown> = Promise.resolve();
    const change = (owner: string | null, until: Date): Promise<boolean> => {
      const write = async () => {
        const fields = {
          owner,
          leaseUntil: until,
          expiresAt: new Date(until.getTime() + KEEP_MS),
          updatedAt: FieldValue.serverTimestamp(),
        };
        const written = await unlessBeaten(() => plain(ref).update(fields, { lastUpdateTime }));
        if (!written) return false;
        lastUpdateTime = written.writeTime;
        leaseUntil = until;
        return true;
      };
      // One after the other: a renewal under way must not make our own release look late.
      const result = earlier.then(write, write);
      earlier = result.catch(() => undefined);
      return result;
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

const plain = (ref: Ref<typeof lockModel>) => ref as unknown as DocumentReference;

/** gRPC: NOT_FOUND 5, ALREADY_EXISTS 6, FAILED_PRECONDITION 9, ABORTED 10 all say here that somebody else wrote first. */
const BEATEN = new Set<unknown>([5, 6, 9, 10]);

async function unlessBeaten(write: () => Promise<WriteResult>): Promise<WriteResult | null> {
  try {
    return await write();
  } catch (error) {
    if (error instanceof Error && 'code' in error && BEATEN.has(error.code)) return null;
    throw error;
  }
}
