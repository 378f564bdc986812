import { randomUUID } from 'node:crypto';
import { deleteApp, initializeApp } from 'firebase-admin/app';
import { getFirestore } from 'firebase-admin/firestore';
import { RedisLink } from '@/core/cache/redis';
import { Db } from '@/core/db/db';
import { randomIds } from '@/core/ids';
import { BullmqJobQueue } from '@/core/jobs/bullmq-queue';
import { DeadLetterStore } from '@/core/jobs/dead-letters';
import { FirestoreJobQueue } from '@/core/jobs/firestore-queue';
import type { JobQueue } from '@/core/jobs/job-queue';
import { JobRegistry } from '@/core/jobs/registry';
import { LockService } from '@/core/locks/locks';
import { systemClock } from '@/core/time/clock';

/** Everything that names one queue, so that a child process can open the same one. */
export interface QueueAddress {
  driver: 'firestore' | 'bullmq';
  /** A Firestore project of its own: the emulator keeps projects apart. */
  project: string;
  prefix: string;
  redisUrl: string | null;
}

export const LEASE_MS = 900;

export function newAddress(driver: QueueAddress['driver'], redisUrl: string | null): QueueAddress {
  const id = randomUUID().slice(0, 8);
  return { driver, project: `demo-jobs-${id}`, prefix: `{${id}}`, redisUrl };
}

export interface OpenQueue {
  queue: JobQueue;
  registry: JobRegistry;
  deadLetters: DeadLetterStore;
  db: Db;
  close(): Promise<void>;
}

/**
 * One process's view of a queue, with short leases and back-off.
 * @param options.fallback Firestore takes over while Redis does not answer, as in the product.
 */
export function openQueue(address: QueueAddress, options: { fallback?: boolean } = {}): OpenQueue {
  const app = initializeApp({ projectId: address.project }, randomUUID());
  const db = new Db(getFirestore(app));
  const registry = new JobRegistry();
  const deadLetters = new DeadLetterStore(db, systemClock);
  const common = { registry, deadLetters, ids: randomIds, leaseMs: LEASE_MS, retryBaseMs: 40 };
  const locks = new LockService(db, systemClock, randomIds);
  const embedded = { ...common, db, locks, clock: systemClock, pollMs: 100 };
  if (address.driver === 'firestore') {
    const queue = new FirestoreJobQueue(embedded);
    const close = async () => {
      await queue.stop();
      await deleteApp(app);
    };
    return { queue, registry, deadLetters, db, close };
  }
  const redis = new RedisLink(address.redisUrl ?? '');
  const fallback = options.fallback ? { fallback: new FirestoreJobQueue(embedded) } : {};
  const queue = new BullmqJobQueue({ ...common, redis, prefix: address.prefix, ...fallback });
  const close = async () => {
    await queue.close();
    redis.close();
    await deleteApp(app);
  };
  return { queue, registry, deadLetters, db, close };
}
