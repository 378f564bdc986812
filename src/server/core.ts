import 'server-only';
import { RedisLink } from '@/core/cache/redis';
import { env } from '@/core/config/env';
import { Db } from '@/core/db/db';
import { adminAuth, adminFirestore } from '@/core/db/firebase';
import { EventBus } from '@/core/events/bus';
import { Outbox } from '@/core/events/outbox';
import { IdempotencyStore } from '@/core/http/idempotency';
import { RateLimiter } from '@/core/http/rate-limit';
import { randomIds } from '@/core/ids';
import { provide, singleton } from '@/core/singletons';
import { systemClock } from '@/core/time/clock';

/**
 * The shared instances every service is built from. Each is lazy and one per process, behind globalThis, because Next may load
 * this module more than once.
 */
provide('Db', () => new Db(adminFirestore(env())));
provide('Auth', () => adminAuth(env()));
provide('EventBus', () => new EventBus(systemClock, randomIds));
provide('Outbox', () => new Outbox(core.db, core.bus, systemClock, randomIds));
provide('IdempotencyStore', () => new IdempotencyStore(core.db, systemClock));
provide('Redis', () => (core.env.REDIS_URL ? new RedisLink(core.env.REDIS_URL) : null));
provide('RateLimiter', () => new RateLimiter(core.redis));

export const core = {
  clock: systemClock,
  ids: randomIds,
  get env() {
    return env();
  },
  get db() {
    return singleton<Db>('Db');
  },
  get auth() {
    return singleton<ReturnType<typeof adminAuth>>('Auth');
  },
  get bus() {
    return singleton<EventBus>('EventBus');
  },
  get outbox() {
    return singleton<Outbox>('Outbox');
  },
  get idempotency() {
    return singleton<IdempotencyStore>('IdempotencyStore');
  },
  /** Null without `REDIS_URL`: everything works without it, for one instance. */
  get redis() {
    return singleton<RedisLink | null>('Redis');
  },
  get rateLimiter() {
    return singleton<RateLimiter>('RateLimiter');
  },
};
