import 'server-only';
import type { RedisLink } from '@/core/cache/redis';
import type { Env } from '@/core/config/env';
import { BullmqJobQueue } from './bullmq-queue';
import { FirestoreJobQueue, type FirestoreQueueDeps } from './firestore-queue';
import type { JobQueue } from './job-queue';

/** The queue that the environment asks for. With BullMQ, Firestore takes over while Redis does not answer. */
export function buildJobQueue(
  env: Pick<Env, 'JOB_DRIVER'>,
  redis: RedisLink | null,
  deps: Omit<FirestoreQueueDeps, 'kick'>,
): JobQueue {
  const embedded = new FirestoreJobQueue({ ...deps, kick: true });
  if (!redis || env.JOB_DRIVER === 'firestore') return embedded;
  const { registry, deadLetters, ids } = deps;
  return new BullmqJobQueue({ redis, registry, deadLetters, ids, fallback: embedded });
}
