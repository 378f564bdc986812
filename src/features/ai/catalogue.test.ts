import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TIERS } from '@/features/organizations/schema';

import { Catalogue, estimateTokens, isPriced, isRetired } from './catalogue';
import { CATALOGUE_DATA } from './catalogue.data';
import { classesFor, TIER_PREFERENCE } from './routing.data';
import { PROVIDER_IDS } from './schema';

const now = new Date('2026-11-21T00:00:00Z');
const catalogue = new Catalogue();
const model = (provider: (typeof PROVIDER_IDS)[number], name: string) => {
  const found = catalogue.find(provider, name);
  if (!found) throw new Error(name);
  return found;
};

describe('the model catalogue', () => {
  it('has a priced model of every allowed class for the first choice of every tier', () => {
    for (const tier of TIERS) {
      const first = TIER_PREFERENCE[tier][0];
      for (const cls of classesFor(tier, 'chat')) {
        expect(
          catalogue.models.some(
            (entry) =>
              entry.provider === first &&
              entry.class === cls &&
              entry.capabilities.has('text') &&
              isPriced(entry),
          ),
          `${tier} ${first} ${cls}`,
        ).toBe(true);
      }
    }
  });

  it('covers every provider, and refuses a model listed twice', () => {
    for (const id of PROVIDER_IDS)
      expect(catalogue.models.some(({ provider }) => provider === id)).toBe(true);
    const twice = CATALOGUE_DATA[0];
    expect(() => new Catalogue(twice ? [twice, twice] : [])).toThrow(/twice/);
  });

  it('does not price what has no published price', () => {
    expect(isPriced(model('openai', 'gpt-image-2'))).toBe(false);
    expect(isPriced(model('openai', 'gpt-image-1.5'))).toBe(true);
  });

  it('knows its age and which entries to check again', () => {
    expect(catalogue.ageDays(now)).toBe(45);
    expect(catalogue.stale(now)).toEqual([]);
    expect(catalogue.stale(new Date('2027-01-06T00:00:00Z')).map(({ provider }) => provider)).toContain(
      'google',
    );
  });

  it('retires a model on its day', () => {
    expect(isRetired({ retiresAt: '2026-11-21' }, now)).toBe(true);
    expect(isRetired({ retiresAt: '2026-11-22' }, now)).toBe(false);
  });
});

describe('cost', () => {
  const usage = { inputTokens: 1_000, cachedInputTokens: 400, outputTokens: 200 };

  it('is fresh input, cached input and output at their prices, to the micro-dollar', () => {
    // 600 × 1.00 + 400 × 0.05 + 200 × 5.00 per million dollars = 1 620 micro-dollars
    expect(catalogue.textCostMicros(model('openai', 'gpt-6.1-terra'), usage, now)).toBe(1_620);
  });

  it('charges long prompts their multiple for the whole request', () => {
    const long = { inputTokens: 272_001, cachedInputTokens: 0, outputTokens: 1_000 };
    expect(catalogue.textCostMicros(model('openai', 'gpt-6.1-terra'), long, now)).toBe(544_002 + 7_500);
    const short = { ...long, inputTokens: 272_000 };
    expect(catalogue.textCostMicros(model('openai', 'gpt-6.1-terra'), short, now)).toBe(272_000 + 5_000);
  });

  it('follows an announced price from its day on', () => {
    const gemini = model('google', 'gemini-3.8-flash');
    const one = { inputTokens: 1_000_000, cachedInputTokens: 0, outputTokens: 0 };
    expect(catalogue.textCostMicros(gemini, one, now)).toBe(750_000);
    expect(catalogue.textCostMicros(gemini, one, new Date('2027-01-01T00:00:00Z'))).toBe(1_500_000);
  });

  it('images have a price by size and quality', () => {
    const image = { count: 3, size: '1024x1536', quality: 'high' } as const;
    expect(catalogue.imageCostMicros(model('openai', 'gpt-image-1.5'), image)).toBe(600_000);
  });

  it('property: whole, never negative, and more tokens never cost less within one price band', () => {
    fc.assert(
      fc.property(fc.nat(90_000), fc.nat(90_000), fc.nat(5_000), (input, cached, output) => {
        for (const entry of catalogue.models) {
          const cost = catalogue.textCostMicros(
            entry,
            { inputTokens: input, cachedInputTokens: cached, outputTokens: output },
            now,
          );
          expect(Number.isSafeInteger(cost) && cost >= 0).toBe(true);
          const more = catalogue.textCostMicros(
            entry,
            { inputTokens: input, cachedInputTokens: cached, outputTokens: output + 1 },
            now,
          );
          expect(more).toBeGreaterThanOrEqual(cost);
        }
      }),
    );
  });
});

describe('estimateTokens', () => {
  it('counts four Latin characters or one wide character a token', () => {
    expect(estimateTokens('')).toBe(0);
    expect(estimateTokens('abcd efgh')).toBe(3);
    expect(estimateTokens('春の花')).toBe(3);
  });
});
