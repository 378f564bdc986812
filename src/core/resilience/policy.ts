import {
  type BulkheadPolicy,
  bulkhead,
  type CircuitBreakerPolicy,
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  ExponentialBackoff,
  handleWhen,
  isBrokenCircuitError,
  isBulkheadRejectedError,
  isTaskCancelledError,
  noJitterGenerator,
  retry,
  TimeoutStrategy,
  timeout,
} from 'cockatiel';
import { LRUCache } from 'lru-cache';
import { ExternalServiceError } from '@/core/errors';
import { type Clock, systemClock } from '@/core/time/clock';
import { type Random, retryDelayMs } from './backoff';

/** Whose trouble this is: one customer's revoked key must not open the circuit for everybody else. */
export interface ResilienceTarget {
  /** Provider id: `openai`, `x`, `hubspot`. */
  provider: string;
  /** Owner of the credential in use: an organisation id, a connection id, or `platform` for our own key. */
  credentialOwner: string;
}

export interface ExecuteOptions {
  /** Milliseconds for everything together: waits, tries and back-off. */
  deadlineMs?: number;
  /** Tries in all, the first included. */
  attempts?: number;
  /** May the call be made twice? Only then is it ever repeated. */
  idempotent?: boolean;
  /** The caller's own cancellation; cancelling is no failure of the provider. */
  signal?: AbortSignal;
}

export type CircuitName = 'closed' | 'open' | 'half_open';

export interface CircuitReport extends ResilienceTarget {
  state: CircuitName;
  since: Date;
}

export interface ResilienceSettings {
  clock?: Clock;
  random?: Random;
  /** Failures in a row that open a circuit. */
  failuresToOpen?: number;
  /** First wait before a probe; doubles up to two minutes while probes fail. */
  halfOpenAfterMs?: number;
  /** Calls at once per target, and how many may wait behind them. */
  concurrency?: number;
  queue?: number;
}

/** What one execute() has done so far. */
interface Progress {
  started: boolean;
  lastError?: unknown;
}

interface Guard {
  target: ResilienceTarget;
  breaker: CircuitBreakerPolicy;
  bulkhead: BulkheadPolicy;
  since: Date;
  probeAfterMs: number;
}

const DEFAULT_DEADLINE_MS = 30_000;
const DEFAULT_ATTEMPTS = 3;
const MAX_HALF_OPEN_MS = 120_000;
/** Targets remembered at once; the least recently used (and therefore quiet) one is forgotten first. */
const MAX_TARGETS = 10_000;

/** Classes that say the other side is down, as opposed to busy with us or displeased with the request. */
const TRIPS: ReadonlySet<string> = new Set(['unavailable', 'timeout', 'unknown']);

const STATE_NAMES: Record<CircuitState, CircuitName> = {
  [CircuitState.Closed]: 'closed',
  [CircuitState.Open]: 'open',
  [CircuitState.HalfOpen]: 'half_open',
  [CircuitState.Isolated]: 'open',
};

/**
 * Runs every call to another company's API: total deadline → retry → circuit breaker → bulkhead. Failures must already be
 * classified ({@link ExternalServiceError}); decisions are taken from the class alone.
 */
export class ResilienceService {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #settings: Required<Omit<ResilienceSettings, 'clock' | 'random'>>;
  readonly #guards = new LRUCache<string, Guard>({ max: MAX_TARGETS });
  readonly #listeners = new Set<(report: CircuitReport) => void>();

  constructor(settings: ResilienceSettings = {}) {
    this.#clock = settings.clock ?? systemClock;
    this.#random = settings.random ?? Math.random;
    this.#settings = {
      failuresToOpen: settings.failuresToOpen ?? 5,
      halfOpenAfterMs: settings.halfOpenAfterMs ?? 10_000,
      concurrency: settings.concurrency ?? 64,
      queue: settings.queue ?? 1_000,
    };
  }

  /**
   * Calls the provider. `call` gets a signal that aborts at the deadline or when the caller cancels, and must pass it on.
   *
   * @throws ExternalServiceError the last failure; kind `timeout` at the deadline; kind `unavailable` and outcome `not_sent`
   *   when the circuit is open (`vendorCode: circuit_open`) or too many calls wait already (`vendorCode: bulkhead_full`).
   * @throws the caller's abort reason when `options.signal` was aborted.
   */
  async execute<T>(
    target: ResilienceTarget,
    call: (signal: AbortSignal) => Promise<T>,
    options: ExecuteOptions = {},
  ): Promise<T> {
    const deadlineMs = options.deadlineMs ?? DEFAULT_DEADLINE_MS;
    const endsAt = this.#clock.now().getTime() + deadlineMs;
    const guard = this.#guard(target);
    const retries = this.#retryPolicy(endsAt, options);
    const deadline = timeout(deadlineMs, TimeoutStrategy.Aggressive);
    const progress: Progress = { started: false };
    options.signal?.throwIfAborted();
    try {
      return await deadline.execute(
        ({ signal }) =>
          retries.execute(() => {
            signal.throwIfAborted();
            return guard.breaker.execute(
              () => guard.bulkhead.execute(() => this.#call(call, signal, options.signal, progress), signal),
              signal,
            );
          }, signal),
        options.signal,
      );
    } catch (error) {
      if (options.signal?.aborted) throw options.signal.reason;
      throw this.#translate(error, guard, deadlineMs, progress);
    }
  }

  /** Every circuit that was used lately, for health and metrics. */
  circuits(): CircuitReport[] {
    return [...this.#guards.values()].map((guard) => this.#report(guard));
  }

  /** Hears of every change of a circuit. Returns the function that ends the subscription. */
  onCircuitChange(listener: (report: CircuitReport) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async #call<T>(
    call: (signal: AbortSignal) => Promise<T>,
    signal: AbortSignal,
    callerSignal: AbortSignal | undefined,
    progress: Progress,
  ): Promise<T> {
    progress.started = true;
    try {
      return await call(signal);
    } catch (error) {
      // A cancelled call fails with whatever its transport makes of it; the breaker must not count that.
      if (callerSignal?.aborted) throw new CancelledByCaller(error);
      progress.lastError = error;
      throw error;
    }
  }

  #retryPolicy(endsAt: number, options: ExecuteOptions) {
    let tries = 0;
    let delayMs = 0;
    const worthAnotherTry = (error: unknown): boolean => {
      if (options.idempotent !== true || !(error instanceof ExternalServiceError) || !error.retryable) {
        return false;
      }
      delayMs = retryDelayMs(error, tries, this.#random);
      tries += 1;
      // A wait past the deadline can only end in a timeout that hides the real reason: give that reason now.
      return this.#clock.now().getTime() + delayMs < endsAt;
    };
    const backoff = { duration: 0, next: () => ({ ...backoff, duration: delayMs }) };
    return retry(handleWhen(worthAnotherTry), {
      maxAttempts: Math.max(0, (options.attempts ?? DEFAULT_ATTEMPTS) - 1),
      backoff,
    });
  }

  #guard(target: ResilienceTarget): Guard {
    const key = `${target.provider}\u0000${target.credentialOwner}`;
    const known = this.#guards.get(key);
    if (known) return known;
    const { failuresToOpen, halfOpenAfterMs, concurrency, queue } = this.#settings;
    const breaker = circuitBreaker(
      handleWhen((error) => error instanceof ExternalServiceError && TRIPS.has(error.kind)),
      {
        breaker: new ConsecutiveBreaker(failuresToOpen),
        halfOpenAfter: new ExponentialBackoff({
          initialDelay: halfOpenAfterMs,
          maxDelay: Math.max(halfOpenAfterMs, MAX_HALF_OPEN_MS),
          generator: noJitterGenerator,
        }),
      },
    );
    const guard: Guard = {
      target: { provider: target.provider, credentialOwner: target.credentialOwner },
      breaker,
      bulkhead: bulkhead(concurrency, queue),
      since: this.#clock.now(),
      probeAfterMs: halfOpenAfterMs,
    };
    breaker.onStateChange(() => {
      guard.since = this.#clock.now();
      const report = this.#report(guard);
      for (const listener of this.#listeners) listener(report);
    });
    this.#guards.set(key, guard);
    return guard;
  }

  #report(guard: Guard): CircuitReport {
    return { ...guard.target, state: STATE_NAMES[guard.breaker.state], since: guard.since };
  }

  #translate(error: unknown, guard: Guard, deadlineMs: number, progress: Progress): unknown {
    const { provider } = guard.target;
    // A repeat that was not let through must not hide that the try before it may have arrived.
    const turnedAway = isBrokenCircuitError(error) || isBulkheadRejectedError(error);
    if (turnedAway && progress.lastError !== undefined) return progress.lastError;
    if (isBrokenCircuitError(error)) {
      const waited = this.#clock.now().getTime() - guard.since.getTime();
      return new ExternalServiceError(
        `${provider} failed repeatedly and is left alone for a moment.`,
        {
          provider,
          kind: 'unavailable',
          retryable: true,
          retryAfterMs: Math.max(1_000, guard.probeAfterMs - waited),
          outcome: 'not_sent',
          vendorCode: 'circuit_open',
        },
        { cause: error },
      );
    }
    if (isBulkheadRejectedError(error)) {
      return new ExternalServiceError(
        `Too many calls to ${provider} are waiting already.`,
        { provider, kind: 'unavailable', retryable: true, outcome: 'not_sent', vendorCode: 'bulkhead_full' },
        { cause: error },
      );
    }
    if (isTaskCancelledError(error)) {
      return new ExternalServiceError(
        `${provider} did not answer within ${deadlineMs} ms.`,
        {
          provider,
          kind: 'timeout',
          retryable: true,
          outcome: progress.started ? 'unknown' : 'not_sent',
          vendorCode: 'deadline',
        },
        { cause: error },
      );
    }
    return error;
  }
}

class CancelledByCaller extends Error {
  constructor(cause: unknown) {
    super('The caller cancelled.', { cause });
    this.name = 'CancelledByCaller';
  }
}
