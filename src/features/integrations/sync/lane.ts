/** Work that goes on beside its caller, one piece after the other. What follows a piece that failed is not begun. */
export class Lane {
  #last: Promise<void> = Promise.resolve();
  #failure: { error: unknown } | null = null;

  add(work: () => Promise<void>): Promise<void> {
    const done = this.#last.then(work);
    done.catch((error: unknown) => {
      this.#failure ??= { error };
    });
    this.#last = done;
    return done;
  }

  get failed(): boolean {
    return this.#failure !== null;
  }

  /** @throws what a piece threw. */
  check(): void {
    if (this.#failure) throw this.#failure.error;
  }

  /** Until nothing is under way. @throws what a piece threw. */
  async settled(): Promise<void> {
    await this.#last;
  }

  /** Until nothing is under way, whatever became of it. */
  async quiet(): Promise<void> {
    await this.#last.catch(() => undefined);
  }
}
