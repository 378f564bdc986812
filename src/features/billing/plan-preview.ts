import { allocationOf } from '@/features/tokens/tiers.data';
import type { Currency } from './currencies.data';
import { monthlyPriceOf, prorated } from './plan-decision';
import type { Plan } from './plan-step';
import type { PlanChange, SubscriptionPreview } from './schema';

interface Facts {
  change: PlanChange;
  wanted: Plan;
  inForce: Plan & { lastRefreshDate: Date; nextRefreshDate: Date };
  currency: Currency;
  now: Date;
  /** Stripe's own figures, where it can give them. */
  exact: { dueNow: number; lines: { description: string; amount: number }[] } | null;
}

/** What a change would cost and give, now and later. Nothing is changed. */
export function previewChange(facts: Facts): SubscriptionPreview {
  const { change, wanted, inForce, currency, now, exact } = facts;
  const period = { start: inForce.lastRefreshDate, end: inForce.nextRefreshDate };
  const atOnce = change === 'start' || change === 'upgrade';
  const figures = exact ?? (atOnce ? difference(facts, period) : { dueNow: 0, lines: [] });
  const more = allocationOf(wanted.tier, wanted.seats) - allocationOf(inForce.tier, inForce.seats);
  const waits = change === 'downgrade' || change === 'cancel';
  return {
    outcome: 'preview',
    change,
    currency,
    ...figures,
    monthlyPrice: monthlyPriceOf(wanted, currency),
    nextInvoiceAt: wanted.tier === 'free' ? null : period.end,
    tokensNow: atOnce ? wholeShare(Math.max(0, more), period, now) : 0,
    tokensPerPeriod: allocationOf(wanted.tier, wanted.seats),
    effectiveAt: waits ? period.end : now,
  };
}

function difference({ wanted, inForce, currency, now }: Facts, period: { start: Date; end: Date }) {
  const unused = prorated(monthlyPriceOf(inForce, currency), period, now);
  const remaining = prorated(monthlyPriceOf(wanted, currency), period, now);
  const lines = [
    { description: `Rest of the period on ${wanted.tier}`, amount: remaining },
    ...(unused > 0 ? [{ description: `Unused time on ${inForce.tier}`, amount: -unused }] : []),
  ];
  return { dueNow: Math.max(0, remaining - unused), lines };
}

/** As the ledger grants it: whole tokens, rounded down. */
function wholeShare(tokens: number, { start, end }: { start: Date; end: Date }, now: Date): number {
  const left = end.getTime() - Math.min(end.getTime(), Math.max(start.getTime(), now.getTime()));
  return Number((BigInt(tokens) * BigInt(left)) / BigInt(end.getTime() - start.getTime()));
}
