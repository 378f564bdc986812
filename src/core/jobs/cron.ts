import 'server-only';
import { CronExpressionParser } from 'cron-parser';
import { z } from 'zod';
import type { Db } from '@/core/db/db';
import { defineModel } from '@/core/db/model';
import { NotFoundError } from '@/core/errors';
import { newContext, runInContext } from '@/core/http/context';
import type { Ids } from '@/core/ids';
import type { LockService } from '@/core/locks/locks';
import { singleton } from '@/core/singletons';
import { logger } from '@/core/telemetry/logger';
import { withSpan } from '@/core/telemetry/span';
import type { Clock } from '@/core/time/clock';
import { CRON_SCHEDULES, type CronName, isCronName } from './cron-schedules';

/** What each scheduled task did last; for the status page and to run a slot once among several workers. */
export const cronRunModel = defineModel('cron_runs', {
  startedAt: z.date(),
  milliseconds: z.int(),
  /** The minute it was scheduled for, when a worker ran it. */
  slot: z.date().nullable(),
  counts: z.record(z.string(), z.number()),
  failedSteps: z.array(z.string()),
});

export interface CronContext {
  /** Begin nothing new after this. */
  until: Date;
  /** Aborts when the lock is lost: another process may be doing the same. */
  signal: AbortSignal;
  /** Grows with every run of this task; writers with a smaller one came too late. */
  fence: number;
}

/** One piece of a task. @returns counts for the answer: `{ due: 3, done: 3 }`. */
export type CronStep = (context: CronContext) => Promise<Record<string, number> | undefined>;

export interface CronReport {
  /** False: another process is at it, or has done this slot. */
  ran: boolean;
  /** Counts of all steps, named `step.count`. */
  counts: Record<string, number>;
  failedSteps: string[];
  milliseconds: number;
}

/** Serverless platforms end a call after a minute. */
const BUDGET_MS = 50_000;
const LOCK_MS = 60_000;
const MINUTE_MS = 60_000;

/** Who does what in which task. Needs nothing, so that rooms may add their steps while modules load. */
export class CronRegistry {
  readonly #steps = new Map<CronName, Map<string, CronStep>>();

  /** Adds a step, named after its room: `tokens.expire_holds`. The same name again replaces it. */
  on(task: CronName, stepName: string, step: CronStep): void {
    const steps = this.#steps.get(task) ?? new Map<string, CronStep>();
    steps.set(stepName, step);
    this.#steps.set(task, steps);
  }

  steps(task: CronName): ReadonlyMap<string, CronStep> {
    return this.#steps.get(task) ?? new Map();
  }
}

/**
 * Scheduled tasks. Rooms add steps to them; HTTP calls (`/api/cron/{name}`) and the worker run them, under one lock each, so
 * that calling a task twice at once does its work once. One step's failure does not keep the others from running.
 */
export class CronService {
  #timer: NodeJS.Timeout | undefined;
  readonly #lastTick = new Map<CronName, number>();
  readonly #running = new Set<Promise<unknown>>();

  constructor(
    readonly db: Db,
    readonly locks: LockService,
    readonly clock: Clock,
    readonly ids: Ids,
    readonly registry: CronRegistry,
  ) {}

  static getInstance(): CronService {
    return singleton<CronService>('CronService');
  }

  /**
   * Runs a task now.
   * @param slot the scheduled minute; a slot that was run already is not run again.
   * @throws NotFoundError for a task that does not exist.
   */
  async run(task: string, slot: Date | null = null): Promise<CronReport> {
    if (!isCronName(task)) throw new NotFoundError('This scheduled task');
    const outcome = await this.locks.withLock(`cron_${task}`, { ttlMs: LOCK_MS }, async (lock, signal) => {
      const ref = this.db.doc(cronRunModel, task);
      const last = slot ? await this.db.get(ref) : null;
      if (slot && last?.slot && last.slot >= slot) return null;
      const report = await this.#runSteps(task, lock.fence, signal);
      const { counts, failedSteps, milliseconds } = report;
      const startedAt = new Date(this.clock.now().getTime() - milliseconds);
      // Without a lock the record would overwrite that of whoever holds it now.
      if (!signal.aborted) {
        const keptSlot = slot ?? (await this.db.get(ref))?.slot ?? null;
        await this.db.set(ref, { startedAt, milliseconds, counts, failedSteps, slot: keptSlot });
      }
      return report;
    });
    if (outcome.acquired && outcome.value) return outcome.value;
    return { ran: false, counts: {}, failedSteps: [], milliseconds: 0 };
  }

  /** Runs every task on its schedule in this process, until `stop`. Several workers share the slots. */
  start(): void {
    this.#timer ??= setInterval(() => this.#tick(), 1_000);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#timer = undefined;
    await Promise.all(this.#running);
  }

  #tick(): void {
    const now = this.clock.now();
    for (const [task, schedule] of Object.entries(CRON_SCHEDULES) as [CronName, string][]) {
      if (this.registry.steps(task).size === 0) continue;
      const slot = lastSlot(schedule, now);
      const known = this.#lastTick.get(task);
      this.#lastTick.set(task, slot.getTime());
      // A worker that starts between two slots takes up the one that has just passed.
      if (known === undefined ? now.getTime() - slot.getTime() >= MINUTE_MS : known >= slot.getTime())
        continue;
      const work = this.run(task, slot)
        .catch((error: unknown) => logger.error({ err: error, task }, 'a scheduled task could not be run'))
        .finally(() => this.#running.delete(work));
      this.#running.add(work);
    }
  }

  async #runSteps(task: CronName, fence: number, signal: AbortSignal): Promise<CronReport> {
    const startedAt = performance.now();
    const until = new Date(this.clock.now().getTime() + BUDGET_MS);
    const report: CronReport = { ran: true, counts: {}, failedSteps: [], milliseconds: 0 };
    for (const [name, step] of this.registry.steps(task)) {
      if (signal.aborted) break;
      try {
        const work = () => withSpan(`cron ${task}`, { step: name }, () => step({ until, signal, fence }));
        const counts = await runInContext(newContext(this.ids.next('cron')), work);
        for (const [key, count] of Object.entries(counts ?? {})) report.counts[`${name}.${key}`] = count;
      } catch (error) {
        report.failedSteps.push(name);
        logger.error({ err: error, task, step: name }, 'a step of a scheduled task failed');
      }
    }
    report.milliseconds = Math.round(performance.now() - startedAt);
    return report;
  }
}

/** The latest scheduled minute that is not in the future, UTC. */
export function lastSlot(schedule: string, now: Date): Date {
  // `prev` means strictly before; a slot counts from its own first millisecond on.
  const expression = CronExpressionParser.parse(schedule, {
    currentDate: new Date(now.getTime() + 1),
    tz: 'UTC',
  });
  return expression.prev().toDate();
}
