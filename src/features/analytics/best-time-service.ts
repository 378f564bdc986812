import 'server-only';
import type { Actor } from '@/core/auth/principal';
import { NotFoundError } from '@/core/errors';
import { singleton } from '@/core/singletons';
import type { Clock } from '@/core/time/clock';
import { nextBestHour, type WeekScores, weekScores } from './best-times';
import type { AnalyticsRepository } from './repository';
import { BEST_TIMES, type BestTimes, type BestTimesQuery } from './schema';

/** What best times need to know of channels and of what is planned on them. */
export interface ChannelPlans {
  exists(organizationId: string, connectionId: string): Promise<boolean>;
  /** Instants after `from` at which something is planned. */
  taken(organizationId: string, connectionId: string, from: Date): Promise<Set<number>>;
}

const HOUR = 3600_000;
const DAY = 24 * HOUR;
/** A post measured earlier than this has not shown yet how it does; the daily measurement may come a little early. */
const SETTLED_MS = 23 * HOUR;

interface FoundTime {
  dueAt: Date;
  localTime: string;
  zone: string;
}

/** When to post, learned from a channel's own posts and from nothing else. */
export class BestTimeService {
  constructor(
    readonly repository: Pick<AnalyticsRepository, 'channelPostsSince'>,
    readonly plans: ChannelPlans,
    readonly clock: Clock,
  ) {}

  static getInstance(): BestTimeService {
    return singleton<BestTimeService>('BestTimeService');
  }

  /** @throws NotFoundError for a channel of another organisation. */
  async bestTimes(actor: Actor, { connectionId, zone }: BestTimesQuery): Promise<BestTimes> {
    const { organizationId } = actor;
    if (!(await this.plans.exists(organizationId, connectionId))) throw new NotFoundError('This channel');
    const now = this.clock.now();
    const week = await this.#week(organizationId, connectionId, now, zone);
    const next = await this.#next(week, organizationId, connectionId, { now, zone });
    return { ...week, needed: BEST_TIMES.postsNeeded, next };
  }

  /** For planning: each channel's next good hour; `none` without enough data. */
  async next(
    organizationId: string,
    connectionIds: readonly string[],
    facts: { now: Date; zone: string },
  ): Promise<Map<string, FoundTime | 'none' | 'full'>> {
    const found = await Promise.all(
      connectionIds.map(async (connectionId): Promise<[string, FoundTime | 'none' | 'full']> => {
        const week = await this.#week(organizationId, connectionId, facts.now, facts.zone);
        const stands = week.hours.some(({ score }) => week.mean !== null && score > week.mean);
        if (!stands) return [connectionId, 'none'];
        const next = await this.#next(week, organizationId, connectionId, facts);
        return [connectionId, next ?? 'full'];
      }),
    );
    return new Map(found);
  }

  async #week(organizationId: string, connectionId: string, now: Date, zone: string): Promise<WeekScores> {
    const from = new Date(now.getTime() - BEST_TIMES.days * DAY);
    const posts = await this.repository.channelPostsSince(organizationId, connectionId, from);
    const settled = posts.filter(
      ({ since, measuredAt }) => measuredAt !== null && measuredAt.getTime() - since.getTime() >= SETTLED_MS,
    );
    return weekScores(settled, zone);
  }

  async #next(
    week: WeekScores,
    organizationId: string,
    connectionId: string,
    { now, zone }: { now: Date; zone: string },
  ): Promise<FoundTime | null> {
    if (!week.enough) return null;
    const taken = await this.plans.taken(organizationId, connectionId, now);
    const found = nextBestHour(week, { now, zone, taken });
    return found && { ...found, zone };
  }
}
