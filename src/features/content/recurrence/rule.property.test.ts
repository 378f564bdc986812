import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ValidationError } from '@/core/errors';
import { localOf, resolveLocal } from '@/core/time/zones';
import { countBefore, occurrencesOf, type Repetition, requireRule, withoutFirst } from './rule';

const ZONES = [
  'Australia/Lord_Howe',
  'Europe/Berlin',
  'America/New_York',
  'Asia/Kathmandu',
  'Pacific/Kiritimati',
  'America/Santiago',
];
const DAY = 86_400_000;
const FROM = new Date('2026-01-01T00:00Z');
const TO = new Date('2028-01-01T00:00Z');
const rule = (over: Partial<Repetition> = {}): Repetition => ({
  rrule: 'FREQ=WEEKLY;BYDAY=MO',
  localTime: '2026-01-05T09:00',
  zone: 'Europe/Berlin',
  ...over,
});
const fault = (over: Partial<Repetition>) => {
  try {
    requireRule(rule(over), 'body.schedule.rrule');
    return null;
  } catch (error) {
    return error instanceof ValidationError ? error.faults[0]?.path : error;
  }
};

describe('a rule over two years', () => {
  it.each(ZONES)('daily in %s: the wall time is constant, gaps and overlaps as stated', (zone) => {
    const clock = fc.integer({ min: 0, max: 24 * 60 - 1 });
    fc.assert(
      fc.property(clock, fc.constantFrom('earlier' as const, 'later' as const), (minutes, disambiguation) => {
        const time = new Date(minutes * 60_000).toISOString().slice(11, 16);
        const localTime = `2026-01-02T${time}`;
        const found = occurrencesOf({ rrule: 'FREQ=DAILY', localTime, zone, disambiguation }, FROM, TO);
        expect(found.length).toBeGreaterThanOrEqual(728);
        for (const [index, { localTime: wall, dueAt }] of found.entries()) {
          // One a day, none left out, none twice.
          expect(Date.parse(`${wall}Z`)).toBe(Date.parse(`${localTime}Z`) + index * DAY);
          const { instant, kind } = resolveLocal(wall, zone, disambiguation);
          expect(dueAt).toEqual(instant);
          const shown = localOf(dueAt, zone);
          if (kind === 'gap') expect(shown > wall).toBe(true);
          else expect(shown).toBe(wall);
        }
      }),
      { numRuns: 4 },
    );
  });

  it('windows meet without gap or overlap, wherever they are cut', () =>
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 729 }),
        fc.constantFrom(...ZONES),
        fc.constantFrom('FREQ=DAILY;INTERVAL=3', 'FREQ=WEEKLY;BYDAY=FR,SU', 'FREQ=MONTHLY;BYMONTHDAY=-1'),
        (cut, zone, rrule) => {
          const series = { rrule, localTime: '2026-01-02T02:30', zone };
          const middle = new Date(FROM.getTime() + cut * DAY);
          const whole = occurrencesOf(series, FROM, TO);
          expect([...occurrencesOf(series, FROM, middle), ...occurrencesOf(series, middle, TO)]).toEqual(
            whole,
          );
          expect(new Set(whole.map((one) => one.localTime)).size).toBe(whole.length);
        },
      ),
      { numRuns: 40 },
    ));
});

describe('occurrences', () => {
  const between = (over: Partial<Repetition>, from: string, to: string) =>
    occurrencesOf(rule(over), new Date(from), new Date(to)).map(
      ({ localTime, dueAt }) => `${localTime} ${dueAt.toISOString().slice(0, 16)}`,
    );

  it('weekly at nine in Berlin, across both changes of the clocks', () => {
    expect(between({}, '2026-03-20T00:00Z', '2026-04-04T00:00Z')).toEqual([
      '2026-03-23T09:00 2026-03-23T08:00',
      '2026-03-30T09:00 2026-03-30T07:00',
    ]);
    expect(between({}, '2026-10-18T00:00Z', '2026-10-28T00:00Z')).toEqual([
      '2026-10-19T09:00 2026-10-19T07:00',
      '2026-10-26T09:00 2026-10-26T08:00',
    ]);
  });

  it('half past two on the day that lacks it, and on the day that has it twice', () => {
    const daily = { rrule: 'FREQ=DAILY', localTime: '2026-01-01T02:30' };
    expect(between(daily, '2026-03-28T00:00Z', '2026-03-30T12:00Z')).toEqual([
      '2026-03-28T02:30 2026-03-28T01:30',
      '2026-03-29T02:30 2026-03-29T01:30',
      '2026-03-30T02:30 2026-03-30T00:30',
    ]);
    const [, first] = between(daily, '2026-10-24T00:00Z', '2026-10-26T00:00Z');
    expect(first).toBe('2026-10-25T02:30 2026-10-25T00:30');
    const [, second] = between(
      { ...daily, disambiguation: 'later' },
      '2026-10-24T00:00Z',
      '2026-10-26T00:00Z',
    );
    expect(second).toBe('2026-10-25T02:30 2026-10-25T01:30');
  });

  it('ends where it is told to: by number, by day, by an instant, or cut off', () => {
    const days = (over: Partial<Repetition>) =>
      between(over, '2026-01-01T00:00Z', '2027-01-01T00:00Z').map((one) => one.slice(5, 10));
    const weekly = 'FREQ=WEEKLY;BYDAY=MO';
    expect(days({ rrule: `${weekly};COUNT=3` })).toEqual(['01-05', '01-12', '01-19']);
    expect(days({ rrule: `${weekly};UNTIL=20260119` })).toEqual(['01-05', '01-12', '01-19']);
    expect(days({ rrule: `${weekly};UNTIL=20260119T075959Z` })).toEqual(['01-05', '01-12']);
    expect(days({ rrule: `${weekly};UNTIL=20260119T080000Z` })).toHaveLength(3);
    expect(days({ endsBefore: '2026-01-19T09:00' })).toEqual(['01-05', '01-12']);
    const counted = rule({ rrule: `${weekly};COUNT=5` });
    expect(countBefore(counted, '2026-01-19T09:00')).toBe(2);
    expect(withoutFirst(counted.rrule, 2)).toBe(`${weekly};COUNT=3`);
  });
});

describe('requireRule', () => {
  it('takes what posts can repeat by', () => {
    for (const rrule of [
      'FREQ=DAILY',
      'RRULE:FREQ=MONTHLY;BYDAY=1MO',
      'freq=weekly;byday=mo;interval=2;count=10',
    ])
      expect(fault({ rrule }), rrule).toBeNull();
  });

  it.each([
    'FREQ=HOURLY',
    'FREQ=NEVER',
    'nonsense',
    'FREQ=DAILY;BYHOUR=3',
    'FREQ=DAILY;COUNT=0',
    'FREQ=DAILY;COUNT=-1',
    'FREQ=DAILY;COUNT=5;UNTIL=20270101',
    'FREQ=DAILY;UNTIL=tomorrow',
    'FREQ=DAILY;INTERVAL=0',
    'FREQ=WEEKLY;BYDAY=XX',
    'FREQ=WEEKLY;BYDAY=TU',
    'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30',
    'DTSTART:20260101T000000\nFREQ=DAILY',
  ])('refuses %s, by its path', (rrule) => {
    expect(fault({ rrule })).toBe('body.schedule.rrule');
  });
});
