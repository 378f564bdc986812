import 'server-only';
import { createHash } from 'node:crypto';
import { newContext, runInContext } from '@/core/http/context';
import { logger } from '@/core/telemetry/logger';
import type { Clock } from '@/core/time/clock';
import { CallSlots } from './call-slots';
import type { RunExecutor } from './executor';
import type { DueRun, PublishingRepository } from './repository';
import type { RunStatus, SweepCounts } from './schema';

export interface DispatcherSettings {
  /** Names this process; different processes begin with different channels. */
  owner: string;
  /** Calls to networks at once. Half as many runs more are in hand, being claimed, prepared or stored. */
  concurrency: number;
  /** Of one channel at once: while one commits, the next may prepare. */
  perChannel: number;
  /** Pause between two looks at the database. Milliseconds. */
  every: number;
  /** Runs fetched at once. */
  page: number;
}

export const DEFAULT_DISPATCH: Omit<DispatcherSettings, 'owner'> = {
  concurrency: 24,
  perChannel: 2,
  every: 1_000,
  page: 200,
};

/** Of one channel this many times what may be worked on at once is remembered from one look to the next. */
const KEPT_PER_PLACE = 20;

/**
 * Finds due runs and works on them, as many at once as allowed. A run that is due within the next look is started at its
 * very instant, never before. The worker lets it turn for ever, a cron call for a while.
 */
export class RunDispatcher {
  readonly #calls: CallSlots;
  readonly #places: number;
  /** Runs in hand, with their channels. */
  readonly #busy = new Map<string, string>();
  readonly #counts: SweepCounts = { due: 0, claimed: 0, left: {}, errors: 0, milliseconds: 0 };
  /** Until when channels are left alone. */
  readonly #resting = new Map<string, number>();
  /** Found and not begun: of the future, or over the limits. */
  #waiting: DueRun[] = [];
  #lookedAt = 0;
  /** Where the next look goes on; null begins with the oldest. */
  #behind: DueRun | null = null;
  #wake: (() => void) | undefined;
  #stopping = false;

  constructor(
    readonly repository: PublishingRepository,
    readonly executor: RunExecutor,
    readonly clock: Clock,
    readonly settings: DispatcherSettings,
  ) {
    this.#calls = new CallSlots(settings.concurrency);
    this.#places = Math.ceil(settings.concurrency * 1.5);
  }

  /** Works until stopped. Outages of the database are logged and outlived. */
  async turn(): Promise<void> {
    while (!this.#stopping) {
      const nextLook = this.#lookedAt + this.settings.every;
      if (this.#now >= nextLook) await this.#lookCalmly();
      const next = this.#startDue();
      await this.#sleep(Math.min(next ?? Infinity, this.#lookedAt + this.settings.every) - this.#now);
    }
    await this.#drained();
  }

  /** Ends {@link turn}: nothing new is started, what runs is carried to its end. */
  stop(): void {
    this.#stopping = true;
    this.#wake?.();
  }

  /**
   * Works on everything that is due until then and returns. With nothing due in that time it returns at once, after one query.
   * @param until what becomes due before this instant is waited for.
   */
  async sweep(until: Date): Promise<SweepCounts> {
    const started = this.#now;
    while (!this.#stopping && this.#now <= until.getTime()) {
      const idle = this.#waiting.length === 0 && this.#busy.size === 0;
      if (idle || this.#now >= this.#lookedAt + this.settings.every) {
        await this.#look(until.getTime() - this.#now);
        if (this.#waiting.length === 0 && this.#busy.size === 0) break;
      }
      const next = this.#startDue();
      const nextLook = this.#lookedAt + this.settings.every;
      await this.#sleep(Math.min(next ?? Infinity, nextLook, until.getTime() + 1) - this.#now);
    }
    this.#waiting = [];
    await this.#drained();
    return { ...this.#counts, milliseconds: this.#now - started };
  }

  /** Works on these now, whatever else waits. */
  async runAll(runs: readonly DueRun[]): Promise<void> {
    await Promise.all(runs.map((run) => this.#execute(run)));
  }

  async #lookCalmly(): Promise<void> {
    try {
      await this.#look(this.settings.every);
    } catch (error) {
      logger.error({ err: error }, 'looking for due posts failed; trying again');
    }
  }

  /**
   * Runs due by `ahead` milliseconds from now, minus those in hand. More than a page of them is gone through page by page, one a
   * look, with those that became due last each time: neither many posts of one channel nor old ones keep another one's waiting.
   */
  async #look(ahead: number): Promise<void> {
    this.#lookedAt = this.#now;
    for (const [connectionId, until] of this.#resting)
      if (until <= this.#lookedAt) this.#resting.delete(connectionId);
    // With every place taken, whatever is found could only wait.
    if (this.#busy.size >= this.#places) return;
    const by = new Date(this.#now + Math.max(0, ahead));
    const { page } = this.settings;
    const behind = this.#behind;
    const found = await this.repository.due(by, page, behind);
    this.#behind = found.length < page ? null : (found.at(-1) ?? null);
    const all = behind === null && this.#behind === null;
    const more = all ? [] : [...this.#waiting, ...(await this.repository.dueLately(by, Math.ceil(page / 4)))];
    this.#waiting = this.#shared([...found, ...more]);
  }

  /** Each once, and of each channel no more than it can need until the next look. */
  #shared(found: readonly DueRun[]): DueRun[] {
    const fresh = [...new Map(found.map((run) => [run.id, run])).values()]
      .filter((run) => !this.#busy.has(run.id))
      .map((run) => ({ run, preference: this.#preference(run) }))
      .sort((a, b) => a.preference - b.preference || +a.run.nextActionAt - +b.run.nextActionAt);
    const kept = new Map<string, number>();
    return fresh.flatMap(({ run }) => {
      const before = kept.get(run.connectionId) ?? 0;
      kept.set(run.connectionId, before + 1);
      return before < this.settings.perChannel * KEPT_PER_PLACE ? run : [];
    });
  }

  /** Several processes find the same runs; each begins with other channels, so that they seldom meet. */
  #preference(run: DueRun): number {
    return createHash('sha1').update(`${this.settings.owner}/${run.connectionId}`).digest().readUInt32BE(0);
  }

  /** @returns when the next waiting run becomes due, or null when none does by itself. */
  #startDue(): number | null {
    const now = this.#now;
    const channels = new Map<string, number>();
    for (const connectionId of this.#busy.values())
      channels.set(connectionId, (channels.get(connectionId) ?? 0) + 1);
    let next: number | null = null;
    const kept: DueRun[] = [];
    for (const run of this.#waiting) {
      const due = Math.max(run.nextActionAt.getTime(), this.#resting.get(run.connectionId) ?? 0);
      const inChannel = channels.get(run.connectionId) ?? 0;
      if (due > now) next = Math.min(next ?? due, due);
      if (due > now || this.#busy.size >= this.#places || inChannel >= this.settings.perChannel) {
        kept.push(run);
        continue;
      }
      channels.set(run.connectionId, inChannel + 1);
      this.#counts.due += 1;
      void this.#execute(run);
    }
    this.#waiting = kept;
    return next;
  }

  async #execute(run: DueRun): Promise<void> {
    this.#busy.set(run.id, run.connectionId);
    try {
      const outcome = await runInContext(newContext(`run_${run.id}`), () =>
        this.executor.execute(run, this.#calls),
      );
      if (outcome.claimed) {
        this.#count(outcome.left);
        this.#resting.delete(run.connectionId);
      } else if (outcome.busy) this.#rest(run);
    } catch (error) {
      this.#counts.errors += 1;
      logger.error(
        { err: error, runId: run.id },
        'a run could not be worked on; it is found again when its lease ends',
      );
    } finally {
      this.#busy.delete(run.id);
      this.#wake?.();
    }
  }

  /** Another process is sending on that channel: one look at it in a while is enough. */
  #rest(run: DueRun): void {
    this.#resting.set(run.connectionId, this.#now + this.settings.every);
    this.#waiting.push(run);
  }

  #count(status: RunStatus): void {
    this.#counts.claimed += 1;
    this.#counts.left[status] = (this.#counts.left[status] ?? 0) + 1;
  }

  get #now(): number {
    return this.clock.now().getTime();
  }

  async #drained(): Promise<void> {
    while (this.#busy.size > 0) await this.#sleep(250);
  }

  /** Ends early when a run ends or the dispatcher is stopped. */
  #sleep(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(done, Math.max(0, milliseconds));
      this.#wake = done;
    });
  }
}
