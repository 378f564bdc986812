import { describe, expect, it } from 'vitest';
import { type Health, healthAfterFailure, RETRY_DELAYS_MS, stepAfter } from './attempt-decision';

const now = new Date('2026-05-04T10:00:00Z');
const again = (tries: number, rest: { retryable?: boolean; retryAfterMs?: number; once?: boolean } = {}) => {
  const { once = false, ...failure } = rest;
  return stepAfter({ retryable: true, ...failure }, { tries, once, now });
};

describe('after a failed try', () => {
  it('waits longer each time, for a day in all, and then gives up', () => {
    expect(again(1)).toEqual({ kind: 'retry', at: new Date('2026-05-04T10:00:10Z') });
    expect(again(RETRY_DELAYS_MS.length).kind).toBe('retry');
    expect(again(RETRY_DELAYS_MS.length + 1).kind).toBe('failed');
    expect(RETRY_DELAYS_MS.reduce((sum, delay) => sum + delay, 0)).toBeGreaterThanOrEqual(24 * 3600_000);
  });

  it('waits at least as long as the vendor asked for', () => {
    expect(again(1, { retryAfterMs: 90_000 })).toEqual({
      kind: 'retry',
      at: new Date('2026-05-04T10:01:30Z'),
    });
    expect(again(1, { retryAfterMs: 1_000 })).toEqual({
      kind: 'retry',
      at: new Date('2026-05-04T10:00:10Z'),
    });
  });

  it('takes a final no for an answer, and tries a test once', () => {
    expect(again(1, { retryable: false }).kind).toBe('failed');
    expect(again(1, { once: true }).kind).toBe('failed');
  });
});

describe('a channel', () => {
  const well: Health = { status: 'active', failureCount: 0, failingSince: null };

  it('is failing after five failures in a row, and off after a day of it', () => {
    let health = well;
    for (let failure = 1; failure <= 4; failure += 1) health = healthAfterFailure(health, now);
    expect(health.status).toBe('active');
    health = healthAfterFailure(health, now);
    expect(health).toEqual({ status: 'failing', failureCount: 5, failingSince: now });
    const almost = new Date(now.getTime() + 24 * 3600_000 - 1);
    health = healthAfterFailure(health, almost);
    expect(health).toMatchObject({ status: 'failing', failingSince: now });
    expect(healthAfterFailure(health, new Date(almost.getTime() + 1)).status).toBe('disabled');
  });

  it('that is off stays off', () => {
    const off: Health = { ...well, status: 'disabled' };
    expect(healthAfterFailure(off, now)).toEqual(off);
  });
});
