import 'server-only';
import type { Actor } from '@/core/auth/principal';
import { isAlreadyExists } from '@/core/db/db';
import { SystemError } from '@/core/errors';
import { singleton } from '@/core/singletons';
import { logger } from '@/core/telemetry/logger';
import type { Clock } from '@/core/time/clock';
import { localOf } from '@/core/time/zones';
import type { Post } from '../schema';
import type { ContentService } from '../service';
import type { SeriesRepository } from './repository';
import { type Occurrence, occurrencesOf } from './rule';
import { MATERIALISED_DAYS, occurrenceIdOf, type Series } from './schema';

/** Who a series acts for, with what they may do today. */
export interface ActorSource {
  /** Null for somebody who is no member any more. */
  actorOf(organizationId: string, userId: string): Promise<Actor | null>;
}

export interface MaterialiserDependencies {
  repository: SeriesRepository;
  posts: Pick<ContentService, 'create' | 'update' | 'delete'>;
  actors: ActorSource;
  clock: Clock;
}

const DAY = 24 * 3600_000;
/** Series of one sweep; the rest has the next night. */
const SWEEP_MAX = 500;
const AUTHOR_GONE =
  'Whoever began this series may not publish here any more, so nothing further is planned. End it and begin a new one.';

/** Makes posts of series, sixty days ahead, and keeps them in line. Everything here can be repeated. */
export class SeriesMaterialiser {
  constructor(readonly deps: MaterialiserDependencies) {}

  static getInstance(): SeriesMaterialiser {
    return singleton<SeriesMaterialiser>('SeriesMaterialiser');
  }

  /** For the nightly upkeep: whatever is less than sixty days ahead. */
  async sweep({ until }: { until: Date }): Promise<{ series: number; posts: number }> {
    const { repository, clock } = this.deps;
    const horizon = new Date(clock.now().getTime() + (MATERIALISED_DAYS - 1) * DAY);
    const counts = { series: 0, posts: 0 };
    for (const { id } of await repository.behind(horizon, SWEEP_MAX)) {
      if (clock.now() >= until) break;
      try {
        counts.posts += await this.reconcile(id);
        counts.series += 1;
      } catch (error) {
        logger.error({ err: error, seriesId: id }, 'a series could not be materialised');
      }
    }
    return counts;
  }

  /**
   * Brings the posts of a series in line with it: makes those that lack, withdraws those it no longer has, renews those that say
   * what it used to say. A post that somebody changed by itself is left alone.
   * @returns how many posts were made.
   */
  async reconcile(seriesId: string): Promise<number> {
    const { repository, actors, clock } = this.deps;
    const series = await repository.find(seriesId);
    if (!series) return 0;
    const now = clock.now();
    const to = new Date(now.getTime() + MATERIALISED_DAYS * DAY);
    const actor = await actors.actorOf(series.organizationId, series.authorId);
    if (!actor?.permissions.has('content.publish')) {
      await repository.update(seriesId, { problem: AUTHOR_GONE, materialisedTo: to });
      return 0;
    }
    const wanted = new Map(occurrencesOf(series, now, to).map((one) => [one.localTime, one]));
    // A skipped time lies behind its wall time by as much as the clocks skip.
    const since = localOf(new Date(now.getTime() - DAY), series.zone);
    const posts = await repository.posts(series, since);
    for (const post of posts) await this.#align(actor, series, post, wanted, now);
    const known = new Set(posts.map((post) => post.series?.localTime));
    const missing = [...wanted.values()].filter(({ localTime }) => !known.has(localTime));
    const { made, problem } = await this.#make(actor, series, missing);
    // With a problem it stays behind, so that the next night tries again.
    await repository.update(seriesId, { problem, ...(problem ? {} : { materialisedTo: to }) });
    return made;
  }

  async #align(
    actor: Actor,
    series: Series,
    post: Post,
    wanted: ReadonlyMap<string, Occurrence>,
    now: Date,
  ): Promise<void> {
    const { posts } = this.deps;
    const { dueAt } = post.schedule;
    if (!post.series || post.status !== 'scheduled' || isChangedByItself(post) || !dueAt || dueAt <= now)
      return;
    try {
      if (!wanted.has(post.series.localTime)) {
        if (post.series.localTime >= (series.endsBefore ?? '9')) await posts.delete(actor, post.id, false);
      } else if (post.series.contentHash !== series.contentHash || !sameTags(post, series)) {
        const as = { ...post.series, contentHash: series.contentHash };
        await posts.update(actor, post.id, post.version, contentOfSeries(series), as);
      }
    } catch (error) {
      // On its way, or changed meanwhile: it stays as it is.
      if (!(error instanceof SystemError) || error.status >= 500) throw error;
      logger.info({ postId: post.id, code: error.code }, 'an occurrence keeps what it says');
    }
  }

  async #make(
    actor: Actor,
    series: Series,
    occurrences: readonly Occurrence[],
  ): Promise<{ made: number; problem: string | null }> {
    let made = 0;
    const { zone, disambiguation, contentHash } = series;
    for (const { localTime } of occurrences) {
      const as = {
        id: occurrenceIdOf(series.id, localTime),
        series: { id: series.id, localTime, contentHash },
      };
      const { thread, firstComment, ...content } = contentOfSeries(series);
      const schedule = { mode: 'at' as const, localTime, zone, disambiguation };
      const request = {
        ...content,
        schedule,
        ...(thread ? { thread } : {}),
        ...(firstComment ? { firstComment } : {}),
      };
      try {
        await this.deps.posts.create(actor, request, as);
        made += 1;
      } catch (error) {
        if (isAlreadyExists(error)) continue;
        if (!(error instanceof SystemError) || error.status >= 500) throw error;
        // What refuses one occurrence (a rule, the plan, a channel that is gone) refuses the others.
        return { made, problem: error.message };
      }
    }
    return { made, problem: null };
  }
}

/** Other words than its series gave it, or another time. */
function isChangedByItself({ series, contentHash, schedule }: Post): boolean {
  return (
    series !== undefined && (series.contentHash !== contentHash || schedule.localTime !== series.localTime)
  );
}

function sameTags(post: Post, series: Series): boolean {
  return post.tags.join('\n') === series.tags.join('\n') && post.campaignId === series.campaignId;
}

function contentOfSeries({ master, channels, thread, firstComment, tags, campaignId }: Series) {
  return {
    master,
    channels: channels.map(({ platform: _, ...channel }) => channel),
    thread: thread ?? null,
    firstComment: firstComment ?? null,
    tags,
    ...(campaignId ? { campaignId } : {}),
  };
}
