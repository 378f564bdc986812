import { describe, expect, it } from 'vitest';
import { everyDay, failureShare, rangeOf } from './usage-range';

describe('the days of a range', () => {
  it('end today and are as many as asked for', () => {
    expect(rangeOf(new Date('2026-03-02T23:59:00Z'), 7)).toEqual({ from: '2026-02-24', to: '2026-03-02' });
  });

  it('are all there, in order, with 0 where nothing was called', () => {
    const row = {
      key: '2026-03-30',
      requests: 4,
      failures: 1,
      inputTokens: 10,
      outputTokens: 5,
      costMicros: 7,
    };
    const days = everyDay([row], { from: '2026-03-28', to: '2026-03-31' });
    expect(days.map(({ day, requests }) => [day, requests])).toEqual([
      ['2026-03-28', 0],
      ['2026-03-29', 0],
      ['2026-03-30', 4],
      ['2026-03-31', 0],
    ]);
    expect(days[2]?.costMicros).toBe(7);
    expect(days[0]?.costMicros).toBeUndefined();
  });
});

it('nothing called is no failure rate', () => {
  const none = { requests: 0, failures: 0, inputTokens: 0, outputTokens: 0 };
  expect(failureShare(none)).toBeNull();
  expect(failureShare({ ...none, requests: 4, failures: 1 })).toBe(0.25);
});
