import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addSums, engagementsOf, growthOf, latestOf } from './growth';
import { COUNTED_METRICS, type Measured, type Sums } from './schema';

const value = fc.option(fc.nat(10_000), { nil: null });
const measured: fc.Arbitrary<Measured> = fc.record(
  Object.fromEntries(COUNTED_METRICS.map((name) => [name, value])) as Record<
    (typeof COUNTED_METRICS)[number],
    typeof value
  >,
  { requiredKeys: [] },
);

describe('growth', () => {
  it('adds up to the latest known values, whatever is missing in between', () => {
    fc.assert(
      fc.property(fc.array(measured, { minLength: 1, maxLength: 20 }), (points) => {
        let latest: Measured = {};
        let sums: Sums = {};
        for (const point of points) {
          sums = addSums(sums, growthOf(latest, point));
          latest = latestOf(latest, point);
        }
        for (const name of COUNTED_METRICS) {
          const reported = typeof latest[name] === 'number';
          expect(sums[name]).toBe(reported ? latest[name] : undefined);
        }
        expect(sums.engagements ?? 0).toBe(engagementsOf(latest));
      }),
    );
  });

  it('keeps "not reported" apart from 0', () => {
    expect(growthOf({}, { likes: null, impressions: 0 })).toEqual({ impressions: 0 });
    expect(growthOf({}, { likes: 0 })).toEqual({ likes: 0, engagements: 0 });
    expect(latestOf({ likes: 4 }, { likes: null })).toEqual({ likes: 4 });
    expect(latestOf({}, { likes: null })).toEqual({ likes: null });
  });
});
