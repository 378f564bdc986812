import { describe, expect, it } from 'vitest';
import { PerformanceAnalyzer } from './analyzer';
import { addDays } from './days';
import type { DayRow } from './schema';

const analyzer = new PerformanceAnalyzer();
const rows = (values: readonly (number | null)[]): DayRow[] =>
  values.map((value, index) => ({
    day: addDays('2026-01-01', index),
    sums: value === null ? {} : { impressions: value },
    followers: null,
  }));
const trend = (values: readonly (number | null)[]) =>
  analyzer.trends(rows([...values, 0])).find((one) => one.metric === 'impressions');

describe('trends', () => {
  it.each([
    ['up', [10, 12, 14, 16, 18, 20, 22, 24]],
    ['down', [80, 70, 60, 50, 40, 30, 20]],
    ['flat', [100, 101, 99, 100, 101, 100, 99, 100]],
    ['unknown', [10, 20, 30]],
    ['unknown', Array(20).fill(null)],
  ] as const)('%s: %o', (direction, values) => {
    expect(trend(values)?.direction).toBe(direction);
  });

  it('is not turned by one wild day, as an average line would be', () => {
    const values = [10, 12, 14, 16, 5_000, 20, 22, 24, 26, 28];
    expect(trend(values)).toMatchObject({ direction: 'up', perDay: 2 });
  });

  it('leaves today out: it is not over', () => {
    expect(analyzer.trends(rows([1, 2, 3, 4, 5, 6, 7, 0]))[0]?.direction).toBe('up');
  });
});

describe('anomalies', () => {
  const steady = Array.from({ length: 40 }, (_, index) => 100 + (index % 5));

  it('finds a day that stands out, upwards and downwards, and names what was expected', () => {
    const values = [...steady];
    values[30] = 400;
    values[35] = 5;
    const found = analyzer.anomalies(rows(values), 20);
    expect(found.map((one) => [one.day, Math.sign(one.score)])).toEqual([
      ['2026-02-05', -1],
      ['2026-01-31', 1],
    ]);
    expect(found[1]).toMatchObject({ metric: 'impressions', value: 400, expected: 102 });
  });

  it('finds nothing in usual noise, in too short a history, or today', () => {
    expect(analyzer.anomalies(rows(steady), 20)).toEqual([]);
    expect(analyzer.anomalies(rows([1, 1, 1, 900, 1]), 3)).toEqual([]);
    expect(analyzer.anomalies(rows([...steady, 5_000]), 20)).toEqual([]);
  });
});
