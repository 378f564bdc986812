import 'server-only';
import type { Version } from '@/core/db/db';
import { singleton } from '@/core/singletons';
import { logger } from '@/core/telemetry/logger';
import type { Clock } from '@/core/time/clock';
import type { Balance } from './ledger-transaction';
import type { OwnerLanes } from './owner-lanes';
import { dueRefreshes } from './refresh-periods';
import type { DueOwner, TokenRepository } from './repository';

export interface RefreshReport {
  /** Owners whose next period had begun. */
  due: number;
  refreshed: number;
  /** Stay due; the next run tries them again. */
  failed: number;
  durationMs: number;
  /** False: the time was up and some are left. */
  finished: boolean;
}

const PAGE = 200;
const AT_ONCE = 16;

/**
 * Begins the next period of everybody whose period is over: what is left of the old allocation lapses, the new one comes, bought
 * tokens and reservations stay. Safe to run twice, at any time and in several places: a period is granted under its own name.
 */
export class TokenRefresh {
  static getInstance(): TokenRefresh {
    return singleton<TokenRefresh>('TokenRefresh');
  }

  constructor(
    readonly repository: TokenRepository,
    readonly lanes: OwnerLanes,
    readonly clock: Clock,
    readonly elapsed: () => number = () => performance.now(),
  ) {}

  /** Works page by page, in bounded memory. One owner that cannot be refreshed is logged, counted and passed over. */
  async run(limits: { until: Date; signal: AbortSignal }): Promise<RefreshReport> {
    const started = this.elapsed();
    const now = this.clock.now();
    const report: RefreshReport = { due: 0, refreshed: 0, failed: 0, durationMs: 0, finished: false };
    const timeIsUp = () => limits.signal.aborted || this.clock.now() >= limits.until;
    let after: DueOwner | null = null;
    while (!timeIsUp()) {
      const page: DueOwner[] = await this.repository.dueForRefresh(now, PAGE, after);
      after = page.at(-1) ?? null;
      const left = [...page];
      const worker = async () => {
        for (let owner = left.shift(); owner; owner = left.shift()) {
          if (timeIsUp()) {
            left.unshift(owner);
            return;
          }
          report.due += 1;
          report[await this.#refresh(owner, now)] += 1;
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, worker));
      report.finished = left.length === 0 && page.length < PAGE;
      if (report.finished) break;
    }
    report.durationMs = Math.round(this.elapsed() - started);
    return report;
  }

  async #refresh(owner: DueOwner, now: Date): Promise<'refreshed' | 'failed'> {
    try {
      let known: Version<Balance> | undefined = owner.read();
      const commands = dueRefreshes({ ...known.data, ownerId: owner.ownerId }, now);
      await this.lanes.alone(owner.ownerId, () => {
        const seen = known;
        // When it has changed since, it is read anew; a period that somebody else began stays as it is.
        known = undefined;
        return this.repository.post(owner.ownerId, commands, seen);
      });
      return 'refreshed';
    } catch (error) {
      logger.error({ err: error, ownerId: owner.ownerId }, 'a token balance could not be refreshed');
      return 'failed';
    }
  }
}
