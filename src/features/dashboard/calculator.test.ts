import { describe, expect, it } from 'vitest';
import { MetricsCalculator, type Months } from './calculator';
import { addDays, daysBetween } from './days';
import type { FigureName } from './schema';

const calculator = new MetricsCalculator();
const to = '2026-03-02';

const months: Months = [
  {
    period: '2026-02',
    connectionId: null,
    days: {
      '16': { sums: { impressions: 100, engagements: 5, posts: 1 } },
      '24': { sums: { impressions: 200, engagements: 20, posts: 2 } },
    },
    channels: {
      a: {
        '10': { sums: {}, followers: 500 },
        '24': { sums: { impressions: 200, engagements: 20 }, followers: 510 },
      },
      b: { '16': { sums: { impressions: 100, engagements: 5 }, followers: 40 } },
    },
  },
  {
    period: '2026-03',
    connectionId: null,
    days: { '01': { sums: { impressions: 100, engagements: 10, posts: 1 } } },
    channels: { a: { '01': { sums: { impressions: 100, engagements: 10 } } } },
  },
];

const figures = (name: FigureName, tokens: number[] | null = null) => {
  const { days } = calculator.rows(months, to, 7);
  return calculator.figures(days, tokens).find((figure) => figure.name === name);
};

describe('the months a comparison needs', () => {
  it('are few, whatever the history', () => {
    expect(calculator.monthsFor(to, 7)).toEqual(['2026-02', '2026-03']);
    expect(calculator.monthsFor(to, 28)).toEqual(['2026-01', '2026-02', '2026-03']);
    expect(calculator.monthsFor(to, 90)).toHaveLength(7);
  });
});

describe('figures', () => {
  it('add up the period and compare it with the one before', () => {
    // 24 February to 2 March, against 17 to 23 February.
    expect(figures('impressions')).toEqual({
      name: 'impressions',
      value: 300,
      previous: null,
      change: null,
      series: [200, null, null, null, null, 100, null],
    });
    expect(figures('posts')).toMatchObject({
      value: 3,
      previous: 0,
      change: null,
      series: [2, 0, 0, 0, 0, 1, 0],
    });
    expect(figures('engagementRate')?.value).toBeCloseTo(0.1);
  });

  it('leave unknown what no network reported', () => {
    expect(figures('reach')).toMatchObject({ value: null, previous: null, change: null });
  });

  it('carry the last known followers on and sum them over channels', () => {
    const followers = figures('followers');
    expect(followers?.value).toBe(550);
    expect(followers?.previous).toBe(540);
    expect(followers?.change).toBeCloseTo(10 / 540);
    expect(followers?.series).toEqual([550, 550, 550, 550, 550, 550, 550]);
  });

  it('know tokens only where they are given', () => {
    expect(figures('tokens')).toBeUndefined();
    expect(figures('tokens', [...Array(7).fill(1), ...Array(7).fill(2)])).toMatchObject({
      value: 14,
      previous: 7,
      change: 1,
    });
  });
});

describe('the comparison of channels', () => {
  it('puts the strongest first and keeps unknown apart from 0', () => {
    const { channels } = calculator.rows(months, to, 7);
    expect(calculator.compare(channels)).toMatchObject([
      { connectionId: 'a', engagements: 30, impressions: 300, followers: 510 },
      { connectionId: 'b', engagements: null, impressions: null, followers: 40, change: null },
    ]);
  });
});

describe('days', () => {
  it('cross months and leap days', () => {
    expect(addDays('2028-02-28', 2)).toBe('2028-03-01');
    expect(daysBetween('2026-12-30', '2027-01-02')).toHaveLength(4);
  });
});
