import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { metWith, unmetOf } from './met';

const ids = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 30 }), { maxLength: 60 });

describe('what a pass met', () => {
  it('is told from what it did not meet, whatever the order, the pages and repetitions', () => {
    fc.assert(
      fc.property(ids, fc.integer({ min: 1, max: 7 }), fc.func(fc.boolean()), (all, size, there) => {
        const present = all.filter((id) => there(id));
        const listed = [...present, ...present.slice(0, 3)].reverse();
        let met: string | null = '';
        for (let at = 0; at < listed.length; at += size) met = metWith(met, listed.slice(at, at + size));
        const links = all.map((externalId) => ({ externalId, deleted: externalId.startsWith('a') }));
        const expected = links.filter(({ externalId, deleted }) => !deleted && !there(externalId));
        expect(unmetOf(met ?? '', links)).toEqual(expected.map(({ externalId }) => externalId));
      }),
    );
  });

  it('is given up when it is too much to remember, and stays so', () => {
    const many = Array.from({ length: 20_001 }, (_, index) => `r${index}`);
    expect(metWith('', many)).toBeNull();
    expect(metWith(null, ['one'])).toBeNull();
    expect(metWith('', many.slice(1))).toHaveLength(160_000);
  });
});
