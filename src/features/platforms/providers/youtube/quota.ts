import 'server-only';
import { TZDate } from '@date-fns/tz';
import type { PlatformDependencies } from '@/features/platforms/providers/deps';
import { PlatformError } from '@/features/platforms/providers/http';
import type { AccountFacts } from '@/features/platforms/providers/types';
import { untilPacificMidnight } from '@/features/platforms/providers/youtube/api';
import type { CapState } from '@/features/platforms/schema';

const NAME = 'uploads_day_app';

/**
 * Uploads of the whole API project today. Google counts them by project and tells nobody, so we count our own: a post that
 * cannot go up today is told so, and its channel's allowance is shown, before a large file is on its way.
 * @see https://developers.google.com/youtube/v3/determine_quota_cost (2026-11-21)
 */
export class UploadQuota {
  constructor(readonly deps: Pick<PlatformDependencies, 'appUses' | 'clock' | 'env'>) {}

  async state(): Promise<CapState> {
    const { window, endsAt } = this.#day();
    const limit = this.deps.env.YOUTUBE_UPLOADS_PER_DAY;
    const used = await this.deps.appUses.uses('youtube', NAME, window);
    return {
      name: NAME,
      scope: 'app',
      limit,
      remaining: Math.max(0, limit - used),
      resetsAt: endsAt.toISOString(),
    };
  }

  async withCap(account: AccountFacts): Promise<AccountFacts> {
    return { ...account, limits: { ...account.limits, caps: [await this.state()] } };
  }

  /** @throws PlatformError `quota` until midnight Pacific time when today's uploads are used up. */
  async require(): Promise<void> {
    const { remaining, limit } = await this.state();
    if (remaining > 0) return;
    const error = new PlatformError(`This installation has used its ${limit} YouTube uploads of today.`, {
      provider: 'youtube',
      kind: 'quota',
      retryable: true,
      retryAfterMs: untilPacificMidnight(this.deps.clock.now()),
      outcome: 'not_sent',
      vendorCode: NAME,
    });
    error.scope = 'app';
    throw error;
  }

  async count(): Promise<void> {
    const { window, endsAt } = this.#day();
    await this.deps.appUses.countUse('youtube', NAME, window, endsAt);
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
