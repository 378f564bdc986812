import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { columnsOf, dealOf, sumsOf } from './pipeline';

const cents = fc.integer({ min: -1_000_000_000, max: 1_000_000_000 });
const amountOf = (value: number) => {
  const digits = String(Math.abs(value)).padStart(3, '0');
  return `${value < 0 ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`;
};
const deal = fc.record({
  stage: fc.constantFrom('new', 'won', 'strange', 'alien', null),
  cents: fc.option(cents),
  currency: fc.constantFrom('EUR', 'USD', 'JPY', null),
});
const STAGES = [
  { value: 'won', label: 'Won' },
  { value: 'new', label: 'New' },
];

describe('a pipeline', () => {
  it('sums each currency for itself, to the cent, whatever the order', () => {
    fc.assert(
      fc.property(fc.array(deal, { maxLength: 60 }), (made) => {
        const deals = made.map((one) => ({
          ...one,
          amount: one.cents === null ? null : amountOf(one.cents),
        }));
        const expected = new Map<string | null, number>();
        for (const one of made)
          if (one.cents !== null) expected.set(one.currency, (expected.get(one.currency) ?? 0) + one.cents);
        const sums = sumsOf(deals);
        expect(new Set(sums.map(({ currency }) => currency)).size).toBe(sums.length);
        expect(
          new Map(sums.map(({ currency, amount }) => [currency, Math.round(Number(amount) * 100) || 0])),
        ).toEqual(new Map([...expected].map(([currency, total]) => [currency, total || 0])));
        expect(sumsOf(deals.toReversed())).toEqual(sums);
      }),
    );
  });

  it('has every record in exactly one column, the vendor’s stages first and in its order', () => {
    fc.assert(
      fc.property(fc.array(deal, { maxLength: 60 }), (made) => {
        const deals = made.map((one) => ({ ...one, amount: null }));
        const columns = columnsOf(deals, STAGES);
        expect(columns.slice(0, 2).map(({ stage }) => stage)).toEqual(['won', 'new']);
        expect(columns.flatMap((one) => one.deals)).toHaveLength(deals.length);
        for (const { stage, deals: own } of columns) for (const one of own) expect(one.stage).toBe(stage);
        for (const { stage, deals: own } of columns.slice(2))
          expect([stage, own.length > 0]).toEqual([stage, true]);
        expect(columns.findIndex(({ stage }) => stage === null)).toBeOneOf([-1, columns.length - 1]);
      }),
    );
  });

  it.each([
    [
      { stage: ' won ', amount: '12.50', currency: 'eur' },
      { stage: 'won', amount: '12.50', currency: 'EUR' },
    ],
    [
      { stage: '', amount: 12.5 },
      { stage: null, amount: '12.5', currency: null },
    ],
    [{ amount: 'about 12' }, { stage: null, amount: null, currency: null }],
  ])('reads %j of a record', (fields, expected) => {
    expect(dealOf(fields)).toEqual(expected);
  });

  it('keeps what binary fractions lose', () => {
    const of = (amount: string) => ({ stage: null, amount, currency: 'EUR' });
    expect(sumsOf([of('0.1'), of('0.2')])).toEqual([{ currency: 'EUR', amount: '0.3' }]);
    expect(sumsOf([of('9007199254740993'), of('0.01')])[0]?.amount).toBe('9007199254740993.01');
    expect(sumsOf([of('-0.5'), of('0.5')])[0]?.amount).toBe('0');
  });
});
