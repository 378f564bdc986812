import { expect, it } from 'vitest';
import { matchShortcut } from './shortcuts';

const known = ['c', '?', 'g d', 'g p'];

it('runs a single key at once', () => {
  expect(matchShortcut(known, null, 'c')).toEqual({ run: 'c' });
});
it('waits for the second key of a chord and then runs it', () => {
  expect(matchShortcut(known, null, 'g')).toEqual({ wait: 'g' });
  expect(matchShortcut(known, 'g', 'd')).toEqual({ run: 'g d' });
});
it('forgets a chord that goes on differently, but takes the key for itself', () => {
  expect(matchShortcut(known, 'g', 'x')).toBeNull();
  expect(matchShortcut(known, 'g', 'c')).toEqual({ run: 'c' });
});
