import 'server-only';
import type { Tx } from '@/core/db/db';
import { ValidationError } from '@/core/errors';
import type { Outbox } from '@/core/events/outbox';
import type { Ids } from '@/core/ids';
import { seriesChanged } from '../events';
import type { ScheduleRequest, UnsavedPost } from '../schema';
import type { SeriesRepository } from './repository';
import { requireRule } from './rule';
import type { UnsavedSeries } from './schema';

/** A post as the first occurrence of a series that begins with it. */
export interface Beginning {
  post: UnsavedPost;
  /** In the transaction that writes the post. */
  storeIn(tx: Tx): void;
}

/**
 * Begins a series where the schedule repeats. The post keeps its own name; those that follow get theirs from the series.
 * @returns null where nothing repeats.
 * @throws ValidationError for a rule that cannot be, or a post that repeats already.
 */
export function beginSeries(
  deps: { series: SeriesRepository; outbox: Outbox; ids: Ids },
  post: UnsavedPost,
  schedule: ScheduleRequest | undefined,
): Beginning | null {
  const { rrule, localTime, zone, disambiguation } = schedule ?? {};
  if (!rrule || !localTime || !zone) return null;
  const path = 'body.schedule.rrule';
  if (post.series) throw ValidationError.at(path, 'This post repeats already. Change its series instead.');
  requireRule({ rrule, localTime, zone }, path);
  const { organizationId, authorId, master, channels, thread, firstComment, tags, campaignId, contentHash } =
    post;
  const series: UnsavedSeries = {
    id: deps.ids.next('ser'),
    organizationId,
    authorId,
    status: 'active',
    rrule,
    localTime,
    zone,
    ...(disambiguation ? { disambiguation } : {}),
    endsBefore: null,
    master,
    channels,
    ...(thread ? { thread } : {}),
    ...(firstComment ? { firstComment } : {}),
    tags,
    ...(campaignId ? { campaignId } : {}),
    contentHash,
    version: 1,
    materialisedTo: new Date(0),
    problem: null,
  };
  return {
    post: { ...post, series: { id: series.id, localTime, contentHash } },
    storeIn(tx) {
      deps.series.createIn(tx, series);
      deps.outbox.append(tx, seriesChanged, { seriesId: series.id, organizationId });
    },
  };
}
