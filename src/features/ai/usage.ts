import 'server-only';
import { logger } from '@/core/telemetry/logger';
import type { Clock } from '@/core/time/clock';
import type { DayDeltas, UsageDelta, UsageRow } from './usage-repository';

/** Where rows go; and where a row waits that could not be written. */
export interface UsageStore {
  add(row: UsageRow): Promise<void>;
  addToDay(deltas: DayDeltas): Promise<void>;
}
export interface UsageOutbox {
  /** Takes the row durably, to be written later. */
  keep(row: UsageRow): Promise<void>;
}

const FLUSH_MS = 1_000;

/**
 * Notes every call to a provider: one row at once, and the day's figures at most once a second per member and process, so
 * that a busy organisation does not wait for its own counters. The rows are the truth; the figures can be rebuilt from them.
 */
export class UsageTracker {
  readonly #days = new Map<string, PendingDay>();
  readonly #flushing = new Set<Promise<void>>();

  constructor(
    readonly store: UsageStore,
    readonly outbox: UsageOutbox,
    readonly clock: Clock,
  ) {}

  /** Never throws: an answer stands even when its row cannot be written. */
  async record(row: UsageRow): Promise<void> {
    try {
      await this.store.add(row);
    } catch (error) {
      logger.warn(
        { err: error, requestId: row.requestId },
        'a usage row could not be written; it waits in the outbox',
      );
      await this.#keep(row);
      return;
    }
    this.#count(row);
  }

  /** Writes a row that waited in the outbox. Idempotent. */
  async recover(row: UsageRow): Promise<void> {
    await this.store.add(row);
    this.#count(row);
  }

  /** Writes the figures that wait; call it before the process ends. */
  async flush(): Promise<void> {
    for (const [key, day] of this.#days) this.#write(key, day);
    await Promise.all(this.#flushing);
  }

  async #keep(row: UsageRow): Promise<void> {
    try {
      await this.outbox.keep(row);
    } catch (error) {
      // The row itself goes to the log: the last place left where it is not lost.
      logger.fatal({ err: error, row }, 'a usage row could not be kept anywhere');
    }
  }

  #count(row: UsageRow): void {
    const day = row.at.toISOString().slice(0, 10);
    const key = `${row.organizationId}/${row.userId}/${day}`;
    let pending = this.#days.get(key);
    if (!pending) {
      pending = new PendingDay(row.organizationId, row.userId, day);
      this.#days.set(key, pending);
      const waiting = pending;
      // Does not keep the process alive; `flush` runs at its end.
      setTimeout(() => this.#write(key, waiting), FLUSH_MS).unref();
    }
    pending.add(row);
  }

  #write(key: string, pending: PendingDay): void {
    if (this.#days.get(key) !== pending) return;
    this.#days.delete(key);
    const work = this.store.addToDay(pending.deltas()).catch((error: unknown) => {
      logger.warn(
        { err: error, day: pending.day },
        'a day of usage could not be counted; the rows still stand',
      );
    });
    this.#flushing.add(work);
    void work.then(() => this.#flushing.delete(work));
  }
}

class PendingDay {
  readonly #total = empty();
  readonly #byProvider = new Map<string, UsageDelta>();
  readonly #byModel = new Map<string, UsageDelta>();
  readonly #byTask = new Map<string, UsageDelta>();

  constructor(
    readonly organizationId: string,
    readonly userId: string,
    readonly day: string,
  ) {}

  add(row: UsageRow): void {
    const places = [
      this.#total,
      placeIn(this.#byProvider, row.provider),
      placeIn(this.#byModel, row.model),
      placeIn(this.#byTask, row.taskType),
    ];
    for (const place of places) {
      place.requests += 1;
      place.failures += row.success ? 0 : 1;
      place.inputTokens += row.inputTokens;
      place.outputTokens += row.outputTokens;
      place.costMicros += row.costMicros;
    }
  }

  deltas(): DayDeltas {
    return {
      organizationId: this.organizationId,
      userId: this.userId,
      day: this.day,
      total: this.#total,
      byProvider: this.#byProvider,
      byModel: this.#byModel,
      byTask: this.#byTask,
    };
  }
}

function empty(): UsageDelta {
  return { requests: 0, failures: 0, inputTokens: 0, outputTokens: 0, costMicros: 0 };
}

function placeIn(map: Map<string, UsageDelta>, key: string): UsageDelta {
  const known = map.get(key);
  if (known) return known;
  const made = empty();
  map.set(key, made);
  return made;
}
