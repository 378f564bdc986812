import 'server-only';
import type { LockService } from './locks';

/** Longer than a renewing call may take, so that no second one starts while the first may still rotate what is renewed. */
const LOCK_TTL_MS = 60_000;
const LOCK_WAIT_MS = 30_000;

/** What is renewed; its version only grows. */
export interface Versioned {
  version: number;
}

/** How one thing is read and renewed. `Held` is whatever the reader needs beside the value itself. */
export interface RenewalSteps<T, Held> {
  /** Reads the stored one. */
  load(): Promise<Held>;
  valueOf(held: Held): T;
  /** Makes and stores a new one. Nothing may be written once `lost` has aborted. */
  renew(held: Held, lost: AbortSignal): Promise<T>;
}

/**
 * Renews something that all processes share, once for everybody: one renewal per process → lock → read again → renew. Who comes
 * later gets what the first one made.
 */
export class SharedRenewal<T extends Versioned> {
  readonly #running = new Map<string, Promise<T>>();

  /** @param busy made into the error when another process still renews after the wait. */
  constructor(
    readonly locks: Pick<LockService, 'withLock'>,
    readonly busy: (id: string) => Error,
  ) {}

  /** @param seenVersion the version that is no longer good enough; a newer one is taken as it is. */
  once<Held>(id: string, seenVersion: number, steps: RenewalSteps<T, Held>): Promise<T> {
    const running = this.#running.get(id);
    if (running) return running;
    const renewal = this.#underLock(id, seenVersion, steps).finally(() => this.#running.delete(id));
    this.#running.set(id, renewal);
    return renewal;
  }

  async #underLock<Held>(id: string, seenVersion: number, steps: RenewalSteps<T, Held>): Promise<T> {
    const outcome = await this.locks.withLock(
      `refresh_${id}`,
      { ttlMs: LOCK_TTL_MS, waitMs: LOCK_WAIT_MS },
      async (_lock, lost) => {
        const held = await steps.load();
        const known = steps.valueOf(held);
        return known.version > seenVersion ? known : await steps.renew(held, lost);
      },
    );
    if (outcome.acquired) return outcome.value;
    const known = steps.valueOf(await steps.load());
    if (known.version > seenVersion) return known;
    throw this.busy(id);
  }
}
