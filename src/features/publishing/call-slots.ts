/**
 * Calls to networks that may be in flight at once. Runs beyond that are claimed, prepared and stored meanwhile, so that the
 * database's time is not the network's. Who waits is served in the order they came.
 */
export class CallSlots {
  readonly #waiting: (() => void)[] = [];
  #free: number;

  constructor(calls: number) {
    this.#free = calls;
  }

  /** Waits for a place. @returns what gives it back; calling it again does nothing. */
  async take(): Promise<() => void> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((go) => this.#waiting.push(go));
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free += 1;
    };
  }

  async within<T>(call: () => Promise<T>): Promise<T> {
    const giveBack = await this.take();
    try {
      return await call();
    } finally {
      giveBack();
    }
  }
}
