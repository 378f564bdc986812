import 'server-only';
import { TZDate } from '@date-fns/tz';
import type { PlatformDependencies } from '@/features/platforms/providers/deps';
import { PlatformError } from '@/features/platforms/providers/http';
import type { AccountFacts } from '@/features/platforms/providers/types';
import { untilPacificMidnight } from '@/features/platforms/providers/youtube/api';
import type { CapState } from '@/features/platforms/schema';

/** What is counted, and where the operator sets how much of it a day may have. */
const COUNTED = {
  uploads_day_app: { limit: 'YOUTUBE_UPLOADS_PER_DAY', word: 'uploads' },
  inbox_reads_day_app: { limit: 'YOUTUBE_INBOX_READS_PER_DAY', word: 'looks for comments' },
} as const;

/**
 * Uploads, or looks for comments, of the whole API project today. Google counts them by project and tells nobody, so we count our own: a post that
 * cannot go up today is told so, and its channel's allowance is shown, before a large file is on its way.
 * @see https://developers.google.com/youtube/v3/determine_quota_cost (2026-11-21)
 */
export class DailyQuota {
  constructor(
    readonly deps: Pick<PlatformDependencies, 'appUses' | 'clock' | 'env'>,
    readonly name: keyof typeof COUNTED,
  ) {}

  async state(): Promise<CapState> {
    const { window, endsAt } = this.#day();
    const limit = this.deps.env[COUNTED[this.name].limit];
    const used = await this.deps.appUses.uses('youtube', this.name, window);
    return {
      name: this.name,
      scope: 'app',
      limit,
      remaining: Math.max(0, limit - used),
      resetsAt: endsAt.toISOString(),
    };
  }

  async withCap(account: AccountFacts): Promise<AccountFacts> {
    return { ...account, limits: { ...account.limits, caps: [await this.state()] } };
  }

  /** @throws PlatformError `quota` until midnight Pacific time when today's allowance is used up. */
  async require(): Promise<void> {
    const { remaining, limit } = await this.state();
    if (remaining > 0) return;
    const error = new PlatformError(
      `This installation has used its ${limit} YouTube ${COUNTED[this.name].word} of today.`,
      {
        provider: 'youtube',
        kind: 'quota',
        retryable: true,
        retryAfterMs: untilPacificMidnight(this.deps.clock.now()),
        outcome: 'not_sent',
        vendorCode: this.name,
      },
    );
    error.scope = 'app';
    throw error;
  }

  async count(): Promise<void> {
    const { window, endsAt } = this.#day();
    await this.deps.appUses.countUse('youtube', this.name, window, endsAt);
  }

  #day(): { window: string; endsAt: Date } {
    const now = this.deps.clock.now();
    const { year, month, date } = pacific(now);
    return {
      window: `${year}-${String(month).padStart(2, '0')}-${String(date).padStart(2, '0')}`,
      endsAt: new Date(now.getTime() + untilPacificMidnight(now)),
    };
  }
}

function pacific(now: Date) {
  const here = new TZDate(now, 'America/Los_Angeles');
  return { year: here.getFullYear(), month: here.getMonth() + 1, date: here.getDate() };
}
