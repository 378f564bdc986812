import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ageInDays,
  firstNotice,
  noticeAfter,
  type RotatedSecret,
  replaceBy,
  rotationState,
} from './rotation-state';

const DAY = 86_400_000;
const secrets = fc.record({
  issuedAt: fc.date({ min: new Date(0), max: new Date('2040-01-01'), noInvalidDate: true }),
  refreshable: fc.boolean(),
  rotationPolicy: fc.record({
    maxAgeDays: fc.integer({ min: 1, max: 3_650 }),
    warnDays: fc.integer({ min: 0, max: 365 }),
    block: fc.boolean(),
  }),
});
const ORDER = { good: 0, due: 1, overdue: 2, blocked: 2 } as const;

describe('a rotation policy', () => {
  it('only ever gets stricter with age, tells before the end, and never stops what renews itself', () =>
    fc.assert(
      fc.property(secrets, fc.nat(5_000 * DAY), fc.nat(500 * DAY), (secret, age, more) => {
        const now = new Date(secret.issuedAt.getTime() + age);
        const later = new Date(now.getTime() + more);
        const state = rotationState(secret, now);
        expect(ORDER[rotationState(secret, later)]).toBeGreaterThanOrEqual(ORDER[state]);
        const [end, notice] = [replaceBy(secret), firstNotice(secret)];
        if (secret.refreshable) {
          expect([state, end, notice, noticeAfter(secret, now)]).toEqual(['good', null, null, null]);
          return;
        }
        if (!end || !notice) throw new Error('A key has an end.');
        expect(notice.getTime()).toBeLessThanOrEqual(end.getTime());
        expect(state !== 'good').toBe(now >= notice);
        expect(state === 'blocked').toBe(secret.rotationPolicy.block && now >= end);
        expect(noticeAfter(secret, now)).toEqual(secret.rotationPolicy.block && now < end ? end : null);
        expect(ageInDays(secret, now)).toBe(Math.floor(age / DAY));
      }),
    ));

  it.each([
    [75, 'good'],
    [76, 'due'],
    [89, 'due'],
    [90, 'overdue'],
  ])('as it comes: after %i days %s', (days, expected) => {
    const secret: RotatedSecret = {
      issuedAt: new Date(0),
      refreshable: false,
      rotationPolicy: { maxAgeDays: 90, warnDays: 14, block: false },
    };
    expect(rotationState(secret, new Date(days * DAY))).toBe(expected);
  });
});
