import 'server-only';
import type { Actor } from '@/core/auth/principal';
import { singleton } from '@/core/singletons';
import { localOf } from '@/core/time/zones';
import type { Post } from '@/features/content/schema';
import type { Run } from '../schema';
import { slotTimes } from '../slots/occurrences';
import type { SlotRepository } from '../slots/repository';
import type { CalendarRepository } from './repository';
import {
  type CalendarAnswer,
  type CalendarItem,
  type CalendarQuery,
  type CalendarSlot,
  conflictsOf,
  matchesFilters,
  OFF_CALENDAR,
} from './schema';

const TEXT_MAX = 140;

/** Everything that is planned or out in a stretch of time, in three questions to the database. */
export class CalendarService {
  constructor(
    readonly repository: CalendarRepository,
    readonly slots: Pick<SlotRepository, 'list'>,
  ) {}

  static getInstance(): CalendarService {
    return singleton<CalendarService>('CalendarService');
  }

  /** `[from, to)`, in order of time. Conflicts are told whatever the filters hide. */
  async calendar(actor: Actor, query: CalendarQuery): Promise<CalendarAnswer> {
    const { organizationId } = actor;
    const { zone } = query;
    const [page, slots] = await Promise.all([
      this.repository.runs(organizationId, query),
      this.slots.list(organizationId),
    ]);
    const runs = page.items.filter((run) => !OFF_CALENDAR.has(run.status));
    const posts = await this.repository.posts(runs.map((run) => run.postId));
    const items = runs.flatMap((run) => {
      const post = posts.get(run.postId);
      return post && post.organizationId === organizationId ? [itemOf(run, post, zone)] : [];
    });
    const shown = items.filter((item) => matchesFilters(item, query));
    const wanted = slots.filter(
      ({ connectionId }) => !query.channel?.length || query.channel.includes(connectionId),
    );
    const taken = new Map(items.map((item) => [`${item.connectionId} ${item.dueAt.getTime()}`, item.id]));
    return {
      items: shown,
      slots: slotTimes(wanted, query.from, query.to).map(
        ({ slotId, connectionId, at, label }): CalendarSlot => ({
          slotId,
          connectionId,
          at,
          label,
          shownAt: localOf(at, zone),
          takenBy: taken.get(`${connectionId} ${at.getTime()}`) ?? null,
        }),
      ),
      conflicts: conflictsOf(items),
      cursor: page.cursor,
    };
  }
}

function itemOf(run: Run, post: Post, zone: string): CalendarItem {
  return {
    id: run.id,
    postId: run.postId,
    connectionId: run.connectionId,
    platform: run.platform,
    status: run.status,
    dueAt: run.dueAt,
    shownAt: localOf(run.dueAt, zone),
    zone: run.zone,
    slotId: run.slotId,
    permalink: run.permalink ?? null,
    version: post.version,
    text: headline(post, run.connectionId),
    tags: post.tags,
    campaignId: post.campaignId ?? null,
    authorId: post.authorId,
    seriesId: post.series?.id ?? null,
    sandbox: run.platform === 'sandbox',
  };
}

function headline(post: Post, connectionId: string): string {
  const own = post.channels.find((channel) => channel.connectionId === connectionId)?.variant?.text;
  const line = (own ?? post.master.text).split('\n').find((one) => one.trim() !== '') ?? '';
  return line.trim().slice(0, TEXT_MAX);
}
