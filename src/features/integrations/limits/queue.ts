import type { Clock } from '@/core/time/clock';
import { type CallPriority, PRIORITIES } from './schema';

/** Six, three and one of ten turns; a class that nobody waits in gives its turn to the next. */
const TURNS: readonly CallPriority[] = [
  ...(['high', 'normal', 'high', 'high', 'normal'] as const),
  ...(['high', 'low', 'high', 'normal', 'high'] as const),
];
export const QUEUE_DEPTH = 1_000;
export const QUEUE_WAIT_MS = 30_000;
/** Somebody else may have taken the place that was waited for. */
const LONGEST_NAP_MS = 1_000;

export interface Turn {
  admitted: boolean;
  waitMs: number;
}

/** No place within the time there is. */
export class QueueRefusal extends Error {
  constructor(readonly retryAfterMs: number) {
    super('No place in time.');
    this.name = 'QueueRefusal';
  }
}

interface Waiter<T> {
  priority: CallPriority;
  until: number;
  ask: (waiting: number) => Promise<T>;
  /** What a place is given back with that nobody wants any more. */
  discard: (turn: T) => void;
  settled: boolean;
  resolve: (turn: T) => void;
  reject: (error: unknown) => void;
}

interface Lane<T> {
  waiters: Record<CallPriority, Waiter<T>[]>;
  turn: number;
  running: boolean;
}

/** Calls that wait for a place, per key, in this process. */
export class CallQueue<T extends Turn> {
  readonly #lanes = new Map<string, Lane<T>>();

  constructor(
    readonly clock: Clock,
    readonly nap: (milliseconds: number) => Promise<void> = (milliseconds) =>
      new Promise((resolve) => setTimeout(resolve, milliseconds)),
  ) {}

  waiting(key: string): number {
    return sizeOf(this.#lanes.get(key));
  }

  /**
   * Asks for a place until there is one.
   * @throws QueueRefusal when there is none in time, or too many wait. @throws the signal's reason.
   */
  async enter(
    key: string,
    call: {
      priority: CallPriority;
      maxWaitMs?: number | undefined;
      signal?: AbortSignal | undefined;
      ask: (waiting: number) => Promise<T>;
      discard: (turn: T) => void;
    },
  ): Promise<T> {
    call.signal?.throwIfAborted();
    const maxWaitMs = Math.min(call.maxWaitMs ?? QUEUE_WAIT_MS, QUEUE_WAIT_MS);
    if (this.waiting(key) === 0) {
      const turn = await call.ask(0);
      if (turn.admitted) return turn;
      if (turn.waitMs > maxWaitMs) throw new QueueRefusal(turn.waitMs);
    }
    if (this.waiting(key) >= QUEUE_DEPTH) throw new QueueRefusal(QUEUE_WAIT_MS);
    return this.#wait(key, { ...call, until: this.clock.now().getTime() + maxWaitMs });
  }

  #wait(
    key: string,
    call: Pick<Waiter<T>, 'priority' | 'until' | 'ask' | 'discard'> & { signal?: AbortSignal | undefined },
  ): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const { signal, ...rest } = call;
      const left = () => done(() => reject(signal?.reason));
      const waiter: Waiter<T> = {
        ...rest,
        settled: false,
        resolve: (turn) => done(() => resolve(turn)),
        reject: (error) => done(() => reject(error)),
      };
      const done = (end: () => void) => {
        waiter.settled = true;
        signal?.removeEventListener('abort', left);
        this.#forget(key, waiter);
        end();
      };
      signal?.addEventListener('abort', left, { once: true });
      const lane = this.#lane(key);
      lane.waiters[call.priority].push(waiter);
      if (!lane.running) void this.#serve(key, lane);
    });
  }

  /** One caller at a time asks; the others would ask for the same place. */
  async #serve(key: string, lane: Lane<T>): Promise<void> {
    lane.running = true;
    for (let waiter = next(lane); waiter; waiter = next(lane)) {
      try {
        const turn = await waiter.ask(sizeOf(lane));
        if (turn.admitted) {
          lane.turn += 1;
          if (waiter.settled) waiter.discard(turn);
          else waiter.resolve(turn);
          continue;
        }
        const waitMs = Math.max(1, turn.waitMs);
        this.#refuseLate(lane, waitMs);
        if (sizeOf(lane) > 0) await this.nap(Math.min(waitMs, LONGEST_NAP_MS));
      } catch (error) {
        waiter.reject(error);
      }
    }
    lane.running = false;
    if (sizeOf(lane) === 0) this.#lanes.delete(key);
  }

  /** Whoever's time ends before there can be a place need not wait for that. */
  #refuseLate(lane: Lane<T>, waitMs: number): void {
    const earliest = this.clock.now().getTime() + waitMs;
    for (const priority of PRIORITIES)
      for (const waiter of lane.waiters[priority].filter(({ until }) => until < earliest))
        waiter.reject(new QueueRefusal(waitMs));
  }

  #lane(key: string): Lane<T> {
    const known = this.#lanes.get(key);
    if (known) return known;
    const lane: Lane<T> = { waiters: { high: [], normal: [], low: [] }, turn: 0, running: false };
    this.#lanes.set(key, lane);
    return lane;
  }

  #forget(key: string, waiter: Waiter<T>): void {
    const waiters = this.#lanes.get(key)?.waiters[waiter.priority] ?? [];
    const at = waiters.indexOf(waiter);
    if (at >= 0) waiters.splice(at, 1);
  }
}

function sizeOf<T>(lane: Lane<T> | undefined): number {
  return lane ? PRIORITIES.reduce((sum, priority) => sum + lane.waiters[priority].length, 0) : 0;
}

/** Whose turn it is: the class's whose turn it is, else the next one's that somebody waits in. */
function next<T>(lane: Lane<T>): Waiter<T> | undefined {
  for (let ahead = 0; ahead < TURNS.length; ahead += 1) {
    const priority = TURNS[(lane.turn + ahead) % TURNS.length];
    const waiter = priority && lane.waiters[priority][0];
    if (waiter) return waiter;
  }
  return undefined;
}
