import { describe, expect, it } from 'vitest';
import { priceOf, TASK_PRICES, TASK_TYPES } from './prices';

describe('prices', () => {
  it('has one price for every task', () => {
    expect(Object.keys(TASK_PRICES).sort()).toEqual([...TASK_TYPES].sort());
    for (const price of Object.values(TASK_PRICES)) expect(price.tokens).toBeGreaterThan(0);
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
});
