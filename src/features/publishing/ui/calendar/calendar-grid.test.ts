import { describe, expect, it } from 'vitest';
import { cellKey, cellsOf, datesOf, keyAt, rangeOf, shift } from './calendar-days';
import { nextSpot, type Spot } from './keyboard';
import { isMovable, landingOf, refusalOf, scheduleFor } from './moving';

describe('days of the calendar', () => {
  it('a month fills its weeks, from Monday', () => {
    const dates = datesOf('month', '2026-03-15');
    expect([dates[0], dates.at(-1), dates.length]).toEqual(['2026-02-23', '2026-04-05', 42]);
    expect(datesOf('list', '2026-02-10')).toHaveLength(28);
    expect(cellsOf('month', '2027-02-10')).toHaveLength(4);
    expect(cellsOf('week', '2026-03-29')[23]?.[6]).toEqual({ date: '2026-03-29', hour: 23 });
  });

  it('moves by its own length and never skips a month', () => {
    expect(shift('month', '2026-01-31', 1)).toBe('2026-02-01');
    expect(shift('week', '2026-03-29', 1)).toBe('2026-04-05');
    expect(shift('day', '2026-03-01', -1)).toBe('2026-02-28');
  });

  it('a day of 23 or 25 hours is as long as it is', () => {
    const hours = (date: string) => {
      const { from, to } = rangeOf('day', date, 'Europe/Berlin');
      return (to.getTime() - from.getTime()) / 3_600_000;
    };
    expect([hours('2026-03-29'), hours('2026-10-25'), hours('2026-06-01')]).toEqual([23, 25, 24]);
  });

  it('an instant lies in one cell, on the clocks of the zone', () => {
    const at = new Date('2026-03-29T22:30Z');
    expect(keyAt(at, 'Europe/Berlin', 'month')).toBe('2026-03-30');
    expect(keyAt(at, 'America/New_York', 'week')).toBe(cellKey({ date: '2026-03-29', hour: 18 }));
  });
});

describe('moving', () => {
  const at = new Date('2026-03-27T08:15Z');

  it('keeps the wall time on another day, across the change of the clocks', () => {
    expect(landingOf(at, { date: '2026-03-30', hour: null }, 'Europe/Berlin')).toEqual(
      new Date('2026-03-30T07:15Z'),
    );
    expect(landingOf(at, { date: '2026-03-29', hour: 2 }, 'Europe/Berlin')).toEqual(
      new Date('2026-03-29T01:15Z'),
    );
  });

  it('plans in the zone of the post, and says which of two equal times', () => {
    expect(scheduleFor(new Date('2026-10-25T01:30Z'), 'Europe/Berlin')).toEqual({
      mode: 'at',
      localTime: '2026-10-25T02:30',
      zone: 'Europe/Berlin',
      disambiguation: 'later',
    });
    expect(scheduleFor(at, 'UTC')).toEqual({ mode: 'at', localTime: '2026-03-27T08:15', zone: 'UTC' });
  });

  it('refuses the past, and what is out', () => {
    expect([refusalOf(at, at), refusalOf(at, new Date('2026-03-27T08:14Z'))]).toEqual(['past', null]);
    expect([isMovable('scheduled'), isMovable('blocked'), isMovable('published')]).toEqual([
      true,
      true,
      false,
    ]);
    expect(isMovable('committing')).toBe(false);
  });
});

describe('keyboard', () => {
  const size = { rows: 3, columns: 7 };
  const chips = (row: number, column: number) => (row === 1 && column === 2 ? 2 : 0);
  const walk = (start: Spot, ...keys: string[]) =>
    keys.reduce((spot, key) => nextSpot(spot, key, size, chips) ?? spot, start);
  const origin: Spot = { row: 0, column: 2, chip: null };

  it('goes through the posts of a cell before it leaves it', () => {
    expect(walk(origin, 'ArrowDown')).toEqual({ row: 1, column: 2, chip: 0 });
    expect(walk(origin, 'ArrowDown', 'ArrowDown')).toEqual({ row: 1, column: 2, chip: 1 });
    expect(walk(origin, 'ArrowDown', 'ArrowDown', 'ArrowDown')).toEqual({ row: 2, column: 2, chip: null });
    const below: Spot = { row: 2, column: 2, chip: null };
    expect(walk(below, 'ArrowUp')).toEqual({ row: 1, column: 2, chip: 1 });
    expect(walk(below, 'ArrowUp', 'ArrowUp', 'ArrowUp')).toEqual(origin);
  });

  it('stays inside the grid, and leaves other keys alone', () => {
    expect(walk(origin, 'ArrowUp')).toEqual(origin);
    expect(walk(origin, 'End', 'ArrowRight')).toEqual({ row: 0, column: 6, chip: null });
    expect(nextSpot(origin, 'x', size, chips)).toBeNull();
  });
});
