import { localOf, resolveLocal } from '@/core/time/zones';
import type { Slot } from './schema';

/** One instant at which a slot lies. */
export interface SlotTime {
  slotId: string;
  connectionId: string;
  at: Date;
  /** `2026-03-29T09:30`, as asked for: where the clocks skip it, `at` lies later. */
  localTime: string;
  zone: string;
  label: string;
}

type Weekly = Pick<Slot, 'id' | 'connectionId' | 'weekday' | 'localTime' | 'zone' | 'label'>;

const DAY = 24 * 3600_000;

/**
 * When slots lie in `[from, to)`, in order of time. Wall time stays, the instant follows the zone. Slots of one channel that
 * fall on the same instant are one.
 */
export function slotTimes(slots: readonly Weekly[], from: Date, to: Date): SlotTime[] {
  const seen = new Set<string>();
  return slots
    .flatMap((slot) => timesOf(slot, from, to))
    .sort((a, b) => a.at.getTime() - b.at.getTime() || a.slotId.localeCompare(b.slotId))
    .filter(({ connectionId, at }) => {
      const key = `${connectionId} ${at.getTime()}`;
      if (seen.has(key)) return false;
      seen.add(key);
      return true;
    });
}

function timesOf(slot: Weekly, from: Date, to: Date): SlotTime[] {
  const { id: slotId, connectionId, zone, label } = slot;
  const times: SlotTime[] = [];
  // A day to either side: a skipped time moves on, and zones are up to a day apart from UTC.
  const last = wallDay(to, zone) + DAY;
  for (let day = wallDay(from, zone) - DAY; day <= last; day += DAY) {
    if (isoWeekday(day) !== slot.weekday) continue;
    const localTime = `${new Date(day).toISOString().slice(0, 10)}T${slot.localTime}`;
    const { instant: at } = resolveLocal(localTime, zone);
    if (at >= from && at < to) times.push({ slotId, connectionId, at, localTime, zone, label });
  }
  return times;
}

/** The date on the wall, as if the wall stood in UTC. */
function wallDay(instant: Date, zone: string): number {
  return Date.parse(`${localOf(instant, zone).slice(0, 10)}T00:00:00Z`);
}

function isoWeekday(day: number): number {
  return ((new Date(day).getUTCDay() + 6) % 7) + 1;
}
