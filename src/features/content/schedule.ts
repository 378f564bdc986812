import { ValidationError } from '@/core/errors';
import { localOf, resolveLocal } from '@/core/time/zones';
import type { PostSchedule, ScheduleRequest } from './schema';

/** A time this far back is a slow click, not a mistake. */
export const PAST_TOLERANCE_MS = 2 * 60_000;

/** When a post goes out; absent for a draft. */
export interface DueTime {
  dueAt: Date;
  localTime: string;
  zone: string;
  /** The queue slot this time is. */
  slotId?: string;
}

/** When a post goes out; channels whose time was found for them have their own. */
export interface PostDue extends DueTime {
  perChannel?: ReadonlyMap<string, DueTime>;
}

/** When one channel of a post goes out. */
export function dueOfChannel({ perChannel, ...due }: PostDue, connectionId: string): DueTime {
  return perChannel?.get(connectionId) ?? due;
}

/**
 * Turns what was asked for into an instant. A local time the clocks skip moves forward by the gap; one they show twice takes the
 * first unless `disambiguation` says `later`.
 * @param path of the schedule in the request, for the fault.
 * @throws ValidationError for a time more than two minutes past.
 */
export function resolveSchedule(
  asked: ScheduleRequest,
  now: Date,
  path = 'body.schedule',
): { schedule: PostSchedule; due: DueTime | null } {
  if (asked.mode === 'draft') return { schedule: { mode: 'draft' }, due: null };
  if (asked.mode === 'now') {
    const due = { dueAt: now, localTime: localOf(now, 'UTC'), zone: 'UTC' };
    return { schedule: { mode: 'now', dueAt: now }, due };
  }
  const { localTime, zone, disambiguation } = asked;
  if (asked.mode !== 'at') throw new RangeError(`The time of mode ${asked.mode} has to be found first.`);
  if (!localTime || !zone) throw ValidationError.at(path, 'Say the local time and its zone.');
  const { instant } = resolveLocal(localTime, zone, disambiguation);
  if (instant.getTime() < now.getTime() - PAST_TOLERANCE_MS) {
    throw ValidationError.at(`${path}.localTime`, `${localTime} in ${zone} has passed. Choose a later time.`);
  }
  return {
    schedule: { mode: 'at', localTime, zone, dueAt: instant, ...(disambiguation ? { disambiguation } : {}) },
    due: { dueAt: instant, localTime, zone },
  };
}

/** The stored schedule as a due time, for channels that join a post already planned. */
export function dueOf(schedule: PostSchedule): DueTime | null {
  const { dueAt, localTime, zone } = schedule;
  if (!dueAt) return null;
  return { dueAt, localTime: localTime ?? localOf(dueAt, 'UTC'), zone: zone ?? 'UTC' };
}
