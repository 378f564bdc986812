import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { barExtent, barsOf } from './bars';
import { geometryOf, linePath, MARGIN, nameAt, namedPoints } from './geometry';

const size = { width: 650, height: 240 };
const series = [
  { key: 'a', label: 'A' },
  { key: 'b', label: 'B' },
];

describe('plot geometry', () => {
  it('puts ends at the edges, bands beside each other, and finds a point under the pointer', () => {
    const edge = geometryOf(size, 11, [0, 100], 'edge');
    expect([edge.x(0), edge.x(10)]).toEqual([MARGIN.left, size.width - MARGIN.right]);
    expect([edge.y(0), edge.y(100)]).toEqual([size.height - MARGIN.bottom, MARGIN.top]);
    const band = geometryOf(size, 10, [0, 100], 'band');
    expect([band.x(0), band.band]).toEqual([MARGIN.left + 30, 60]);
    expect([band.indexAt(0), band.indexAt(MARGIN.left + 61), band.indexAt(9_999)]).toEqual([0, 1, 9]);
    expect([
      geometryOf(size, 0, [0, 1], 'edge').indexAt(50),
      geometryOf(size, 1, [0, 1], 'edge').x(0),
    ]).toEqual([null, 344]);
  });

  it('names as many points as fit, the newest always, and keeps names inside', () =>
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 400 }), fc.integer({ min: 60, max: 2_000 }), (count, width) => {
        const names = Array.from({ length: count }, () => 'Nov 21');
        const { band, x } = geometryOf({ width, height: 200 }, count, [0, 1], 'edge');
        const named = namedPoints(names, band);
        expect(named.at(-1)).toBe(count - 1);
        for (const [at, index] of named.entries()) {
          const before = named[at - 1];
          if (before !== undefined) expect(x(index) - x(before)).toBeGreaterThanOrEqual('Nov 21'.length * 6);
        }
        expect(nameAt(x(0), 'Nov', width)).toBeGreaterThanOrEqual(0);
      }),
    ));

  it('leaves gaps where nothing was measured', () => {
    const path = linePath([1, 2, null, 3], geometryOf(size, 4, [0, 3], 'edge'));
    expect(path.match(/[ML]/g)).toEqual(['M', 'L', 'M']);
  });

  it('stacks bars without overlap, from the baseline up', () => {
    const points = [
      { x: 'one', a: 30, b: 20 },
      { x: 'two', a: null, b: 10 },
    ];
    expect([barExtent(points, series, true), barExtent(points, series, false)]).toEqual([
      [0, 50],
      [0, 30],
    ]);
    const geometry = geometryOf(size, 2, [0, 50], 'band');
    const [below, above] = barsOf(points[0] as (typeof points)[0], 0, series, true, geometry);
    expect(below?.y).toBe((above?.y ?? 0) + (above?.height ?? 0));
    expect((below?.y ?? 0) + (below?.height ?? 0)).toBe(geometry.y(0));
    expect(barsOf(points[1] as (typeof points)[0], 1, series, false, geometry)).toHaveLength(1);
  });
});
