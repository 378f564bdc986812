import 'server-only';
import { logger } from '@/core/telemetry/logger';
import type { Clock } from '@/core/time/clock';
import { later } from './committing';
import { type Holding, LeaseLostError, type PublishingRepository } from './repository';
import type { Run } from './schema';
import type { Timing } from './timing';
import type { Change } from './transition';

/**
 * A claimed run in this process: keeps the lease alive, remembers the newest state, and carries every write one after the
 * other. When the lease is lost its signal aborts, and nothing is written any more.
 */
export class Lease {
  #run: Run;
  #tail: Promise<unknown> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  readonly #lost = new AbortController();
  readonly holding: Holding;

  constructor(
    readonly repository: PublishingRepository,
    readonly clock: Clock,
    readonly timing: Timing,
    run: Run,
    owner: string,
  ) {
    this.#run = run;
    this.holding = { runId: run.id, owner, fence: run.fence };
    this.#timer = setInterval(() => void this.#beat(), timing.heartbeat);
    this.#timer.unref();
  }

  get run(): Run {
    return this.#run;
  }

  /** Aborted when somebody else holds the run. */
  get signal(): AbortSignal {
    return this.#lost.signal;
  }

  /** Still ours after the last write: it was not given back, and the run is not over. */
  get held(): boolean {
    return this.#run.leaseOwner === this.holding.owner && !this.#lost.signal.aborted;
  }

  /** @throws LeaseLostError */
  change(decide: (run: Run) => Change): Promise<Run> {
    return this.write(() => this.repository.change(this.holding, decide));
  }

  /** One write after the other: two transactions of one process on one document would only wait for each other. */
  async write(work: () => Promise<Run>): Promise<Run> {
    const result = this.#tail.then(async () => {
      if (this.#lost.signal.aborted) throw new LeaseLostError(this.#run.id);
      try {
        this.#run = await work();
        return this.#run;
      } catch (error) {
        if (error instanceof LeaseLostError) this.#lost.abort(error);
        throw error;
      }
    });
    this.#tail = result.catch(() => undefined);
    return result;
  }

  end(): void {
    clearInterval(this.#timer);
  }

  async #beat(): Promise<void> {
    if (!this.held) return;
    try {
      await this.write(() => {
        if (!this.held) return Promise.resolve(this.#run);
        return this.repository.heartbeat(this.holding, later(this.clock.now(), this.timing.lease));
      });
    } catch (error) {
      // A lost lease is told through the signal; an outage may pass before the lease ends.
      if (!(error instanceof LeaseLostError))
        logger.warn({ err: error, runId: this.#run.id }, 'could not extend the lease of a run');
    }
  }
}
