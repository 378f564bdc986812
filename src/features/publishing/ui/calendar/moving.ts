import { localOf, resolveLocal } from '@/core/time/zones';
import type { ScheduleRequest } from '@/features/content/schema';
import type { RunStatus } from '../../schema';
import { BEFORE_INTENT_STATUSES } from '../../states';
import type { Cell } from './calendar-days';

/** What moving a post means. Pure. */

/** Nothing of it is out or on its way. */
export function isMovable(status: RunStatus): boolean {
  return BEFORE_INTENT_STATUSES.has(status) || status === 'failed';
}

/**
 * Where a post lands that is dropped on a cell: on another day at its own time, in another hour at its own minute, both on the
 * clocks the calendar shows.
 */
export function landingOf(at: Date, cell: Cell, zone: string): Date {
  const own = localOf(at, zone);
  const time = cell.hour === null ? own.slice(11) : `${String(cell.hour).padStart(2, '0')}:${own.slice(14)}`;
  return resolveLocal(`${cell.date}T${time}`, zone).instant;
}

/** Why a drop is refused; null when it is not. */
export function refusalOf(landing: Date, now: Date): 'past' | null {
  return landing <= now ? 'past' : null;
}

/** The request that plans an instant in the zone the post was planned in, so that its wall time stays true to that zone. */
export function scheduleFor(instant: Date, zone: string): ScheduleRequest {
  const localTime = localOf(instant, zone);
  const first = resolveLocal(localTime, zone).instant;
  const later = first.getTime() !== instant.getTime();
  return { mode: 'at', localTime, zone, ...(later ? { disambiguation: 'later' as const } : {}) };
}
