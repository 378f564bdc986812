import { describe, expect, it } from 'vitest';
import { ExternalServiceError } from '@/core/errors';
import { backOff } from './polling';

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
