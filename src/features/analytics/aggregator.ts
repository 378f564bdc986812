import 'server-only';
import { isAlreadyExists } from '@/core/db/db';
import type { EventBus } from '@/core/events/bus';
import { singleton } from '@/core/singletons';
import type { Clock } from '@/core/time/clock';
import { dayKey, monthKey } from '@/core/time/periods';
import type { PlatformId } from '@/features/platforms/schema';
import { analyticsUpdated } from './events';
import { engagementsOf, growthOf, latestOf } from './growth';
import { rebuildRollups } from './rebuild';
import type { AnalyticsRepository, Contribution } from './repository';
import { stepTime } from './schedule';
import type { Measured, Subject } from './schema';

const POINT_KEEP_MS = 760 * 24 * 3600_000;

export interface PublishedPost {
  runId: string;
  postId: string;
  organizationId: string;
  connectionId: string;
  platform: PlatformId;
  permalink: string | null;
  publishedAt: Date;
}

export interface ConnectedChannel {
  connectionId: string;
  organizationId: string;
  platform: PlatformId;
}

/**
 * Keeps the roll-ups: each publication and each measured point adds to its day and month once, whatever is delivered twice, and
 * everything can be rebuilt from the raw points.
 */
export class DataAggregator {
  static getInstance(): DataAggregator {
    return singleton<DataAggregator>('DataAggregator');
  }

  constructor(
    readonly repository: AnalyticsRepository,
    readonly bus: EventBus,
    readonly clock: Clock,
  ) {}

  /** Counts a post that went out, and begins to measure it. @returns when it is measured first; null when it was known. */
  async published(post: PublishedPost): Promise<Date | null> {
    const { organizationId, connectionId, platform, postId, permalink, publishedAt } = post;
    const first = stepTime(0, publishedAt, post.runId);
    const day = dayKey(publishedAt);
    const created = this.repository.run(async (tx) => {
      this.repository.createSubjectIn(tx, post.runId, {
        organizationId,
        connectionId,
        platform,
        kind: 'post',
        postId,
        permalink,
        since: publishedAt,
        month: monthKey(publishedAt),
        latest: {},
        engagements: 0,
        measuredAt: null,
        nextPullAt: first,
        step: 0,
        failures: 0,
        stopped: null,
      });
      this.repository.contributeIn(tx, { organizationId, connectionId, day, sums: { posts: 1 } });
      return first;
    });
    const at = await created.catch(ignoreKnown);
    if (at) await this.#announce(organizationId, connectionId, [day]);
    return at;
  }

  /** Begins, or takes up again, to measure a channel once a day. @returns when it is measured first. */
  async connected(channel: ConnectedChannel): Promise<Date> {
    const now = this.clock.now();
    return this.repository.run(async (tx) => {
      const known = await this.repository.subjectIn(tx, channel.connectionId);
      const again = { nextPullAt: now, failures: 0, stopped: null };
      if (known) this.repository.updateSubjectIn(tx, channel.connectionId, again);
      else
        this.repository.createSubjectIn(tx, channel.connectionId, {
          organizationId: channel.organizationId,
          connectionId: channel.connectionId,
          platform: channel.platform,
          kind: 'channel',
          postId: null,
          permalink: null,
          since: now,
          month: monthKey(now),
          latest: {},
          engagements: 0,
          measuredAt: null,
          step: 0,
          ...again,
        });
      return now;
    });
  }

  async disconnected(connectionId: string): Promise<void> {
    await this.repository.run(async (tx) => {
      const known = await this.repository.subjectIn(tx, connectionId);
      if (known)
        this.repository.updateSubjectIn(tx, connectionId, { nextPullAt: null, stopped: 'disconnected' });
    });
  }

  /**
   * Stores a measured point and adds what grew since the one before. The same bucket again changes nothing; a point older than
   * the newest is kept but adds nothing, since the newest already counted its growth.
   * @param next what the schedule says comes after it.
   * @returns whether the point was new.
   */
  async record(
    subjectId: string,
    point: { bucket: string; metrics: Measured; measuredAt: Date },
    next: Pick<Subject, 'nextPullAt' | 'step'>,
  ): Promise<boolean> {
    const stored = this.repository.run(async (tx) => {
      const subject = await this.repository.subjectIn(tx, subjectId);
      if (!subject) return null;
      const { organizationId, connectionId, platform, kind } = subject;
      const { bucket, metrics, measuredAt } = point;
      const late = subject.measuredAt !== null && measuredAt < subject.measuredAt;
      this.repository.createPointIn(tx, {
        organizationId,
        connectionId,
        platform,
        kind,
        subjectId,
        bucket,
        measuredAt,
        metrics,
        expiresAt: new Date(measuredAt.getTime() + POINT_KEEP_MS),
      });
      const latest = late ? subject.latest : latestOf(subject.latest, metrics);
      this.repository.updateSubjectIn(tx, subjectId, {
        ...next,
        failures: 0,
        ...(late ? {} : { latest, engagements: engagementsOf(latest), measuredAt }),
      });
      if (!late) this.repository.contributeIn(tx, contributionOf(subject, metrics, measuredAt));
      return subject;
    });
    const subject = await stored.catch(ignoreKnown);
    if (subject) {
      const day = dayKey(point.measuredAt);
      await this.#announce(subject.organizationId, subject.connectionId, [day]);
    }
    return subject !== null;
  }

  /**
   * Computes the roll-ups of whole UTC months anew from raw points and publications. Points are kept for about two years; older
   * months stay as they are.
   * @param months `2026-03`
   * @throws RangeError for a month whose points are gone.
   */
  async rebuild(organizationId: string, months: readonly string[]): Promise<{ rollups: number }> {
    const oldest = monthKey(new Date(this.clock.now().getTime() - POINT_KEEP_MS));
    const gone = months.find((month) => month <= oldest);
    if (gone)
      throw new RangeError(`The points of ${gone} are no longer kept; its roll-ups stay as they are.`);
    let rollups = 0;
    for (const month of months) rollups += await rebuildRollups(this.repository, organizationId, month);
    return { rollups };
  }

  #announce(organizationId: string, connectionId: string, days: string[]): Promise<void> {
    return this.bus.emit(analyticsUpdated, { organizationId, connectionId, days });
  }
}

function contributionOf(subject: Subject, metrics: Measured, measuredAt: Date): Contribution {
  const { organizationId, connectionId, kind } = subject;
  const followers = kind === 'channel' ? metrics.followers : undefined;
  return {
    organizationId,
    connectionId,
    day: dayKey(measuredAt),
    // A channel's own impressions and the like would count its posts twice.
    sums: kind === 'post' ? growthOf(subject.latest, metrics) : {},
    ...(typeof followers === 'number' ? { followers } : {}),
  };
}

/** Known already: delivered twice, or measured by somebody else at the same time. */
function ignoreKnown(error: unknown): null {
  if (isAlreadyExists(error)) return null;
  throw error;
}
