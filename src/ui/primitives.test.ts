import { describe, expect, it } from 'vitest';
import { initials } from './avatar';
import { labelPositions } from './chart/labels';
import { axisTicks } from './chart/ticks';
import { compareValues } from './data-table-columns';
import { problemKind, toProblem } from './problem';
import { sparklineShape } from './sparkline-path';

describe('initials', () => {
  it.each([
    ['Ada King Lovelace', 'AL'],
    ['plato', 'P'],
    ['  ', ''],
    ['Öykü Şen', 'ÖŞ'],
  ])('of "%s" are "%s"', (name, letters) => {
    expect(initials(name)).toBe(letters);
  });
});

describe('a problem', () => {
  it('is read from an error that carries one', () => {
    const error = Object.assign(new Error('boom'), {
      problem: { title: 'Not enough tokens', status: 402, code: 'insufficient_tokens', requestId: 'r1' },
    });
    expect(toProblem(error)).toMatchObject({ title: 'Not enough tokens', requestId: 'r1' });
    expect(problemKind(error)).toBe('tokens');
  });
  it.each([
    [new TypeError('fetch failed'), 'offline'],
    [{ status: 0 }, 'offline'],
    [{ status: 503 }, 'unavailable'],
    [{ status: 418 }, 'unknown'],
    ['nonsense', 'unknown'],
    [null, 'unknown'],
  ])('%o is %s', (error, kind) => {
    expect(problemKind(error)).toBe(kind);
  });
});

describe('a sparkline', () => {
  it('starts at zero, so that a small change looks small', () => {
    const { lines } = sparklineShape([100, 101], 10, 10, 0);
    expect(lines).toEqual(['M0 0.1L10 0']);
  });
  it('leaves a gap where nothing was measured and marks lone points', () => {
    const { lines, dots, last } = sparklineShape([1, 2, null, 3], 30, 10, 0);
    expect(lines).toHaveLength(1);
    expect(dots).toEqual([{ x: 30, y: 0 }]);
    expect(last).toEqual({ x: 30, y: 0 });
  });
  it('draws nothing for nothing', () => {
    expect(sparklineShape([null, null], 10, 10)).toEqual({ lines: [], dots: [], last: null });
  });
});

describe('axis ticks', () => {
  it.each([
    [0, 97, [0, 50, 100]],
    [0, 1, [0, 0.5, 1]],
    [0, 0.3, [0, 0.1, 0.2, 0.3]],
    [-20, 90, [-50, 0, 50, 100]],
    [0, 0, [0, 1]],
  ])('from %d to %d are %j', (min, max, ticks) => {
    expect(axisTicks(min, max)).toEqual(ticks);
  });
});

describe('line labels', () => {
  it('are moved apart and stay inside the plot', () => {
    const points = [{ x: 1, a: 10, b: 10, c: 0 }];
    const series = ['a', 'b', 'c'].map((key) => ({ key, label: key }));
    const placed = labelPositions(points, series, 10, 100).map(({ y }) => y);
    expect(placed).toEqual([7, 21, 93]);
  });
});

describe('table order', () => {
  it('sorts text as people do, and dates and numbers by size', () => {
    expect(['post 10', 'Post 2'].sort(compareValues)).toEqual(['Post 2', 'post 10']);
    expect(compareValues(new Date(1), new Date(2))).toBeLessThan(0);
    expect(compareValues(3, 2)).toBeGreaterThan(0);
  });
});
