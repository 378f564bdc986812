import { describe, expect, it } from 'vitest';
import { type MeasuredPost, nextBestHour, weekScores } from './best-times';

const WEEK = 7 * 24 * 3600_000;
/** Mondays 09:30 and Tuesdays 15:10 in Berlin, week by week, across the change of the clocks. */
const monday = (week: number, engagements: number): MeasuredPost => ({
  since: new Date(Date.parse(week < 3 ? '2026-03-09T08:30Z' : '2026-03-09T07:30Z') + week * WEEK),
  engagements,
});
const tuesday = (week: number, engagements: number): MeasuredPost => ({
  since: new Date(Date.parse(week < 3 ? '2026-03-10T14:10Z' : '2026-03-10T13:10Z') + week * WEEK),
  engagements,
});
const weeks = (count: number) => Array.from({ length: count }, (_, index) => index);
const posts = [...weeks(10).map((week) => monday(week, 30)), ...weeks(10).map((week) => tuesday(week, 10))];

describe('weekScores', () => {
  it('says "not enough" below twenty posts, and gives no hours', () => {
    expect(weekScores(posts.slice(0, 19), 'Europe/Berlin')).toMatchObject({
      enough: false,
      posts: 19,
      hours: [],
    });
    expect(weekScores([], 'UTC')).toEqual({ enough: false, posts: 0, mean: null, hours: [] });
  });

  it('counts hours on the clocks of the zone, and draws them towards the mean', () => {
    const { hours, mean } = weekScores(posts, 'Europe/Berlin');
    expect(mean).toBe(20);
    // (10 × 30 + 5 × 20) / 15 and (10 × 10 + 5 × 20) / 15
    expect(hours).toEqual([
      { weekday: 1, hour: 9, posts: 10, score: 400 / 15 },
      { weekday: 2, hour: 15, posts: 10, score: 200 / 15 },
    ]);
  });

  it('one lucky post does not make its hour the best', () => {
    const lucky: MeasuredPost = { since: new Date('2026-03-12T03:00Z'), engagements: 60 };
    const { hours } = weekScores([...posts, lucky], 'UTC');
    const of = (weekday: number, hour: number) =>
      hours.find((cell) => cell.weekday === weekday && cell.hour === hour)?.score ?? 0;
    expect(of(4, 3)).toBeLessThan(60 / 2);
    expect(of(4, 3)).toBeGreaterThan(20);
  });
});

describe('nextBestHour', () => {
  const week = weekScores(posts, 'Europe/Berlin');
  const facts = { now: new Date('2026-06-03T12:00Z'), zone: 'Europe/Berlin' };

  it('is the next such hour that is free', () => {
    expect(nextBestHour(week, { ...facts, taken: new Set() })?.localTime).toBe('2026-06-08T09:00');
    const taken = new Set([Date.parse('2026-06-08T07:20Z')]);
    expect(nextBestHour(week, { ...facts, taken })?.localTime).toBe('2026-06-15T09:00');
  });

  it('is none where no hour stands out', () => {
    const flat = weekScores(
      posts.map((post) => ({ ...post, engagements: 0 })),
      'UTC',
    );
    expect(flat.enough).toBe(true);
    expect(nextBestHour(flat, { ...facts, taken: new Set() })).toBeNull();
  });
});
