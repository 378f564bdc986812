import 'server-only';
import { env } from '@/core/config/env';
import { Db } from '@/core/db/db';
import { adminAuth, adminFirestore } from '@/core/db/firebase';
import { EventBus } from '@/core/events/bus';
import { Outbox } from '@/core/events/outbox';
import { IdempotencyStore } from '@/core/http/idempotency';
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
};
