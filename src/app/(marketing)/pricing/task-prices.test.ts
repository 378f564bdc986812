import { expect, it } from 'vitest';
import { TASK_TYPES } from '@/features/tokens/prices';
import messages from '@/messages/en/marketing.json';

it('names every task of the price list and what is counted', () => {
  const known = [...TASK_TYPES].sort();
  expect(Object.keys(messages.pricing.tasks.names).sort()).toEqual(known);
  expect(Object.keys(messages.pricing.tasks.units).sort()).toEqual(known);
});
