import { tzOffset } from '@date-fns/tz';
import { z } from 'zod';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const LOCAL = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2})$/;

/** Is this an IANA zone this machine knows? Fixed offsets (`+02:00`) are not zones: they know no daylight saving time. */
export function isZone(zone: string): boolean {
  if (!/^[A-Za-z]/.test(zone)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}

export const zoneSchema = z.string().max(64).refine(isZone, 'Use an IANA time zone, such as Europe/Berlin.');

/** Wall-clock time to the minute, `2026-03-29T02:30`, as it stands on a wall: without any zone. */
export const localTimeSchema = z
  .string()
  .refine(
    (text) => wallMilliseconds(text) !== undefined,
    'Use a real date and time, such as 2026-03-29T14:30.',
  );

/** A wall-clock time as if the wall stood in UTC; undefined for what is no calendar date and time. */
function wallMilliseconds(local: string): number | undefined {
  const match = LOCAL.exec(local);
  if (!match) return undefined;
  const milliseconds = Date.parse(`${local}:00Z`);
  // 30 February would roll over into March.
  if (Number.isNaN(milliseconds) || new Date(milliseconds).toISOString().slice(0, 16) !== local)
    return undefined;
  return milliseconds;
}

export type LocalKind = 'exact' | 'gap' | 'overlap';

/**
 * The instant of a wall-clock time in a zone.
 *
 * `gap`: the clocks skip that time; the instant lies after the gap by as much as the time lay inside it (02:30 becomes 03:30).
 * `overlap`: the clocks show it twice; the first is taken unless `later`.
 *
 * @throws RangeError when the time or the zone does not exist at all: validate both by schema first.
 */
export function resolveLocal(
  local: string,
  zone: string,
  disambiguation: 'earlier' | 'later' = 'earlier',
): { instant: Date; kind: LocalKind } {
  const wall = wallMilliseconds(local);
  if (wall === undefined) throw new RangeError(`${local} is not a local time.`);
  const before = offsetMs(zone, wall - DAY);
  const after = offsetMs(zone, wall + DAY);
  const fitting = [...new Set([before, after])]
    .map((offset) => wall - offset)
    .filter((instant) => instant + offsetMs(zone, instant) === wall)
    .sort((a, b) => a - b);
  const [first, second] = fitting;
  if (first === undefined) return { instant: new Date(wall - before), kind: 'gap' };
  if (second === undefined) return { instant: new Date(first), kind: 'exact' };
  return { instant: new Date(disambiguation === 'later' ? second : first), kind: 'overlap' };
}

/** What a clock on the wall of that zone shows, `YYYY-MM-DDTHH:mm`. */
export function localOf(instant: Date, zone: string): string {
  return new Date(instant.getTime() + offsetMs(zone, instant.getTime())).toISOString().slice(0, 16);
}

function offsetMs(zone: string, instant: number): number {
  const minutes = tzOffset(zone, new Date(instant));
  if (Number.isNaN(minutes)) throw new RangeError(`${zone} is not a time zone.`);
  return Math.round(minutes * MINUTE);
}
