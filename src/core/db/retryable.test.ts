import { describe, expect, it } from 'vitest';
import { repeatable } from './retryable';

const failure = (code: number, message: string) => Object.assign(new Error(message), { code });

describe('a transaction that was given up', () => {
  it('is repeated, and nothing else is', () => {
    for (const message of [
      '3 INVALID_ARGUMENT: Transaction is invalid or closed.',
      'The transaction has expired',
    ])
      expect(repeatable(failure(3, message))).toMatchObject({ code: 10, cause: { message } });
    const wrong = failure(3, 'The query needs an order.');
    expect(repeatable(wrong)).toBe(wrong);
    const gone = failure(5, 'Transaction is invalid or closed.');
    expect(repeatable(gone)).toBe(gone);
    expect(repeatable('text')).toBe('text');
  });
});
