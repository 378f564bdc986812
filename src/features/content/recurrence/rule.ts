import { RRuleTemporal } from 'rrule-temporal';
import { Temporal } from 'temporal-polyfill';
import { ValidationError } from '@/core/errors';
import { localOf, resolveLocal } from '@/core/time/zones';
import type { Series } from './schema';

/**
 * Repetition on the wall: a rule is expanded over wall times, which know no zone, and only then does each occurrence become an
 * instant. So 09:00 stays 09:00, whatever the clocks do. Pure.
 */

export interface Occurrence {
  /** What the rule says, and what names the occurrence. */
  localTime: string;
  /** A skipped time lies later, a doubled one is the first unless `later`. */
  dueAt: Date;
}

export type Repetition = Pick<Series, 'rrule' | 'localTime' | 'zone'> & {
  disambiguation?: Series['disambiguation'] | undefined;
  endsBefore?: string | null | undefined;
};

const PARTS = new Set([
  'FREQ',
  'INTERVAL',
  'COUNT',
  'UNTIL',
  'BYDAY',
  'BYMONTHDAY',
  'BYMONTH',
  'BYYEARDAY',
  'BYWEEKNO',
  'BYSETPOS',
  'WKST',
]);
const FREQUENCIES = new Set(['DAILY', 'WEEKLY', 'MONTHLY', 'YEARLY']);
const COUNT_MAX = 1_000;
const INTERVAL_MAX = 1_000;
const DAY = 24 * 3600_000;
/** A rule that never fits must not be sought for ever. */
const SEARCH_YEARS = 30;

/**
 * Checks a rule for posts: days and longer, at one time of day.
 * @throws ValidationError at `path`.
 */
export function requireRule(repetition: Repetition, path: string): void {
  const fault = (message: string) => ValidationError.at(path, message);
  const parts = partsOf(repetition.rrule);
  for (const name of parts.keys())
    if (!PARTS.has(name))
      throw fault(`${name || 'An empty part'} is not a part of a rule that posts can repeat by.`);
  if (!FREQUENCIES.has(parts.get('FREQ') ?? '')) throw fault('Say FREQ: DAILY, WEEKLY, MONTHLY or YEARLY.');
  const within = (name: string, most: number) => {
    const text = parts.get(name);
    if (text !== undefined && !(/^\d{1,4}$/.test(text) && Number(text) >= 1 && Number(text) <= most))
      throw fault(`${name} is a number from 1 to ${most}.`);
  };
  within('COUNT', COUNT_MAX);
  within('INTERVAL', INTERVAL_MAX);
  if (parts.has('COUNT') && parts.has('UNTIL')) throw fault('Give COUNT or UNTIL, not both.');
  let first: string | undefined;
  try {
    first = firstOf(repetition);
  } catch (error) {
    throw fault(
      error instanceof Error ? `This rule cannot be read: ${error.message}.` : 'This rule cannot be read.',
    );
  }
  if (!first) throw fault('No time fits this rule.');
  if (first !== repetition.localTime)
    throw fault(`The first time does not fit the rule. The first one that does is ${first}.`);
}

/** Occurrences whose instant lies in `[from, to)`, in order. The rule must have been checked. */
export function occurrencesOf(repetition: Repetition, from: Date, to: Date): Occurrence[] {
  const { zone, disambiguation, endsBefore } = repetition;
  // A day to either side: skipped times move on, and the wall is up to a day apart from UTC.
  const window = [from.getTime() - DAY * 1.5, to.getTime() + DAY * 1.5] as const;
  const found = wallRule(repetition).between(new Date(window[0]), new Date(window[1]), true);
  return found
    .map((at) => at.toPlainDateTime().toString({ smallestUnit: 'minute' }))
    .filter((localTime) => !endsBefore || localTime < endsBefore)
    .map((localTime) => ({ localTime, dueAt: resolveLocal(localTime, zone, disambiguation).instant }))
    .filter(({ dueAt }) => dueAt >= from && dueAt < to);
}

/** How many occurrences lie before a wall time; what a split takes from COUNT. */
export function countBefore(repetition: Repetition, localTime: string): number {
  const to = new Date(`${localTime}:00Z`);
  return wallRule(repetition)
    .between(new Date(`${repetition.localTime}:00Z`), to, true)
    .filter((at) => at.epochMilliseconds < to.getTime()).length;
}

/** The rule with as many occurrences fewer. */
export function withoutFirst(rrule: string, occurrences: number): string {
  return rrule.replace(/COUNT=(\d+)/i, (_, count: string) => `COUNT=${Number(count) - occurrences}`);
}

function firstOf(repetition: Repetition): string | undefined {
  const start = new Date(`${repetition.localTime}:00Z`);
  const end = new Date(start);
  end.setUTCFullYear(end.getUTCFullYear() + SEARCH_YEARS);
  let first: string | undefined;
  wallRule(repetition).all((at) => {
    if (at.epochMilliseconds <= end.getTime())
      first = at.toPlainDateTime().toString({ smallestUnit: 'minute' });
    return false;
  });
  return first;
}

/** The rule over the wall, as if the wall stood in UTC. */
function wallRule(repetition: Repetition): RRuleTemporal<Temporal.ZonedDateTime> {
  const parts = partsOf(repetition.rrule);
  const until = parts.get('UNTIL');
  if (until !== undefined) parts.set('UNTIL', wallUntil(until, repetition.zone));
  return new RRuleTemporal({
    rruleString: [...parts].map(([name, value]) => `${name}=${value}`).join(';'),
    dtstart: Temporal.ZonedDateTime.from(`${repetition.localTime}:00[UTC]`),
    tzid: 'UTC',
    temporal: Temporal,
    strict: true,
    maxIterations: 50_000,
  });
}

function partsOf(rrule: string): Map<string, string> {
  const text = rrule
    .trim()
    .toUpperCase()
    .replace(/^RRULE:/, '');
  return new Map(
    text.split(';').map((part) => {
      const at = part.indexOf('=');
      return at < 0 ? [part, ''] : [part.slice(0, at), part.slice(at + 1)];
    }),
  );
}

/** A day means all of it; a UTC time is put on the wall of the zone; the rest stands on the wall already. */
function wallUntil(until: string, zone: string): string {
  const match = /^(\d{4})(\d{2})(\d{2})(?:T(\d{2})(\d{2})(\d{2})(Z?))?$/.exec(until);
  if (!match) throw new RangeError('UNTIL is a day (20260401) or a time (20260401T090000Z)');
  const [, year, month, day, hour, minute, second, utc] = match;
  if (!hour) return `${year}${month}${day}T235959Z`;
  if (utc !== 'Z') return `${until}Z`;
  const at = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return `${localOf(at, zone).replaceAll(/[-:]/g, '')}59Z`;
}
