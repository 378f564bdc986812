/**
 * Tells who waits for an account's turn that a commit of this very process has ended. Only a shortener: the turn itself is
 * taken in the database, and other processes' commits are noticed by asking again.
 */
export class LaneSignals {
  readonly #waiting = new Map<string, (() => void)[]>();

  /** Until a commit of this account ends here, at most `milliseconds`. One waiter goes on for each that ends. */
  async wait(connectionId: string, milliseconds: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const waiters = this.#waiting.get(connectionId) ?? [];
      const go = () => {
        clearTimeout(timer);
        const left = (this.#waiting.get(connectionId) ?? []).filter((one) => one !== go);
        if (left.length > 0) this.#waiting.set(connectionId, left);
        else this.#waiting.delete(connectionId);
        resolve();
      };
      const timer = setTimeout(go, milliseconds);
      this.#waiting.set(connectionId, [...waiters, go]);
    });
  }

  freed(connectionId: string): void {
    this.#waiting.get(connectionId)?.[0]?.();
  }
}
