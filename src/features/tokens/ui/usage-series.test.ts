import { describe, expect, it } from 'vitest';
import { usageSeries } from './usage-series';

const day = (name: string, byProvider: Record<string, number>) => ({ day: name, byTask: {}, byProvider });

describe('usageSeries', () => {
  it('orders series by size and fills days without use with 0', () => {
    const { points, keys } = usageSeries(
      [day('2026-01-01', { a: 1, b: 5 }), day('2026-01-02', {})],
      'byProvider',
    );
    expect(keys).toEqual(['b', 'a']);
    expect(points).toEqual([
      { x: '2026-01-01', b: 5, a: 1 },
      { x: '2026-01-02', b: 0, a: 0 },
    ]);
  });

  it('joins what comes after the fifth, so that no token is left out of the picture', () => {
    const all = { a: 8, b: 7, c: 6, d: 5, e: 4, f: 3, g: 2, h: 1 };
    const { points, keys } = usageSeries([day('2026-01-01', all)], 'byProvider');
    expect(keys).toEqual(['a', 'b', 'c', 'd', 'e', 'other']);
    expect(points[0]?.other).toBe(6);
  });
});
