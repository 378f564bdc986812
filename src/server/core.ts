import 'server-only';
import { CacheManager } from '@/core/cache/cache-manager';
import { RedisLink } from '@/core/cache/redis';
import { env } from '@/core/config/env';
import { buildEncryption } from '@/core/crypto/build';
import type { EncryptionService } from '@/core/crypto/encryption';
import type { SecretStore } from '@/core/crypto/reencryption';
import { Db } from '@/core/db/db';
import { adminAuth, adminFirestore } from '@/core/db/firebase';
import { EventBus } from '@/core/events/bus';
import { Outbox } from '@/core/events/outbox';
import { IdempotencyStore } from '@/core/http/idempotency';
import { OutboundHttp } from '@/core/http/outbound';
import { RateLimiter } from '@/core/http/rate-limit';
import { randomIds } from '@/core/ids';
import { buildJobQueue } from '@/core/jobs/build';
import { CronRegistry, CronService } from '@/core/jobs/cron';
import { DeadLetterStore } from '@/core/jobs/dead-letters';
import type { JobQueue } from '@/core/jobs/job-queue';
import { JobRegistry } from '@/core/jobs/registry';
import { LockService } from '@/core/locks/locks';
import { ResilienceService } from '@/core/resilience/policy';
import { provide, singleton } from '@/core/singletons';
import { type Clock, systemClock } from '@/core/time/clock';

/**
 * The shared instances every service is built from. Each is lazy and one per process, behind globalThis, because Next may load
 * this module more than once.
 */
// The seed puts a clock of its own here, to give the demo organisation a past.
provide('Clock', () => systemClock);
provide('Db', () => new Db(adminFirestore(env())));
provide('Auth', () => adminAuth(env()));
provide('EventBus', () => new EventBus(core.clock, randomIds));
provide('Outbox', () => new Outbox(core.db, core.bus, core.clock, randomIds));
provide('IdempotencyStore', () => new IdempotencyStore(core.db, core.clock));
provide('Redis', () => (core.env.REDIS_URL ? new RedisLink(core.env.REDIS_URL) : null));
provide('RateLimiter', () => new RateLimiter(core.redis));
provide('CacheManager', () => new CacheManager({ redis: core.redis, db: core.db }));
provide('EncryptionService', () => buildEncryption(core.env));
provide('OutboundHttp', () => new OutboundHttp({ allowHosts: core.env.OUTBOUND_ALLOW_HOSTS }));
provide('ResilienceService', () => new ResilienceService());
provide('SecretStores', () => new Map<string, SecretStore>());
provide('CronRegistry', () => new CronRegistry());
provide('CronService', () => new CronService(core.db, core.locks, core.clock, randomIds, core.cron));
provide('LockService', () => new LockService(core.db, core.clock, randomIds));
provide('JobRegistry', () => new JobRegistry());
provide('DeadLetterStore', () => new DeadLetterStore(core.db, core.clock));
provide('JobQueue', () =>
  buildJobQueue(core.env, core.redis, {
    db: core.db,
    registry: core.jobRegistry,
    locks: core.locks,
    deadLetters: core.deadLetters,
    clock: core.clock,
    ids: randomIds,
  }),
);

export const core = {
  get clock() {
    return singleton<Clock>('Clock');
  },
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
  get cache() {
    return singleton<CacheManager>('CacheManager');
  },
  get encryption() {
    return singleton<EncryptionService>('EncryptionService');
  },
  /** Every call to another company goes through `resilience` and out through `outbound`. */
  get outbound() {
    return singleton<OutboundHttp>('OutboundHttp');
  },
  get resilience() {
    return singleton<ResilienceService>('ResilienceService');
  },
  get locks() {
    return singleton<LockService>('LockService');
  },
  /** Rooms register their job handlers here, in `services/<room>.ts`. */
  get jobRegistry() {
    return singleton<JobRegistry>('JobRegistry');
  },
  get jobs() {
    return singleton<JobQueue>('JobQueue');
  },
  /** Rooms add their steps to the scheduled tasks here, in `services/<room>.ts`. */
  get cron() {
    return singleton<CronRegistry>('CronRegistry');
  },
  /** Collections with encrypted payloads, by name; the daily upkeep moves them to the newest key. */
  get secretStores() {
    return singleton<Map<string, SecretStore>>('SecretStores');
  },
  get deadLetters() {
    return singleton<DeadLetterStore>('DeadLetterStore');
  },
};
