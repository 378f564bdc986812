import 'server-only';
import { LRUCache } from 'lru-cache';
import { logger } from '@/core/telemetry/logger';
import { metrics } from '@/core/telemetry/metrics';
import type { Clock } from '@/core/time/clock';
import type { CallSubject, LevelWindow } from './levels';
import type { Reading } from './limiter';
import type { LimitAlertKind, RateLevel } from './schema';
import type { Quota } from './vendors.data';

/** Every import fills a window for a moment: people are told when it stays so. */
export const HELD_MS = 60_000;
const SLOW_MS = 5 * 60_000;
const FEW = 20;
/** A process asks whether people were told at most so often. */
const ASK_EVERY_MS = 600_000;

export interface LimitAlert {
  subject: CallSubject;
  kind: LimitAlertKind;
  level: RateLevel | null;
}

export interface AlertsDeps {
  /** Tells people, unless they were told the same within the day. */
  tell(alert: LimitAlert): Promise<void>;
  clock: Clock;
}

/** Which shares of a limit are worth a word. */
export function sharesOver(used: number, limit: number): (80 | 95)[] {
  return ([80, 95] as const).filter((share) => used * 100 >= limit * share);
}

/** Notices limits that are nearly used up, and connections that have been slow for long. */
export class LimitAlerts {
  /** Since when a share of a level's limit has been used again and again. */
  readonly #full = new LRUCache<string, { since: number; lastAt: number }>({ max: 50_000 });
  readonly #asked = new LRUCache<string, number>({ max: 50_000 });
  #telling: Promise<void> = Promise.resolve();

  constructor(readonly deps: AlertsDeps) {}

  /** After each call that was let through. */
  used(subject: CallSubject, windows: readonly LevelWindow[], { usage }: Reading): void {
    const now = this.deps.clock.now().getTime();
    windows.forEach(({ name, rule, level }, at) => {
      const over = sharesOver((usage[at]?.used ?? 0) + 1, rule.limit);
      for (const share of [80, 95] as const) {
        if (!over.includes(share)) continue;
        const key = `${name}:${share}`;
        const known = this.#full.get(key);
        // Calls that waited go out together and leave together: a window that fills again at once was never free.
        const since = known && now - known.lastAt <= 2 * rule.windowMs ? known.since : now;
        this.#full.set(key, { since, lastAt: now });
        // A limit of a few calls is full with every one of them.
        const held = rule.limit >= FEW && now - since >= HELD_MS;
        if (held) this.#raise({ subject, kind: `limit_${share}`, level });
      }
    });
  }

  quota(subject: CallSubject, { limit, left }: Quota): void {
    for (const share of sharesOver(limit - left, limit))
      this.#raise({ subject, kind: `quota_${share}`, level: null });
  }

  pace(subject: CallSubject, lowestForMs: number): void {
    if (lowestForMs >= SLOW_MS) this.#raise({ subject, kind: 'slowed', level: null });
  }

  /** Resolves once everything noticed so far was passed on. */
  settled(): Promise<void> {
    return this.#telling;
  }

  #raise(alert: LimitAlert): void {
    const key = `${alert.subject.integrationId}:${alert.kind}`;
    const now = this.deps.clock.now().getTime();
    if (now - (this.#asked.get(key) ?? Number.NEGATIVE_INFINITY) < ASK_EVERY_MS) return;
    this.#asked.set(key, now);
    metrics.integrationLimitAlert(alert.subject.vendor, alert.kind);
    // One after the other: alerts of a connection are noted in the same document.
    this.#telling = this.#telling.then(() => this.#tell(alert));
  }

  async #tell(alert: LimitAlert): Promise<void> {
    try {
      await this.deps.tell(alert);
    } catch (error) {
      const { integrationId } = alert.subject;
      logger.error({ err: error, integrationId, kind: alert.kind }, 'a limit alert was not told');
    }
  }
}
