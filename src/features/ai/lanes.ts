/**
 * One lane per key: while a batch is being written, what arrives waits and is written together next. Turns many small
 * transactions on one document into few larger ones.
 */
export class Lanes<Command, Outcome> {
  readonly #lanes = new Map<
    string,
    { command: Command; done: (outcome: Outcome) => void; fail: (error: unknown) => void }[]
  >();

  /** @param write all commands of a batch at once, in order; answers one outcome for each. */
  constructor(
    readonly write: (key: string, commands: readonly Command[]) => Promise<readonly Outcome[]>,
    readonly maxBatch = 100,
  ) {}

  submit(key: string, command: Command): Promise<Outcome> {
    return new Promise((done, fail) => {
      const waiting = this.#lanes.get(key);
      if (waiting) {
        waiting.push({ command, done, fail });
        return;
      }
      const lane = [{ command, done, fail }];
      this.#lanes.set(key, lane);
      void this.#drive(key, lane);
    });
  }

  async #drive(
    key: string,
    lane: { command: Command; done: (outcome: Outcome) => void; fail: (error: unknown) => void }[],
  ) {
    // What is submitted in the same moment travels together.
    await Promise.resolve();
    while (lane.length > 0) {
      const batch = lane.splice(0, this.maxBatch);
      try {
        const outcomes = await this.write(
          key,
          batch.map(({ command }) => command),
        );
        for (const [index, { done }] of batch.entries()) done(outcomes[index] as Outcome);
      } catch (error) {
        for (const { fail } of batch) fail(error);
      }
    }
    this.#lanes.delete(key);
  }
}
