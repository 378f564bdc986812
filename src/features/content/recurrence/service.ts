import 'server-only';
import type { Actor } from '@/core/auth/principal';
import type { Page, PageQuery } from '@/core/db/cursor';
import { ConflictError, ForbiddenError, NotFoundError, ValidationError } from '@/core/errors';
import type { Outbox } from '@/core/events/outbox';
import type { Ids } from '@/core/ids';
import { singleton } from '@/core/singletons';
import type { Clock } from '@/core/time/clock';
import { seriesChanged } from '../events';
import { requireVersion } from '../if-match';
import { given } from '../post-shape';
import { requireMayPublish } from '../references';
import type { PostChannel } from '../schema';
import { type ContentValidator, requireNoErrors } from '../validation';
import { contentHash } from '../variant';
import type { SeriesRepository } from './repository';
import { countBefore, type Occurrence, occurrencesOf, requireRule, withoutFirst } from './rule';
import type { ChangeSeries, Series, UnsavedSeries } from './schema';

export interface RecurrenceDependencies {
  repository: SeriesRepository;
  validator: ContentValidator;
  outbox: Outbox;
  clock: Clock;
  ids: Ids;
}

const YEAR = 366 * 24 * 3600_000;

/** Series as people change them. Their posts follow by the event, at least once. */
export class RecurrenceService {
  constructor(readonly deps: RecurrenceDependencies) {}

  static getInstance(): RecurrenceService {
    return singleton<RecurrenceService>('RecurrenceService');
  }

  list(actor: Actor, query: PageQuery): Promise<Page<Series>> {
    return this.deps.repository.list(actor.organizationId, query);
  }

  /** @throws NotFoundError */
  async get(actor: Actor, id: string): Promise<Series> {
    const series = await this.deps.repository.get(actor.organizationId, id);
    if (!series) throw new NotFoundError('This series');
    return series;
  }

  /**
   * Changes what is still to come. New words for all keep the series; a new time, and words for those that follow, end it there
   * and begin another one.
   * @returns the series that goes on.
   * @throws ValidationError, SystemError `rules_violated`, ConflictError `stale_version` or for a series that has ended.
   */
  async change(actor: Actor, id: string, version: number, change: ChangeSeries): Promise<Series> {
    const { repository, outbox } = this.deps;
    const before = await this.#own(actor, id);
    requireVersion(before, version);
    if (before.status === 'ended') throw new ConflictError('This series has ended. Begin a new one.');
    const content = await this.#content(actor, before, change);
    const { organizationId } = actor;
    if (change.scope === 'all' && !change.schedule) {
      await repository.run(async (tx) => {
        requireVersion((await repository.getIn(tx, id)) ?? { version: 0 }, version);
        repository.updateIn(tx, id, { ...content, version: version + 1 });
        outbox.append(tx, seriesChanged, { seriesId: id, organizationId });
      });
      return this.get(actor, id);
    }
    const at = this.#cut(before, change.from);
    const next = this.#continuation(actor, { ...before, ...content }, change, at);
    await repository.run(async (tx) => {
      requireVersion((await repository.getIn(tx, id)) ?? { version: 0 }, version);
      repository.updateIn(tx, id, { status: 'ended', endsBefore: at, version: version + 1 });
      repository.createIn(tx, next);
      outbox.append(tx, seriesChanged, { seriesId: id, organizationId });
      outbox.append(tx, seriesChanged, { seriesId: next.id, organizationId });
    });
    return this.get(actor, next.id);
  }

  /** Nothing of it happens from `from` on; default: from the next occurrence on. What was changed by itself stays planned. */
  async end(actor: Actor, id: string, version: number, from: string | undefined): Promise<Series> {
    const { repository, outbox } = this.deps;
    const series = await this.#own(actor, id);
    requireVersion(series, version);
    const endsBefore = from ?? this.#next(series)?.localTime ?? series.endsBefore ?? series.localTime;
    const earliest = series.endsBefore && series.endsBefore < endsBefore ? series.endsBefore : endsBefore;
    await repository.run(async (tx) => {
      requireVersion((await repository.getIn(tx, id)) ?? { version: 0 }, version);
      repository.updateIn(tx, id, {
        status: 'ended',
        endsBefore: earliest,
        version: version + 1,
        problem: null,
      });
      outbox.append(tx, seriesChanged, { seriesId: id, organizationId: actor.organizationId });
    });
    return this.get(actor, id);
  }

  /** @throws ForbiddenError for a series of somebody else, unless the caller manages all content. */
  async #own(actor: Actor, id: string): Promise<Series> {
    const series = await this.get(actor, id);
    if (series.authorId === actor.userId || actor.permissions.has('content.manage')) return series;
    throw new ForbiddenError('Only whoever began this series, or an admin, can change it.');
  }

  async #content(actor: Actor, before: Series, change: ChangeSeries) {
    const { validator, clock } = this.deps;
    const { scope: _, from: __, schedule: ___, ...changes } = change;
    const merged = { ...before, ...given(changes) };
    const references = await validator.references(actor.organizationId, merged);
    const channels = merged.channels.map((channel): PostChannel => {
      const connection = references.connections.get(channel.connectionId);
      if (!connection) throw new NotFoundError('This channel');
      return { ...channel, platform: connection.platform };
    });
    const content = {
      master: merged.master,
      channels,
      thread: merged.thread ?? undefined,
      firstComment: merged.firstComment ?? undefined,
    };
    const ids = channels.map((channel) => channel.connectionId);
    requireMayPublish(actor, content, ids, references);
    requireNoErrors(
      await validator.findings(content, ids, references, new Date(clock.now().getTime() + YEAR)),
    );
    const { thread, firstComment, ...rest } = content;
    return {
      ...rest,
      thread: thread ?? [],
      firstComment: firstComment ?? '',
      tags: merged.tags,
      contentHash: await contentHash({ ...content, thread: thread?.length ? thread : undefined }),
    };
  }

  /** The occurrence at which a change begins. @throws ValidationError for one that is none, or has passed. */
  #cut(series: Series, from: string | undefined): string {
    const at = from ?? this.#next(series)?.localTime;
    const now = this.deps.clock.now();
    const occurrence = at ? occurrencesOf(series, now, new Date(now.getTime() + 2 * YEAR)) : [];
    if (at && occurrence.some((one) => one.localTime === at)) return at;
    throw ValidationError.at('body.from', 'The series has no such occurrence to come.');
  }

  #next(series: Series): Occurrence | undefined {
    const now = this.deps.clock.now();
    return occurrencesOf(series, now, new Date(now.getTime() + 2 * YEAR))[0];
  }

  #continuation(actor: Actor, before: Series, change: ChangeSeries, at: string): UnsavedSeries {
    const { schedule } = change;
    const { createdAt: _, updatedAt: __, disambiguation: ___, ...kept } = before;
    const rrule = schedule?.rrule ?? withoutFirst(before.rrule, countBefore(before, at));
    const zone = schedule?.zone ?? before.zone;
    const localTime = schedule?.localTime ?? at;
    const disambiguation = schedule ? schedule.disambiguation : before.disambiguation;
    requireRule({ rrule, localTime, zone }, 'body.schedule.rrule');
    return {
      ...kept,
      id: this.deps.ids.next('ser'),
      authorId: actor.userId,
      status: 'active',
      rrule,
      zone,
      localTime,
      ...(disambiguation ? { disambiguation } : {}),
      endsBefore: null,
      version: 1,
      materialisedTo: new Date(0),
      problem: null,
    };
  }
}
