import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LIMITED_VENDORS, quotaOf, vendorLimits, vendorLimitsSchema } from './vendors.data';
import {
  AFTER_429,
  counted,
  FULL_PACE,
  LOWEST,
  look,
  type Pace,
  paceAt,
  paced,
  type StepCount,
  shareOf,
  slowed,
  stepOf,
  WHEN_SCARCE,
} from './windows';

const rules = fc.record({
  limit: fc.integer({ min: 1, max: 30 }),
  windowMs: fc.integer({ min: 100, max: 5_000 }),
});

describe('a window', () => {
  it('never holds more than its limit in any stretch of its length, and admits after the wait it names', () =>
    fc.assert(
      fc.property(rules, fc.array(fc.nat(400), { minLength: 1, maxLength: 150 }), (rule, gaps) => {
        const stepMs = stepOf(rule);
        let counts: StepCount[] = [];
        let now = 1_000_000;
        const admitted: number[] = [];
        for (const gap of gaps) {
          now += gap;
          const { waitMs, used, freeMs } = look(counts, rule, stepMs, now);
          expect(used).toBeLessThanOrEqual(rule.limit);
          if (waitMs > 0) {
            expect(look(counts, rule, stepMs, now + waitMs).waitMs).toBe(0);
            expect(look(counts, rule, stepMs, now + freeMs).used).toBe(0);
            continue;
          }
          counts = counted(counts, stepMs, rule.windowMs, now);
          admitted.push(now);
        }
        for (const at of admitted) {
          const within = admitted.filter((one) => one <= at && one > at - rule.windowMs).length;
          expect(within).toBeLessThanOrEqual(rule.limit);
        }
      }),
    ));

  it('shared by any number of processes comes to no more than the whole', () =>
    fc.assert(
      fc.property(rules, fc.integer({ min: 1, max: 40 }), (rule, instances) => {
        const part = shareOf(rule, instances);
        expect(part.limit).toBeGreaterThanOrEqual(1);
        expect((part.limit * instances) / part.windowMs).toBeLessThanOrEqual(rule.limit / rule.windowMs);
      }),
    ));
});

describe('the multiplier', () => {
  it('stays between a half and one, never rises at once, and is whole again after ten calm minutes', () =>
    fc.assert(
      fc.property(
        fc.array(fc.record({ waitMs: fc.nat(300_000), factor: fc.constantFrom(AFTER_429, WHEN_SCARCE) }), {
          maxLength: 30,
        }),
        (events) => {
          let pace: Pace = FULL_PACE;
          let now = 1_000_000_000;
          for (const { waitMs, factor } of events) {
            now += waitMs;
            const before = paceAt(pace, now);
            pace = slowed(pace, factor, now);
            expect(pace.multiplier).toBeGreaterThanOrEqual(LOWEST);
            expect(pace.multiplier).toBeLessThanOrEqual(before);
            expect(pace.lowestSince !== null).toBe(pace.multiplier === LOWEST);
          }
          expect(paceAt(pace, now + 600_000)).toBe(1);
        },
      ),
    ));

  it.each([
    ['one 429', [AFTER_429], 0.7],
    ['two', [AFTER_429, AFTER_429], 0.5],
    ['little left', [WHEN_SCARCE], 0.8],
  ])('%s', (_name, factors, expected) => {
    const pace = factors.reduce((known: Pace, factor) => slowed(known, factor, 1_000), FULL_PACE);
    expect(pace.multiplier).toBe(expected);
    expect(paceAt(pace, 1_000 + 60_000)).toBe(Math.round((expected + 0.05) * 100) / 100);
    expect(paceAt(pace, 1_000 + 59_999)).toBe(expected);
  });

  it('leaves at least one call', () => {
    expect(paced({ limit: 110, windowMs: 10_000 }, 0.7).limit).toBe(77);
    expect(paced({ limit: 1, windowMs: 1_000 }, 0.5).limit).toBe(1);
  });

  it('remembers since when it is at its lowest, until it recovers', () => {
    const low = [0, 30_000, 50_000].reduce((known: Pace, at) => slowed(known, AFTER_429, at), FULL_PACE);
    expect(low.lowestSince).toBe(30_000);
    expect(slowed(low, AFTER_429, 200_000).lowestSince).toBe(200_000);
  });
});

describe('vendors', () => {
  it.each(LIMITED_VENDORS)('%s fits the schema', (vendor) => {
    expect(vendorLimitsSchema.parse(vendorLimits(vendor))).toEqual(vendorLimits(vendor));
  });

  it('are limited as they say', () => {
    const hubspot = vendorLimits('hubspot');
    expect([hubspot.account, hubspot.operations.search]).toEqual([
      { limit: 110, windowMs: 10_000 },
      { limit: 5, windowMs: 1_000 },
    ]);
    expect(vendorLimits('salesforce').concurrent).toBe(25);
    expect(vendorLimits('slack').operations.message).toEqual({ limit: 1, windowMs: 1_000 });
    expect(vendorLimits('notion').account).toEqual({ limit: 3, windowMs: 1_000 });
    expect(vendorLimits('one-we-do-not-know').account.limit).toBe(20);
  });

  it.each([
    [
      'hubspot',
      { 'x-hubspot-ratelimit-daily': '1000', 'x-hubspot-ratelimit-daily-remaining': '99' },
      [1000, 99, null],
    ],
    [
      'salesforce',
      { 'sforce-limit-info': 'per-app-api-usage=1/2(appName=x), api-usage=18/5000' },
      [5000, 4982, null],
    ],
    ['salesforce', { 'sforce-limit-info': 'nonsense' }, null],
    [
      'github',
      { 'x-ratelimit-limit': '5000', 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1800000000' },
      [5000, 0, 1_800_000_000_000],
    ],
    ['github', { 'x-ratelimit-limit': '5000', 'x-ratelimit-remaining': '-3' }, null],
    ['slack', { 'x-ratelimit-limit': '1' }, null],
  ])('%s tells what is left: %o', (vendor, headers, expected) => {
    const quota = quotaOf(vendorLimits(vendor), new Headers(Object.entries(headers)));
    expect(quota && [quota.limit, quota.left, quota.resetAt]).toEqual(expected);
  });
});
