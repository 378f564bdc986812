import 'server-only';
import { z } from 'zod';
import type { Db, Doc, Tx } from '@/core/db/db';
import { defineModel } from '@/core/db/model';
import { isOvertaken } from '@/core/db/optimistic';
import { afterResponse } from '@/core/http/after';
import type { Ids } from '@/core/ids';
import { logger } from '@/core/telemetry/logger';
import type { Clock } from '@/core/time/clock';
import type { EventBus } from './bus';
import type { EventType, PayloadOf } from './event-type';

export const outboxModel = defineModel('outbox', {
  event: z.string(),
  /** JSON text, so a payload comes back as it was sent; date fields of durable events are `z.coerce.date()`. */
  payload: z.string(),
  occurredAt: z.date(),
  acknowledged: z.array(z.string()),
  status: z.enum(['pending', 'done', 'dead']),
  attempts: z.int(),
  nextAttemptAt: z.date(),
  leaseUntil: z.date().nullable(),
  expiresAt: z.date(),
});
type OutboxDoc = Doc<typeof outboxModel>;

const KEEP_MS = 30 * 24 * 3600_000;
const LEASE_MS = 60_000;
/** How long a fresh entry is left to the process that wrote it. */
const FIRST_LEASE_MS = 15_000;
/** After about two days of back-off a person must look: the entry is `dead`, alerted and replayable. */
const MAX_ATTEMPTS = 20;
/** Entries delivered at once by one sweep. */
const SWEEP_LANES = 8;

/**
 * Events that must not be lost: written in the transaction of the state change, dispatched right after it, swept by cron until
 * every durable handler has acknowledged. Delivery is at least once; handlers are idempotent by `eventId`.
 */
export class Outbox {
  constructor(
    readonly db: Db,
    readonly bus: EventBus,
    readonly clock: Clock,
    readonly ids: Ids,
  ) {}

  /** Adds an event to a running transaction; it is dispatched once that commits. @returns the event's id. */
  append<E extends EventType>(tx: Tx, event: E, payload: PayloadOf<E>): string {
    const parsed = event.payload.parse(payload);
    const eventId = this.ids.next('evt');
    const now = this.clock.now();
    const firstUntil = new Date(now.getTime() + FIRST_LEASE_MS);
    const entry = {
      event: event.name,
      payload: JSON.stringify(parsed),
      occurredAt: now,
      acknowledged: [],
      status: 'pending' as const,
      // Born in the hands of its writer, which saves the claim; the sweep takes over when the writer dies.
      attempts: 1,
      nextAttemptAt: firstUntil,
      leaseUntil: firstUntil,
      expiresAt: new Date(now.getTime() + KEEP_MS),
    };
    tx.create(this.db.doc(outboxModel, eventId), entry);
    tx.afterCommit(() =>
      afterResponse(() =>
        this.clock.now() < firstUntil ? this.#deliver(eventId, entry) : this.dispatch(eventId),
      ),
    );
    return eventId;
  }

  /** Delivers one entry to the handlers that have not acknowledged it. Safe to call at any time, from anywhere. */
  async dispatch(eventId: string): Promise<'done' | 'pending' | 'skipped'> {
    const entry = await this.#claim(eventId);
    return entry ? await this.#deliver(eventId, entry) : 'skipped';
  }

  async #deliver(
    eventId: string,
    entry: Pick<OutboxDoc, 'event' | 'payload' | 'occurredAt' | 'acknowledged' | 'attempts'>,
  ): Promise<'done' | 'pending'> {
    const subscriptions = this.bus.subscriptions(entry.event);
    const meta = { eventId, occurredAt: entry.occurredAt };
    const acknowledged = new Set(entry.acknowledged);
    await Promise.all(
      subscriptions.map(async (subscription) => {
        if (acknowledged.has(subscription.name)) return;
        // Best-effort handlers run on the first attempt only.
        if (!subscription.durable && entry.attempts > 1) return;
        if (await this.bus.deliver(subscription, JSON.parse(entry.payload), meta))
          acknowledged.add(subscription.name);
      }),
    );
    const open = subscriptions.filter(
      (subscription) => subscription.durable && !acknowledged.has(subscription.name),
    );
    const status = open.length === 0 ? 'done' : entry.attempts >= MAX_ATTEMPTS ? 'dead' : 'pending';
    const backOff = Math.min(1000 * 2 ** entry.attempts, 3 * 3600_000);
    await this.db.update(this.db.doc(outboxModel, eventId), {
      acknowledged: [...acknowledged],
      status,
      leaseUntil: null,
      nextAttemptAt: new Date(this.clock.now().getTime() + backOff),
    });
    if (status === 'dead')
      logger.fatal(
        { eventId, event: entry.event, open: open.map((one) => one.name) },
        'an event could not be delivered',
      );
    return status === 'done' ? 'done' : 'pending';
  }

  /** Delivers what direct dispatch did not. @returns counts for the cron's answer. */
  async sweep(limit = 100): Promise<{ due: number; done: number }> {
    const due = await this.db.find(
      this.db
        .collection(outboxModel)
        .where('status', '==', 'pending')
        .where('nextAttemptAt', '<=', this.clock.now())
        .orderBy('nextAttemptAt')
        .limit(limit),
    );
    // Several processes sweep the same entries: each begins elsewhere, so that they seldom reach for the same one.
    const first = Math.floor(Math.random() * due.length);
    const waiting = [...due.slice(first), ...due.slice(0, first)];
    let done = 0;
    const lane = async () => {
      for (let entry = waiting.shift(); entry; entry = waiting.shift())
        if ((await this.dispatch(entry.id)) === 'done') done += 1;
    };
    await Promise.all(Array.from({ length: SWEEP_LANES }, lane));
    return { due: due.length, done };
  }

  /** A person's decision to try a dead entry again. */
  async replay(eventId: string): Promise<void> {
    await this.db.update(this.db.doc(outboxModel, eventId), {
      status: 'pending',
      attempts: 0,
      nextAttemptAt: this.clock.now(),
    });
    await this.dispatch(eventId);
  }

  /** Of several that reach for an entry one gets it. Without a lock: one that a dead process left would stop everybody. */
  async #claim(eventId: string): Promise<OutboxDoc | null> {
    const ref = this.db.doc(outboxModel, eventId);
    const claiming = this.db.runOptimistic(
      async (tx) => {
        const now = this.clock.now();
        const entry = await tx.get(ref);
        if (entry?.status !== 'pending' || (entry.leaseUntil && entry.leaseUntil > now)) return null;
        const attempts = entry.attempts + 1;
        const leaseUntil = new Date(now.getTime() + LEASE_MS);
        tx.update(ref, { attempts, leaseUntil, nextAttemptAt: leaseUntil });
        return { ...entry, attempts };
      },
      { attempts: 1 },
    );
    try {
      return await claiming;
    } catch (error) {
      if (isOvertaken(error)) return null;
      throw error;
    }
  }
}
