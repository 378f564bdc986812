import { describe, expect, it } from 'vitest';
import { rateOf } from '@/features/platforms/providers/rate';

const KNOWN = [
  { name: 'a', scope: 'account', limit: 'a-limit', remaining: 'a-left', reset: 'a-reset' },
  { name: 'b', scope: 'app', limit: 'b-limit', remaining: 'b-left', reset: 'b-reset' },
] as const;

describe('rateOf', () => {
  it('gives the tightest allowance', () => {
    const headers = new Headers({
      'a-limit': '100',
      'a-left': '60',
      'a-reset': '1700000000',
      'b-limit': '10',
      'b-left': '2',
    });
    expect(rateOf(headers, KNOWN)).toEqual({ name: 'b', scope: 'app', remaining: 2, limit: 10 });
  });

  it('reads both ways of telling the time', () => {
    const epoch = rateOf(new Headers({ 'a-left': '1', 'a-reset': '1700000000' }), KNOWN);
    const iso = rateOf(new Headers({ 'a-left': '1', 'a-reset': '2023-11-14T22:13:20.000Z' }), KNOWN);
    expect(epoch?.resetsAt).toEqual(iso?.resetsAt);
  });

  it('says nothing where nothing, or nonsense, was said', () => {
    expect(rateOf(new Headers({ 'a-left': 'many', 'b-limit': '3' }), KNOWN)).toBeUndefined();
    expect(rateOf(new Headers({ 'a-left': '1', 'a-reset': 'soon' }), KNOWN)).toEqual({
      name: 'a',
      scope: 'account',
      remaining: 1,
    });
  });
});
