import 'server-only';
import { ServiceUnavailableError, type SystemError } from '@/core/errors';
import type { Random } from '@/core/resilience/backoff';
import type { Command, Outcome } from './commands';

/** Runs commands on one owner's balance in one transaction, tried once. */
type Post = (ownerId: string, commands: readonly Command[]) => Promise<(Outcome | SystemError)[]>;

interface Ticket {
  command: Command;
  taken: boolean;
  resolve(result: Outcome | SystemError): void;
  reject(error: unknown): void;
}

interface Lane {
  waiting: Ticket[];
  tail: Promise<void>;
}

/** Well below Firestore's limits for one transaction: each command writes at most three documents. */
const BATCH = 60;
const FIRST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 600;
/** Longer than any wait a caller should see; nothing is half done when it ends. */
const PATIENCE_MS = 25_000;

/**
 * gRPC codes after which a transaction is run again: somebody else changed the balance meanwhile (9 FAILED_PRECONDITION, 5
 * NOT_FOUND for a hold that is gone, 6 ALREADY_EXISTS, 10 ABORTED), and answers that got lost (4 DEADLINE_EXCEEDED, 8
 * RESOURCE_EXHAUSTED, 13 INTERNAL, 14 UNAVAILABLE). If a lost one had committed, the ledger's keys turn the repetition into a
 * replay.
 */
const TRANSIENT = new Set([4, 5, 6, 8, 9, 10, 13, 14]);

/**
 * One lane per owner and process. Operations on one balance would only collide with each other, so while a transaction runs
 * the next ones gather and go together in the one after it. A lone operation never waits. Other processes are met with
 * Firestore's own transactions and a jittered retry; this lane is an optimisation, never the guard.
 */
export class OwnerLanes {
  readonly #lanes = new Map<string, Lane>();

  constructor(
    readonly post: Post,
    readonly random: Random,
    readonly sleep: (milliseconds: number) => Promise<void>,
    readonly elapsed: () => number = () => performance.now(),
  ) {}

  /** @throws the command's refusal; ServiceUnavailableError when the balance stayed contended. */
  async submit(ownerId: string, command: Command): Promise<Outcome> {
    const lane = this.#lanes.get(ownerId) ?? { waiting: [], tail: Promise.resolve() };
    this.#lanes.set(ownerId, lane);
    const result = new Promise<Outcome | SystemError>((resolve, reject) => {
      const ticket: Ticket = { command, taken: false, resolve, reject };
      lane.waiting.push(ticket);
      // Each ticket queues its own turn, so that the work runs in its own request's context; most turns find it done.
      lane.tail = lane.tail.then(() => (ticket.taken ? undefined : this.#drain(ownerId, lane)));
    });
    const last = lane.tail;
    void last.then(() => {
      if (lane.tail === last && lane.waiting.length === 0) this.#lanes.delete(ownerId);
    });
    const outcome = await result;
    if (outcome instanceof Error) throw outcome;
    return outcome;
  }

  /** Runs one transaction of its own on the owner's balance, in turn with the others of this process. */
  async alone<T>(ownerId: string, transaction: () => Promise<T>): Promise<T> {
    const lane = this.#lanes.get(ownerId) ?? { waiting: [], tail: Promise.resolve() };
    this.#lanes.set(ownerId, lane);
    const run = lane.tail.then(() => this.#repeated(ownerId, transaction));
    const last = run.then(
      () => undefined,
      () => undefined,
    );
    lane.tail = last;
    void last.then(() => {
      if (lane.tail === last && lane.waiting.length === 0) this.#lanes.delete(ownerId);
    });
    return run;
  }

  /** Never rejects: every ticket gets its own answer. */
  async #drain(ownerId: string, lane: Lane): Promise<void> {
    const batch = lane.waiting.splice(0, BATCH);
    for (const ticket of batch) ticket.taken = true;
    try {
      const commands = batch.map((ticket) => ticket.command);
      const results = await this.#repeated(ownerId, () => this.post(ownerId, commands));
      for (const [index, ticket] of batch.entries()) {
        const result = results[index];
        if (result) ticket.resolve(result);
        else ticket.reject(new Error('The ledger answered fewer results than it got commands.'));
      }
    } catch (error) {
      for (const ticket of batch) ticket.reject(error);
    }
  }

  async #repeated<T>(ownerId: string, transaction: () => Promise<T>): Promise<T> {
    const started = this.elapsed();
    for (let retry = 0; ; retry += 1) {
      try {
        return await transaction();
      } catch (error) {
        if (!isTransient(error)) throw error;
        const pause = this.random() * Math.min(FIRST_PAUSE_MS * 2 ** retry, LONGEST_PAUSE_MS);
        if (this.elapsed() - started + pause > PATIENCE_MS) {
          throw new ServiceUnavailableError(
            'Your token balance is busy right now. Repeat the request in a moment: nothing is charged twice.',
            'service_unavailable',
            { retryAfterSeconds: 2, cause: error, context: { ownerId } },
          );
        }
        await this.sleep(pause);
      }
    }
  }
}

function isTransient(error: unknown): boolean {
  return (
    error instanceof Error && 'code' in error && typeof error.code === 'number' && TRANSIENT.has(error.code)
  );
}
