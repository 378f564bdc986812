import { describe, expect, it } from 'vitest';
import { FixedClock } from '@/core/time/clock';
import { LimitAlerts } from './alerts';
import { type CallSubject, NO_LIMITS, windowsOf } from './levels';
import type { Reading } from './limiter';

const subject: CallSubject = {
  ...{ vendor: 'hubspot', organizationId: 'o', integrationId: 'int_a', accountId: 'a', limits: NO_LIMITS },
};
const windows = windowsOf(subject, 'call');

function world() {
  const clock = new FixedClock('2026-01-01T00:00:00Z');
  const told: string[] = [];
  const alerts = new LimitAlerts({ tell: async ({ kind }) => void told.push(kind), clock });
  /** Calls through the minutes, each of which finds so many of 110 used. */
  const calls = (used: number, seconds: number, everySeconds = 5) => {
    for (let passed = 0; passed <= seconds; passed += everySeconds) {
      const usage = windows.map(({ level }) => ({ used: level === 'tenant' ? 0 : used, freeMs: 0 }));
      alerts.used(subject, windows, { usage } as unknown as Reading);
      clock.advance(everySeconds * 1000);
    }
  };
  return { clock, told, alerts, calls };
}

describe('alerts about limits', () => {
  it.each([
    ['below 80 %', 86, 600, []],
    ['80 % for less than a minute', 87, 50, []],
    ['80 % for a minute', 87, 60, ['limit_80']],
    ['95 % for a minute', 104, 60, ['limit_80', 'limit_95']],
  ])('%s', async (_name, used, seconds, expected) => {
    const { alerts, told, calls } = world();
    calls(used, seconds);
    await alerts.settled();
    expect(told.sort()).toEqual(expected);
  });

  it('a window that empties and fills again at once was never free; one that rested was', async () => {
    const bursts = world();
    for (let at = 0; at < 7; at += 1) {
      bursts.calls(104, 0);
      bursts.calls(3, 0);
    }
    await bursts.alerts.settled();
    expect(bursts.told).toContain('limit_95');
    const rests = world();
    for (let at = 0; at < 7; at += 1) {
      rests.calls(104, 0);
      rests.clock.advance(30_000);
    }
    await rests.alerts.settled();
    expect(rests.told).toEqual([]);
  });

  it('one process asks about each thing once in ten minutes', async () => {
    const { alerts, told, clock } = world();
    for (const limit of [100, 100, 100]) alerts.quota(subject, { limit, left: 10, resetAt: null });
    clock.advance(600_000);
    alerts.quota(subject, { limit: 100, left: 10, resetAt: null });
    await alerts.settled();
    expect(told).toEqual(['quota_80', 'quota_80']);
  });
});
