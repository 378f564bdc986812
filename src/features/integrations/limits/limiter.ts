import 'server-only';
import type { RedisLink } from '@/core/cache/redis';
import type { Ids } from '@/core/ids';
import type { Clock } from '@/core/time/clock';
import { adaptiveKey, type CallSubject, type LevelWindow, pauseKey, queuedKey, runningKey } from './levels';
import { admission, MemoryCounters } from './memory';
import { ADMIT, REPORT } from './scripts';
import type { Quota } from './vendors.data';

/** A call that asks to be made. */
export interface LimitCall {
  subject: CallSubject;
  operation: string;
  windows: readonly LevelWindow[];
  /** Names of the pauses that stop it: of all calls, and of this kind. */
  pauses: readonly [string, string];
  concurrent: number | null;
  /** Names the place it takes among calls under way, and how long at most. */
  lease: string;
  leaseMs: number;
  /** Calls of this connection that wait in this process. */
  queued: number;
}

export interface Reading {
  /** By the counters' own clock. */
  at: number;
  waitMs: number;
  multiplier: number;
  pausedMs: number;
  running: number;
  quota: Quota | null;
  /** In the order of the windows. */
  usage: readonly { used: number; freeMs: number }[];
}

export interface Admission {
  admitted: boolean;
  /** Milliseconds after which asking again makes sense. */
  waitMs: number;
  reading: Reading;
  degraded: boolean;
}

/** What a vendor's answer says about its limits. */
export interface Report {
  /** The multiplier is multiplied by it; 0 leaves it. */
  factor: number;
  /** As {@link factor}, once a minute at most. */
  scarce: number;
  pauseMs: number;
  /** The operation the pause is about; null for all. */
  operation: string | null;
  quota: Quota | null;
}

export interface Reported {
  multiplier: number;
  /** Milliseconds it has been at its lowest. */
  lowestForMs: number;
}

export interface LimiterDeps {
  /** Null where there is none: this process's counters are then the truth. */
  redis: Pick<RedisLink, 'attempt'> | null;
  /** Processes that call vendors. */
  instances: number;
  clock: Clock;
  ids: Ids;
}

/**
 * Limits on calls to vendors, on four levels at once: a call is counted at every level or at none. Counters are shared through Redis,
 * whose clock they go by. While Redis is away each process keeps to its part of every limit, and begins with that only when what was
 * counted before has left the windows; when Redis is back with empty counters, the process's own bind for one window more. So an
 * outage makes calls wait and never lets more of them through.
 */
export class IntegrationRateLimiter {
  readonly #memory: MemoryCounters;
  readonly #process: string;
  #awaySince: number | null = null;
  #backAt = Number.NEGATIVE_INFINITY;

  constructor(readonly deps: LimiterDeps) {
    this.#memory = new MemoryCounters(Math.max(1, deps.instances));
    this.#process = deps.ids.next();
  }

  async admit(call: LimitCall): Promise<Admission> {
    const { redis, clock } = this.deps;
    const now = clock.now().getTime();
    if (!redis) return this.#alone(call, now, this.deps.instances > 1, 0);
    const own = this.#recentlyBack(call, now) ? this.#memory.read(call, now) : null;
    if (own && own.waitMs > 0 && this.#awaySince === null) return admission(own.waitMs, own, true);
    const shared = await this.#shared(call, true);
    if (!shared) return this.#alone(call, now, true, this.#settlesIn(call, now));
    if (shared.waitMs === 0) this.#memory.count(call, now);
    return admission(shared.waitMs, shared, false);
  }

  /** What is used, without counting anything. */
  async look(call: LimitCall): Promise<{ reading: Reading; degraded: boolean; queued: number }> {
    const now = this.deps.clock.now().getTime();
    const shared = this.deps.redis ? await this.#shared(call, false) : undefined;
    if (shared) return { reading: shared, degraded: false, queued: Math.max(shared.queued, call.queued) };
    const degraded = this.deps.redis !== null || this.deps.instances > 1;
    return { reading: this.#memory.read(call, now), degraded, queued: call.queued };
  }

  async report(subject: CallSubject, report: Report): Promise<Reported> {
    const own = this.#memory.report(subject, report, this.deps.clock.now().getTime());
    const { factor, scarce, pauseMs, operation, quota } = report;
    const answer = await this.deps.redis?.attempt((client) =>
      client.eval(
        REPORT,
        2,
        ...[adaptiveKey(subject), pauseKey(subject, operation)],
        ...[factor, scarce, Math.ceil(pauseMs), quota?.limit ?? -1, quota?.left ?? -1],
      ),
    );
    if (!answer?.ok) return own;
    const [now = 0, multiplier = 10_000, since = 0] = (answer.value as unknown[]).map(Number);
    return { multiplier: multiplier / 10_000, lowestForMs: since > 0 ? now - since : 0 };
  }

  /** A call is over: its place among those under way is free. */
  async release({ subject, concurrent, lease }: LimitCall): Promise<void> {
    if (concurrent === null) return;
    this.#memory.release(subject, lease);
    await this.deps.redis?.attempt((client) => client.zrem(runningKey(subject), lease));
  }

  /** Full pace again, and no pause. What was counted stays: the vendor counted it too. */
  async reset(subject: CallSubject, pauses: readonly string[]): Promise<void> {
    this.#memory.reset(subject, pauses);
    await this.deps.redis?.attempt((client) => client.del(adaptiveKey(subject), ...pauses));
  }

  async #shared(call: LimitCall, charge: boolean): Promise<(Reading & { queued: number }) | undefined> {
    const { subject, operation, windows, pauses, concurrent, lease, leaseMs, queued } = call;
    const place = `${this.#process}:${operation}`;
    const keys = [
      ...[adaptiveKey(subject), queuedKey(subject), runningKey(subject)],
      ...pauses,
      ...windows.map(({ name }) => name),
    ];
    const rules = windows.flatMap(({ rule, paced }) => [rule.limit, rule.windowMs, paced ? 1 : 0]);
    const answer = await this.deps.redis?.attempt((client) =>
      client.eval(
        ADMIT,
        keys.length,
        ...keys,
        ...[charge ? 1 : 0, place, queued, concurrent ?? 0, lease, leaseMs, ...rules],
      ),
    );
    const now = this.deps.clock.now().getTime();
    if (!answer?.ok) {
      this.#awaySince ??= now;
      return undefined;
    }
    if (this.#awaySince !== null) this.#backAt = now;
    this.#awaySince = null;
    return readingOf((answer.value as unknown[]).map(Number));
  }

  /** @param settlesInMs until what was counted elsewhere has left the windows. */
  #alone(call: LimitCall, now: number, degraded: boolean, settlesInMs: number): Admission {
    const reading = this.#memory.read(call, now);
    const waitMs = Math.max(reading.waitMs, settlesInMs);
    if (waitMs === 0) this.#memory.count(call, now);
    return admission(waitMs, reading, degraded);
  }

  #settlesIn(call: LimitCall, now: number): number {
    return Math.max(0, (this.#awaySince ?? now) + longest(call) - now);
  }

  #recentlyBack(call: LimitCall, now: number): boolean {
    return now < this.#backAt + longest(call);
  }
}

/** The longest window with the step that may reach out of it. */
function longest({ windows }: LimitCall): number {
  return Math.max(0, ...windows.map(({ rule }) => Math.ceil(rule.windowMs * 1.1)));
}

function readingOf(answer: readonly number[]): Reading & { queued: number } {
  const [
    ,
    waitMs = 0,
    at = 0,
    multiplier = 10_000,
    pausedMs = 0,
    running = 0,
    queued = 0,
    limit = -1,
    left = -1,
  ] = answer;
  const rest = answer.slice(9);
  const usage = Array.from({ length: rest.length / 2 }, (_, index) => ({
    used: rest[index * 2] ?? 0,
    freeMs: rest[index * 2 + 1] ?? 0,
  }));
  return {
    ...{ at, waitMs, running, queued, usage },
    multiplier: multiplier / 10_000,
    pausedMs: Math.max(0, pausedMs),
    quota: limit > 0 ? { limit, left: Math.max(0, left), resetAt: null } : null,
  };
}
