import { describe, expect, it } from 'vitest';
import { ExternalServiceError } from '@/core/errors';
import { backOff, nextPollAfter, troubleOf, watchedInterval } from './polling';

const now = new Date('2026-03-02T09:00:00Z');
const minutes = (error: unknown, failures: number) =>
  (backOff(error, failures, now).getTime() - now.getTime()) / 60_000;
const failure = (kind: 'rate_limit' | 'unavailable' | 'auth_expired', retryAfterMs?: number) =>
  new ExternalServiceError('x', {
    provider: 'x',
    kind,
    retryable: true,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });

describe('after a failed look at a channel', () => {
  it('waits twice as long each time, up to six hours', () => {
    expect([1, 2, 3, 4, 50].map((n) => minutes(failure('unavailable'), n))).toEqual([5, 10, 20, 40, 360]);
  });

  it('does what the network says', () => {
    expect(minutes(failure('rate_limit', 15 * 60_000), 1)).toBe(15);
  });

  it('rests while a person must reconnect', () => {
    expect(minutes(failure('auth_expired'), 1)).toBe(360);
  });
});

describe('what a person is told of a channel that is not read', () => {
  const refusal = (vendorCode: string) =>
    new ExternalServiceError('x', { provider: 'x', kind: 'invalid_request', retryable: false, vendorCode });

  it('is what they can help with at once, and a network that keeps failing', () => {
    expect(troubleOf(failure('auth_expired'), 1)).toBe('reconnect');
    expect(troubleOf(refusal('permission'), 1)).toBe('permission');
    expect(troubleOf(refusal('other'), 1)).toBeNull();
    expect([1, 2, 3].map((n) => troubleOf(failure('unavailable'), n))).toEqual([null, null, 'failing']);
  });
});

describe('the pace of a network', () => {
  it('is its own where asking costs money, else the usual one', () => {
    expect(nextPollAfter(now, { idleMs: 3_600_000 }).getTime() - now.getTime()).toBe(3_600_000);
    expect(nextPollAfter(now, {}).getTime() - now.getTime()).toBe(5 * 60_000);
    expect([watchedInterval({}), watchedInterval({ watchedMs: 7 })]).toEqual([60_000, 7]);
  });
});
