/**
 * The arithmetic of a token balance: plain figures in, plain figures out. No clock, no I/O. Everything that changes a balance
 * goes through one of these transitions, so the invariant
 *
 *   grants + purchases − settled use − refunds − expiries = includedLeft + purchasedTokens − debtTokens
 *
 * can be proved over random sequences (`balance.property.test.ts`) and audited over live data (`audit.ts`).
 */

/** The six figures of a balance, as stored. All are whole and never negative. */
export interface Figures {
  /** This period's allocation. */
  includedTokens: number;
  /** Bought and not yet spent; carries over. */
  purchasedTokens: number;
  /** Drawn this period from included, then purchased tokens; repaid debt counts as drawn. */
  totalUsedTokens: number;
  /** The part of `totalUsedTokens` that came from purchased tokens. */
  purchasedUsedThisPeriod: number;
  /** Reserved by running operations. */
  heldTokens: number;
  /** Owed: what an overshoot or refund could not take; the next grant pays it first. */
  debtTokens: number;
}

export const FIGURES = [
  'includedTokens',
  'purchasedTokens',
  'totalUsedTokens',
  'purchasedUsedThisPeriod',
  'heldTokens',
  'debtTokens',
] as const satisfies readonly (keyof Figures)[];

export const NO_TOKENS: Figures = {
  includedTokens: 0,
  purchasedTokens: 0,
  totalUsedTokens: 0,
  purchasedUsedThisPeriod: 0,
  heldTokens: 0,
  debtTokens: 0,
};

export function includedLeft(figures: Figures): number {
  return Math.max(0, figures.includedTokens - (figures.totalUsedTokens - figures.purchasedUsedThisPeriod));
}

/** What the owner has, less what it owes. May be negative. The figure the ledger's invariant speaks of. */
export function netTokens(figures: Figures): number {
  return includedLeft(figures) + figures.purchasedTokens - figures.debtTokens;
}

/** What can be reserved now; never shown below 0. */
export function available(figures: Figures): number {
  return Math.max(0, netTokens(figures) - figures.heldTokens);
}

/** `held`: enough is there, but running operations have reserved it. `insufficient`: waiting for them does not help. */
export type Affordability = 'enough' | 'held' | 'insufficient';

export function affordability(figures: Figures, needed: number): Affordability {
  const net = netTokens(figures);
  if (net - figures.heldTokens >= needed) return 'enough';
  return net >= needed ? 'held' : 'insufficient';
}

function whole(tokens: number): number {
  if (!Number.isSafeInteger(tokens) || tokens < 0)
    throw new RangeError(`Token amounts are whole numbers from 0, not ${tokens}.`);
  return tokens;
}

/** Reserves tokens. The caller has checked {@link affordability}. */
export function hold(figures: Figures, tokens: number): Figures {
  return { ...figures, heldTokens: figures.heldTokens + whole(tokens) };
}

/** Gives reserved tokens back. */
export function release(figures: Figures, held: number): Figures {
  if (whole(held) > figures.heldTokens) throw new RangeError('More released than was held.');
  return { ...figures, heldTokens: figures.heldTokens - held };
}

/**
 * Charges what was delivered and gives the hold back. Draws included tokens first, then purchased ones; what neither covers
 * becomes debt, so a charge always posts.
 * @param held tokens this operation had reserved; 0 when its hold was swept before.
 */
export function settle(figures: Figures, held: number, actual: number): Figures {
  const freed = release(figures, held);
  const fromIncluded = Math.min(whole(actual), includedLeft(freed));
  const fromPurchased = Math.min(actual - fromIncluded, freed.purchasedTokens);
  return {
    ...freed,
    purchasedTokens: freed.purchasedTokens - fromPurchased,
    totalUsedTokens: freed.totalUsedTokens + fromIncluded + fromPurchased,
    purchasedUsedThisPeriod: freed.purchasedUsedThisPeriod + fromPurchased,
    debtTokens: freed.debtTokens + (actual - fromIncluded - fromPurchased),
  };
}

/** Pays debt out of included tokens, as far as they reach. */
function repay(figures: Figures): Figures {
  const paid = Math.min(figures.debtTokens, includedLeft(figures));
  return {
    ...figures,
    debtTokens: figures.debtTokens - paid,
    totalUsedTokens: figures.totalUsedTokens + paid,
  };
}

/** Adds to this period's allocation (opening, upgrade); pays debt first. */
export function grant(figures: Figures, tokens: number): Figures {
  return repay({ ...figures, includedTokens: figures.includedTokens + whole(tokens) });
}

/**
 * Turns to a new period: what is left of the old allocation expires (see {@link includedLeft}), use starts at 0, purchased
 * tokens and holds stay; the new allocation pays debt first.
 */
export function refresh(figures: Figures, allocation: number): Figures {
  return repay({
    ...figures,
    includedTokens: whole(allocation),
    totalUsedTokens: 0,
    purchasedUsedThisPeriod: 0,
  });
}

export function purchase(figures: Figures, tokens: number): Figures {
  return { ...figures, purchasedTokens: figures.purchasedTokens + whole(tokens) };
}

/** Takes bought tokens back; what was spent already becomes debt. */
export function refund(figures: Figures, tokens: number): Figures {
  const taken = Math.min(whole(tokens), figures.purchasedTokens);
  return {
    ...figures,
    purchasedTokens: figures.purchasedTokens - taken,
    debtTokens: figures.debtTokens + (tokens - taken),
  };
}

/** Takes a {@link refund} back: pays the debt it left first, the rest is bought tokens again. */
export function reinstate(figures: Figures, tokens: number): Figures {
  const paid = Math.min(whole(tokens), figures.debtTokens);
  return {
    ...figures,
    purchasedTokens: figures.purchasedTokens + (tokens - paid),
    debtTokens: figures.debtTokens - paid,
  };
}

/** What a transition changed, figure by figure. A balance is the sum of the deltas of its ledger entries. */
export function deltaOf(before: Figures, after: Figures): Figures {
  return combine(after, before, (a, b) => a - b);
}

export function plus(figures: Figures, delta: Figures): Figures {
  return combine(figures, delta, (a, b) => a + b);
}

export function sameFigures(one: Figures, other: Figures): boolean {
  return FIGURES.every((name) => one[name] === other[name]);
}

function combine(one: Figures, other: Figures, join: (a: number, b: number) => number): Figures {
  const out = { ...NO_TOKENS };
  for (const name of FIGURES) out[name] = join(one[name], other[name]);
  return out;
}

/** Share of the period's tokens that is used, from 0 to 1: what the warnings at 80 % and 100 % look at. */
export function usedShare(figures: Figures): number {
  const total = figures.includedTokens + figures.purchasedTokens + figures.purchasedUsedThisPeriod;
  if (total === 0) return 0;
  return Math.min(1, (figures.totalUsedTokens + figures.debtTokens) / total);
}
