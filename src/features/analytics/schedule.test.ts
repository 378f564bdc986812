import { describe, expect, it } from 'vitest';
import { dueStep, nextChannelTime, POST_STEPS, retryTime, stepTime } from './schedule';

const since = new Date('2026-03-01T10:00:00Z');
const later = (ms: number) => new Date(since.getTime() + ms);
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

describe('the schedule of a post', () => {
  it('is 15 min, 1, 3, 6, 12 h, daily to day 14, weekly to day 90', () => {
    expect(POST_STEPS.map((step) => step.bucket).join(' ')).toBe(
      'm15 h1 h3 h6 h12 d1 d2 d3 d4 d5 d6 d7 d8 d9 d10 d11 d12 d13 d14 d21 d28 d35 d42 d49 d56 d63 d70 d77 d84 d90',
    );
    for (const [index, step] of POST_STEPS.entries())
      expect(step.after).toBeGreaterThan(POST_STEPS[index - 1]?.after ?? 0);
  });

  it('is never early, at most a tenth or an hour late, and the same each time', () => {
    for (const [index, step] of POST_STEPS.entries()) {
      const at = stepTime(index, since, 'post_channel')?.getTime() ?? 0;
      const late = at - since.getTime() - step.after;
      expect(late).toBeGreaterThanOrEqual(0);
      expect(late).toBeLessThanOrEqual(Math.min(step.after / 10, 60 * MINUTE));
      expect(stepTime(index, since, 'post_channel')?.getTime()).toBe(at);
    }
    expect(stepTime(POST_STEPS.length, since, 'x')).toBeNull();
    const times = new Set(
      Array.from({ length: 50 }, (_, index) => stepTime(0, since, `run${index}`)?.getTime()),
    );
    expect(times.size).toBeGreaterThan(40);
  });

  it('skips what an outage missed', () => {
    expect(POST_STEPS[dueStep(0, since, later(16 * MINUTE))]?.bucket).toBe('m15');
    expect(POST_STEPS[dueStep(1, since, later(5 * DAY))]?.bucket).toBe('d5');
    expect(POST_STEPS[dueStep(0, since, later(400 * DAY))]?.bucket).toBe('d90');
    expect(dueStep(7, since, later(MINUTE))).toBe(7);
  });
});

describe('retries and channels', () => {
  it('back off from 15 minutes to 12 hours, or as long as the network says', () => {
    const waits = [0, 1, 2, 3, 4, 5, 6, 20].map(
      (n) => (retryTime(since, n).getTime() - since.getTime()) / MINUTE,
    );
    expect(waits).toEqual([15, 30, 60, 120, 240, 480, 720, 720]);
    expect(retryTime(since, 0, 2 * 60 * MINUTE)).toEqual(later(120 * MINUTE));
  });

  it('are measured on the next day', () => {
    const next = nextChannelTime(since, 'channel');
    expect(next.toISOString().slice(0, 10)).toBe('2026-03-02');
  });
});
