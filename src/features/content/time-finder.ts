import { ConflictError, ValidationError } from '@/core/errors';
import type { Clock } from '@/core/time/clock';
import { isLocked } from './edit-plan';
import type { PlannedRun } from './run-planner';
import { type DueTime, type PostDue, resolveSchedule } from './schedule';
import type { Post, PostSchedule, ScheduleRequest, UpdatePostRequest } from './schema';

/** Why a channel got no time. `none`: it has no slots, or too few posts to tell; `full`: all are taken for months. */
export type NoTime = 'none' | 'full';

/** What content asks about times; queue slots and analytics answer it. */
export interface TimeSource {
  /** For each of these channels the next free time after `now`. @param zone in which hours of the week are counted. */
  next(
    organizationId: string,
    connectionIds: readonly string[],
    facts: { now: Date; zone: string },
  ): Promise<ReadonlyMap<string, DueTime | NoTime>>;
}

const REASONS: Record<'queue' | 'best', Record<NoTime, string>> = {
  queue: {
    none: 'This channel has no queue slots. Add one in the calendar, or choose a time.',
    full: 'Every queue slot of this channel is taken for half a year. Add slots, or choose a time.',
  },
  best: {
    none: 'There is not enough data for this channel yet: at least 20 measured posts of the last 90 days. Choose a time.',
    full: 'Posts are planned in every good hour of this channel already. Choose a time.',
  },
};

/** Turns what was asked for into instants: given, or found for each channel. */
export class TimeFinder {
  constructor(
    readonly sources: { queue: TimeSource; best: TimeSource },
    readonly clock: Clock,
  ) {}

  /**
   * @param channels every channel the schedule is for, in the order of the request.
   * @throws ValidationError naming the channels that have no slots or not enough data; ConflictError when all are taken.
   */
  async resolve(
    organizationId: string,
    asked: ScheduleRequest,
    channels: readonly string[],
  ): Promise<{ schedule: PostSchedule; due: PostDue | null }> {
    const now = this.clock.now();
    const { mode, zone = 'UTC' } = asked;
    if (mode !== 'queue' && mode !== 'best') return resolveSchedule(asked, now);
    if (channels.length === 0) throw ValidationError.at('body.channels', 'Choose at least one channel.');
    const found = await this.sources[mode].next(organizationId, channels, { now, zone });
    const perChannel = new Map<string, DueTime>();
    for (const [connectionId, time] of found)
      if (typeof time !== 'string') perChannel.set(connectionId, time);
    this.#requireAll(mode, channels, found);
    const [first] = [...perChannel.values()].sort((a, b) => a.dueAt.getTime() - b.dueAt.getTime());
    if (!first) throw ValidationError.at('body.schedule.mode', REASONS[mode].none);
    const { dueAt, localTime } = first;
    return {
      schedule: { mode: 'at', localTime, zone: first.zone, dueAt, chosenBy: mode },
      due: { dueAt, localTime, zone: first.zone, perChannel },
    };
  }

  /** The time an edit gives. Channels that are out or on their way need none; where only some move, the post keeps its own. */
  async ofEdit(
    before: Post,
    patch: Pick<UpdatePostRequest, 'channels' | 'connectionIds'>,
    asked: ScheduleRequest,
    runs: readonly PlannedRun[],
  ): Promise<{ schedule: PostSchedule; due: PostDue | null }> {
    const locked = new Set(runs.filter(isLocked).map((run) => run.connectionId));
    const open = (patch.channels ?? before.channels)
      .map((channel) => channel.connectionId)
      .filter((id) => !locked.has(id));
    const moving = patch.connectionIds ? open.filter((id) => patch.connectionIds?.includes(id)) : open;
    const time = await this.resolve(before.organizationId, asked, moving);
    const some = before.status !== 'draft' && moving.length < open.length;
    return some && time.due ? { ...time, schedule: before.schedule } : time;
  }

  #requireAll(
    mode: 'queue' | 'best',
    channels: readonly string[],
    found: ReadonlyMap<string, DueTime | NoTime>,
  ): void {
    const reasons = REASONS[mode];
    const faults = channels.flatMap((id, index) =>
      (found.get(id) ?? 'none') === 'none'
        ? [{ path: `body.channels.${index}.connectionId`, message: reasons.none }]
        : [],
    );
    if (faults.length > 0) throw new ValidationError(reasons.none, faults);
    const full = channels.filter((id) => found.get(id) === 'full');
    if (full.length > 0)
      throw new ConflictError(reasons.full, 'conflict', { details: { connectionIds: full } });
  }
}
