import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  affordability,
  available,
  deltaOf,
  FIGURES,
  type Figures,
  grant,
  hold,
  includedLeft,
  NO_TOKENS,
  netTokens,
  plus,
  purchase,
  refresh,
  refund,
  release,
  settle,
  usedShare,
} from './balance';

type Step =
  | { do: 'grant' | 'purchase' | 'refund' | 'refresh' | 'reserve'; tokens: number }
  | { do: 'release' | 'sweep'; pick: number }
  | { do: 'settle' | 'lateSettle'; pick: number; actual: number };

const tokens = fc.integer({ min: 0, max: 60 });
const pick = fc.nat(50);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    do: fc.constantFrom<'grant' | 'purchase' | 'refund' | 'refresh' | 'reserve'>(
      'grant',
      'purchase',
      'refund',
      'refresh',
      'reserve',
    ),
    tokens,
  }),
  fc.record({ do: fc.constantFrom<'release' | 'sweep'>('release', 'sweep'), pick }),
  fc.record({ do: fc.constantFrom<'settle' | 'lateSettle'>('settle', 'lateSettle'), pick, actual: tokens }),
);

interface World {
  figures: Figures;
  folded: Figures;
  holds: number[];
  swept: number;
  /** grants + purchases − settled use − refunds − expiries, booked apart from the figures. */
  booked: number;
}

/** @returns the figures after the step, booking it apart from them; the same figures where the step does not apply. */
function take(world: World, step: Step): Figures {
  const { figures, holds } = world;
  switch (step.do) {
    case 'grant':
      world.booked += step.tokens;
      return grant(figures, step.tokens);
    case 'purchase':
      world.booked += step.tokens;
      return purchase(figures, step.tokens);
    case 'refund':
      world.booked -= step.tokens;
      return refund(figures, step.tokens);
    case 'refresh':
      world.booked += step.tokens - includedLeft(figures);
      return refresh(figures, step.tokens);
    case 'reserve':
      if (step.tokens === 0 || affordability(figures, step.tokens) !== 'enough') return figures;
      holds.push(step.tokens);
      return hold(figures, step.tokens);
    case 'release':
    case 'sweep': {
      const [held] = holds.splice(step.pick % Math.max(1, holds.length), 1);
      if (held === undefined) return figures;
      if (step.do === 'sweep') world.swept += 1;
      return release(figures, held);
    }
    case 'settle': {
      const [held] = holds.splice(step.pick % Math.max(1, holds.length), 1);
      if (held === undefined) return figures;
      world.booked -= step.actual;
      return settle(figures, held, step.actual);
    }
    case 'lateSettle':
      if (world.swept === 0) return figures;
      world.swept -= 1;
      world.booked -= step.actual;
      return settle(figures, 0, step.actual);
  }
}

describe('a balance', () => {
  it('never loses or mints a token over any sequence of operations', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const world: World = { figures: NO_TOKENS, folded: NO_TOKENS, holds: [], swept: 0, booked: 0 };
        for (const one of steps) {
          const next = take(world, one);
          world.folded = plus(world.folded, deltaOf(world.figures, next));
          world.figures = next;
          expect(netTokens(world.figures)).toBe(world.booked);
          expect(world.folded).toEqual(world.figures);
          expect(world.figures.heldTokens).toBe(world.holds.reduce((sum, held) => sum + held, 0));
          for (const name of FIGURES) expect(world.figures[name]).toBeGreaterThanOrEqual(0);
          const { totalUsedTokens, purchasedUsedThisPeriod, includedTokens } = world.figures;
          expect(totalUsedTokens - purchasedUsedThisPeriod).toBeLessThanOrEqual(includedTokens);
          expect(totalUsedTokens).toBeGreaterThanOrEqual(purchasedUsedThisPeriod);
          expect(available(world.figures)).toBeGreaterThanOrEqual(0);
          expect(usedShare(world.figures)).toBeLessThanOrEqual(1);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('never lets more be reserved than is there', () => {
    fc.assert(
      fc.property(fc.array(tokens, { maxLength: 40 }), tokens, (wanted, granted) => {
        let figures = grant(NO_TOKENS, granted);
        for (const one of wanted) if (affordability(figures, one) === 'enough') figures = hold(figures, one);
        expect(figures.heldTokens).toBeLessThanOrEqual(granted);
      }),
    );
  });
});

describe('transitions', () => {
  const balance = (figures: Partial<Figures>): Figures => ({ ...NO_TOKENS, ...figures });

  it('spends included tokens first, then purchased ones, then owes', () => {
    const after = settle(balance({ includedTokens: 10, purchasedTokens: 5, heldTokens: 8 }), 8, 18);
    expect(after).toEqual(
      balance({
        includedTokens: 10,
        purchasedTokens: 0,
        totalUsedTokens: 15,
        purchasedUsedThisPeriod: 5,
        debtTokens: 3,
      }),
    );
    expect(available(after)).toBe(0);
  });

  it('keeps purchased tokens and holds over a refresh, and pays debt out of the new allocation', () => {
    const before = balance({
      includedTokens: 50,
      totalUsedTokens: 60,
      purchasedUsedThisPeriod: 10,
      purchasedTokens: 7,
      heldTokens: 4,
      debtTokens: 6,
    });
    const after = refresh(before, 50);
    expect(after).toEqual(
      balance({ includedTokens: 50, totalUsedTokens: 6, purchasedTokens: 7, heldTokens: 4 }),
    );
    expect(available(after)).toBe(47);
  });

  it('tells "not there" from "reserved by running work"', () => {
    const figures = balance({ includedTokens: 10, heldTokens: 7 });
    expect(affordability(figures, 3)).toBe('enough');
    expect(affordability(figures, 4)).toBe('held');
    expect(affordability(figures, 11)).toBe('insufficient');
  });

  it('refuses amounts that are not whole', () => {
    expect(() => hold(NO_TOKENS, 1.5)).toThrow(RangeError);
    expect(() => grant(NO_TOKENS, -1)).toThrow(RangeError);
    expect(() => settle(NO_TOKENS, 0, Number.NaN)).toThrow(RangeError);
    expect(() => release(NO_TOKENS, 1)).toThrow(RangeError);
  });
});
