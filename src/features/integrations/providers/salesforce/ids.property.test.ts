import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { caseSafeId } from './ids';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const id = fc
  .array(fc.constantFrom(...ALPHABET), { minLength: 12, maxLength: 12 })
  .map((digits) => `00Q${digits.join('')}`);
/** The number an id is, which is the order of Salesforce's index. */
const numberOf = (text: string) =>
  [...text].reduce((sum, digit) => sum * 62n + BigInt(ALPHABET.indexOf(digit)), 0n);

describe('ids of Salesforce', () => {
  it('get the suffix that Salesforce gives them', () => {
    // Of the last five, Hh2YB, the first, fourth and fifth are capitals: 1 + 8 + 16 is the 25th letter after A.
    expect(caseSafeId('0012000001Hh2YB')).toBe('0012000001Hh2YBAAZ');
    expect(caseSafeId('001000000000000')).toBe('001000000000000AAA');
    expect(caseSafeId('0012000001Hh2YBAAZ')).toBe('0012000001Hh2YBAAZ');
  });

  it('sort as text just as they sort as numbers, short and long forms mixed', () => {
    fc.assert(
      fc.property(fc.uniqueArray(id, { minLength: 2, maxLength: 40 }), (ids) => {
        const byNumber = ids.toSorted((a, b) => (numberOf(a) < numberOf(b) ? -1 : 1)).map(caseSafeId);
        const mixed = ids.map((one, at) => (at % 2 === 0 ? one : caseSafeId(one)));
        expect(mixed.map(caseSafeId).sort()).toEqual(byNumber);
        // Bytes, as Firestore compares.
        expect(mixed.map(caseSafeId).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))).toEqual(
          byNumber,
        );
      }),
    );
  });

  it('stay apart where only case tells them apart, also for systems without case', () => {
    const two = ['00Q00000000000a', '00Q00000000000A'].map(caseSafeId);
    expect(new Set(two.map((one) => one.toLowerCase())).size).toBe(2);
    // A reader's order would put them the other way round.
    expect(two.toSorted()).not.toEqual(two.toSorted((a, b) => a.localeCompare(b, 'en')));
  });

  it.each(['', '00Q', "00Q000000000001' OR Id != '", '00Q000000000001AA', '00Q00000000000é'])(
    'are refused when they are none: %j',
    (text) => expect(() => caseSafeId(text)).toThrow('not an id'),
  );
});
