import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addMonthsClamped, dayKey, monthKey, monthsBetween, periodOf } from './periods';
import { localOf, resolveLocal } from './zones';

const ZONES = ['Australia/Lord_Howe', 'Europe/Berlin', 'America/New_York', 'Asia/Kathmandu'];
const zone = fc.constantFrom(...ZONES);
const minute = 60_000;
const instant = fc
  .integer({ min: Date.UTC(2000, 0) / minute, max: Date.UTC(2037, 0) / minute })
  .map((minutes) => new Date(minutes * minute));
const days = (count: number) => count * 24 * 60 * minute;

describe('zones', () => {
  it('what the wall shows at an instant resolves to it, or to its twin in an overlap', () =>
    fc.assert(
      fc.property(instant, zone, (at, where) => {
        const local = localOf(at, where);
        const [first, second] = [resolveLocal(local, where), resolveLocal(local, where, 'later')];
        expect(first.kind).not.toBe('gap');
        expect([first.instant.getTime(), second.instant.getTime()]).toContain(at.getTime());
        expect(first.kind === 'overlap').toBe(first.instant < second.instant);
      }),
      { numRuns: 2_000 },
    ));

  it('every wall time has an instant, and only skipped ones show another time there', () =>
    fc.assert(
      fc.property(instant, zone, (wall, where) => {
        const local = wall.toISOString().slice(0, 16);
        const { instant: at, kind } = resolveLocal(local, where);
        const shown = localOf(at, where);
        if (kind !== 'gap') expect(shown).toBe(local);
        else {
          const forward = Date.parse(`${shown}Z`) - wall.getTime();
          expect(forward).toBe(where === 'Australia/Lord_Howe' ? 30 * minute : 60 * minute);
        }
      }),
      { numRuns: 2_000 },
    ));

  it('finds every gap and overlap of two years, every half hour', () => {
    const found: Record<string, number> = {};
    for (const where of ZONES) {
      for (let wall = Date.UTC(2026, 0); wall < Date.UTC(2028, 0); wall += 30 * minute) {
        const { kind } = resolveLocal(new Date(wall).toISOString().slice(0, 16), where);
        if (kind !== 'exact') found[`${where} ${kind}`] = (found[`${where} ${kind}`] ?? 0) + 1;
      }
    }
    // Two years: two gaps and two overlaps of two half hours each; half as long on Lord Howe; none in Kathmandu.
    expect(found).toEqual({
      'Europe/Berlin gap': 4,
      'Europe/Berlin overlap': 4,
      'America/New_York gap': 4,
      'America/New_York overlap': 4,
      'Australia/Lord_Howe gap': 2,
      'Australia/Lord_Howe overlap': 2,
    });
  });
});

describe('periods', () => {
  it('count from the original anchor', () => {
    const anchor = new Date('2026-01-31T15:00:00Z');
    const starts = [0, 1, 2, 3, 13].map((months) =>
      addMonthsClamped(anchor, months).toISOString().slice(0, 16),
    );
    expect(starts).toEqual([
      '2026-01-31T15:00',
      '2026-02-28T15:00',
      '2026-03-31T15:00',
      '2026-04-30T15:00',
      '2027-02-28T15:00',
    ]);
    expect(addMonthsClamped(new Date('2027-12-31T00:00:00Z'), 2)).toEqual(new Date('2028-02-29T00:00:00Z'));
  });

  it('cover all time without gap or overlap', () =>
    fc.assert(
      fc.property(instant, instant, (anchor, now) => {
        const period = periodOf(anchor, now);
        expect(period.start <= now && now < period.end).toBe(true);
        expect(periodOf(anchor, period.start)).toEqual(period);
        expect(periodOf(anchor, period.end)).toMatchObject({ index: period.index + 1, start: period.end });
        expect(periodOf(anchor, new Date(period.end.getTime() - 1)).index).toBe(period.index);
        const length = period.end.getTime() - period.start.getTime();
        expect(length).toBeGreaterThanOrEqual(days(28));
        expect(length).toBeLessThanOrEqual(days(31));
      }),
      { numRuns: 1_000 },
    ));

  it('the first period starts at the anchor', () =>
    fc.assert(
      fc.property(instant, (anchor) => {
        expect(periodOf(anchor, anchor)).toMatchObject({ index: 0, start: anchor });
      }),
    ));

  it('keys are those of UTC', () => {
    expect(dayKey(new Date('2026-03-29T23:59:59Z'))).toBe('2026-03-29');
    expect(monthKey(new Date('2026-12-31T23:59:59Z'))).toBe('2026-12');
  });
});

describe('monthsBetween', () => {
  it('names every month from the first to the last, whatever the days', () => {
    const from = new Date('2027-11-30T23:00:00Z');
    expect(monthsBetween(from, new Date('2028-02-01T00:00:00Z'))).toEqual([
      '2027-11',
      '2027-12',
      '2028-01',
      '2028-02',
    ]);
    expect(monthsBetween(from, from)).toEqual(['2027-11']);
    expect(monthsBetween(new Date('2028-01-01T00:00:00Z'), from)).toEqual([]);
  });
});
