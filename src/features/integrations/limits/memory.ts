import { LRUCache } from 'lru-cache';
import { adaptiveKey, type CallSubject, type LevelWindow, pauseKey, runningKey } from './levels';
import type { Admission, LimitCall, Reading, Report, Reported } from './limiter';
import type { Quota } from './vendors.data';
import {
  CALM_MS,
  counted,
  FULL_PACE,
  LOWEST,
  type Look,
  look,
  type Pace,
  paceAt,
  paced,
  type StepCount,
  shareOf,
  slowed,
  stepOf,
} from './windows';

const KEPT = 50_000;

interface Window {
  stepMs: number;
  counts: readonly StepCount[];
}

/** One process's own counters: they decide while Redis is away, and for one window after it is back. */
export class MemoryCounters {
  readonly #windows = new LRUCache<string, Window>({ max: KEPT });
  readonly #paces = new LRUCache<string, Pace & { scarceAt: number; quota: Quota | null }>({ max: KEPT });
  readonly #pauses = new LRUCache<string, number>({ max: KEPT });
  readonly #running = new LRUCache<string, ReadonlyMap<string, number>>({ max: KEPT });

  /** @param instances by how many processes a limit is divided. */
  constructor(readonly instances: number) {}

  read({ subject, windows, concurrent, pauses }: LimitCall, now: number): Reading {
    const multiplier = paceAt(this.#pace(subject), now);
    const pausedMs = Math.max(0, ...pauses.map((name) => (this.#pauses.get(name) ?? 0) - now));
    const running = this.#alive(subject, now).size;
    const most = concurrent === null ? Infinity : Math.max(1, Math.floor(concurrent / this.instances));
    const looks = windows.map((window) => this.#look(window, multiplier, now));
    const waitMs = Math.max(pausedMs, running >= most ? 200 : 0, ...looks.map((one) => one.waitMs));
    const quota = this.#pace(subject).quota;
    const usage = looks.map(({ used, freeMs }) => ({ used, freeMs }));
    return { at: now, waitMs, multiplier, pausedMs, running, quota, usage };
  }

  count({ subject, windows, concurrent, lease, leaseMs }: LimitCall, now: number): void {
    for (const { name, rule } of windows) {
      const stepMs = stepOf(rule);
      const known = this.#windows.get(name)?.counts ?? [];
      const keepMs = shareOf({ ...rule, limit: 1 }, this.instances).windowMs;
      this.#windows.set(name, { stepMs, counts: counted(known, stepMs, keepMs, now) });
    }
    if (concurrent === null) return;
    this.#running.set(runningKey(subject), new Map([...this.#alive(subject, now), [lease, now + leaseMs]]));
  }

  release(subject: CallSubject, lease: string): void {
    const known = this.#running.get(runningKey(subject));
    if (known?.has(lease))
      this.#running.set(runningKey(subject), new Map([...known].filter(([one]) => one !== lease)));
  }

  report(subject: CallSubject, { factor, scarce, pauseMs, operation, quota }: Report, now: number): Reported {
    const key = adaptiveKey(subject);
    let pace = this.#pace(subject);
    if (factor) pace = { ...pace, ...slowed(pace, factor, now) };
    if (scarce && now - pace.scarceAt >= CALM_MS)
      pace = { ...pace, ...slowed(pace, scarce, now), scarceAt: now };
    this.#paces.set(key, { ...pace, quota: quota ?? pace.quota });
    const pause = pauseKey(subject, operation);
    if (pauseMs > 0) this.#pauses.set(pause, Math.max(this.#pauses.get(pause) ?? 0, now + pauseMs));
    const multiplier = paceAt(pace, now);
    const { lowestSince } = pace;
    return { multiplier, lowestForMs: multiplier === LOWEST && lowestSince !== null ? now - lowestSince : 0 };
  }

  reset(subject: CallSubject, pauses: readonly string[]): void {
    this.#paces.delete(adaptiveKey(subject));
    for (const pause of pauses) this.#pauses.delete(pause);
  }

  #look({ name, rule, paced: follows }: LevelWindow, multiplier: number, now: number): Look {
    const known = this.#windows.get(name);
    const effective = shareOf(follows ? paced(rule, multiplier) : rule, this.instances);
    return look(known?.counts ?? [], effective, known?.stepMs ?? stepOf(rule), now);
  }

  #pace(subject: CallSubject) {
    return this.#paces.get(adaptiveKey(subject)) ?? { ...FULL_PACE, scarceAt: 0, quota: null };
  }

  #alive(subject: CallSubject, now: number): ReadonlyMap<string, number> {
    const known = this.#running.get(runningKey(subject)) ?? new Map<string, number>();
    return new Map([...known].filter(([, until]) => until > now));
  }
}

/** How a call was judged, in one word. */
export function admission(waitMs: number, reading: Reading, degraded: boolean): Admission {
  return waitMs > 0
    ? { admitted: false, waitMs, reading, degraded }
    : { admitted: true, waitMs: 0, reading, degraded };
}
