import { describe, expect, it } from 'vitest';
import { maxPriceOf, priceOf, TASK_PRICES, TASK_TYPES } from './prices';

describe('prices', () => {
  it('has one price for every task, and a largest size wherever size matters', () => {
    expect(Object.keys(TASK_PRICES).sort()).toEqual([...TASK_TYPES].sort());
    for (const price of Object.values(TASK_PRICES)) {
      expect(price.tokens).toBeGreaterThan(0);
      expect(price.maxSize === undefined).toBe(price.per === undefined);
    }
  });

  it.each([
    ['post_text', { count: 3 }, 3],
    ['post_text', { count: 0 }, 0],
    ['long_form', { size: 1_000 }, 3],
    ['long_form', { size: 1_001 }, 6],
    ['thread', { size: 11 }, 4],
    ['image', { count: 4 }, 20],
    ['translation', { count: 2, size: 501 }, 4],
    ['summary', { size: 2_000 }, 1],
    ['scoring', { size: 25 }, 3],
    ['chat', {}, 1],
  ] as const)('%s for %o costs %i', (task, measure, tokens) => {
    expect(priceOf(task, measure)).toBe(tokens);
  });

  it('refuses a measure that would make the price no number', () => {
    expect(() => priceOf('summary', { size: Number.NaN })).toThrow(RangeError);
    expect(() => priceOf('image', { count: Number.POSITIVE_INFINITY })).toThrow(RangeError);
  });

  it('reserves the largest price: the unknown size counts as the largest, and no delivery costs more', () => {
    expect(maxPriceOf('long_form')).toBe(15);
    expect(maxPriceOf('long_form', { size: 1_500 })).toBe(6);
    expect(maxPriceOf('image', { count: 4 })).toBe(20);
    for (const task of TASK_TYPES) {
      const { maxSize = 1 } = TASK_PRICES[task];
      for (const size of [0, 1, maxSize / 2, maxSize])
        expect(priceOf(task, { size })).toBeLessThanOrEqual(maxPriceOf(task));
    }
  });
});
