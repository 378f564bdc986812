/** Timers, so that tests need not wait. */
export interface Timers {
  set(run: () => void, delayMs: number): unknown;
  clear(timer: unknown): void;
}

export interface Asking<In, Out> {
  send(input: In, signal: AbortSignal): Promise<Out>;
  answered(output: Out, input: In): void;
  failed(error: unknown, input: In): void;
  delayMs: number;
  timers?: Timers;
}

const browserTimers: Timers = {
  set: (run, delayMs) => setTimeout(run, delayMs),
  clear: (timer) => clearTimeout(timer as ReturnType<typeof setTimeout>),
};

/** Asks once somebody pauses; only the answer to the latest question counts, whichever comes last. */
export class Latest<In, Out> {
  #timer: unknown = null;
  #running: AbortController | null = null;

  constructor(readonly asking: Asking<In, Out>) {}

  ask(input: In): void {
    const { delayMs, timers = browserTimers } = this.asking;
    this.stop();
    this.#timer = timers.set(() => void this.#send(input), delayMs);
  }

  /** Forgets what was asked; an answer on its way is not heard. */
  stop(): void {
    const { timers = browserTimers } = this.asking;
    if (this.#timer !== null) timers.clear(this.#timer);
    this.#timer = null;
    this.#running?.abort();
    this.#running = null;
  }

  async #send(input: In): Promise<void> {
    const { send, answered, failed } = this.asking;
    this.#timer = null;
    const own = new AbortController();
    this.#running = own;
    try {
      const output = await send(input, own.signal);
      if (this.#running === own) answered(output, input);
    } catch (error) {
      if (this.#running === own) failed(error, input);
    }
  }
}
