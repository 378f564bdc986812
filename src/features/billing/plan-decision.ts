import { allocationOf, TIER_DEFINITIONS } from '@/features/tokens/tiers.data';
import { type Currency, priceIn } from './currencies.data';
import type { SubscriptionFacts } from './gateway';
import type { Plan } from './plan-step';
import type { PlanChange, SubscriptionRequest, SubscriptionStatus } from './schema';

/** What a change of plan is and costs, decided from plain facts. No clock, no I/O. */

export function planOf(request: Pick<SubscriptionRequest, 'tier' | 'seats'>): Plan {
  return { tier: request.tier, seats: TIER_DEFINITIONS[request.tier].perSeat ? request.seats : 1 };
}

export function samePlan(one: Plan, other: Plan | null): boolean {
  return other !== null && one.tier === other.tier && one.seats === other.seats;
}

/** Minor units for one month. */
export function monthlyPriceOf(plan: Plan, currency: Currency): number {
  return priceIn(currency, TIER_DEFINITIONS[plan.tier].monthlyPrice) * plan.seats;
}

/**
 * @param inForce what this period gives, which never shrinks within it.
 * @param pending what waits for the next period.
 * @param live whether there is a subscription to change.
 */
export function classifyChange(wanted: Plan, inForce: Plan, pending: Plan | null, live: boolean): PlanChange {
  if (!live) return wanted.tier === 'free' ? 'none' : 'start';
  if (samePlan(wanted, pending)) return 'none';
  if (wanted.tier === 'free') return 'cancel';
  const difference = allocationOf(wanted.tier, wanted.seats) - allocationOf(inForce.tier, inForce.seats);
  if (difference > 0) return 'upgrade';
  if (difference < 0) return 'downgrade';
  return pending ? 'resume' : 'none';
}

/** Share of an amount for the rest of a period; what both sides of a proration are made of. */
export function prorated(amount: number, period: { start: Date; end: Date }, now: Date): number {
  const length = period.end.getTime() - period.start.getTime();
  const left =
    period.end.getTime() - Math.min(period.end.getTime(), Math.max(period.start.getTime(), now.getTime()));
  return Math.round((amount * left) / length);
}

const LIVE: ReadonlySet<SubscriptionFacts['state']> = new Set(['active', 'trialing', 'past_due']);

export function isLive(subscription: Pick<SubscriptionFacts, 'state'>): boolean {
  return LIVE.has(subscription.state);
}

/** The subscription an organisation's plan follows: a running one before one that ended, the larger plan, then the newer one. */
export function leadingSubscription(all: readonly SubscriptionFacts[]): SubscriptionFacts | null {
  const ours = all.filter((one) => one.plan !== null && one.state !== 'pending');
  const rank = (one: SubscriptionFacts) => [
    isLive(one) ? 1 : 0,
    one.plan ? allocationOf(one.plan.tier, one.plan.seats) : 0,
    one.startedAt.getTime(),
  ];
  const [first] = ours.sort((a, b) => {
    const [left, right] = [rank(a), rank(b)];
    const at = left.findIndex((value, index) => value !== right[index]);
    return at < 0 ? 0 : (right[at] ?? 0) - (left[at] ?? 0);
  });
  return first ?? null;
}

const FREE: Plan = { tier: 'free', seats: 1 };

/**
 * The plans the ledger is told of, in order. An upgrade counts only once it is paid: while an invoice is open, nothing grows. A
 * plan that ends is followed by the free one.
 */
export function plansToBook(leading: SubscriptionFacts | null, inForce: Plan): Plan[] {
  if (!leading?.plan || !isLive(leading)) return [FREE];
  const grows =
    allocationOf(leading.plan.tier, leading.plan.seats) > allocationOf(inForce.tier, inForce.seats);
  const current = leading.state === 'past_due' && grows ? [] : [leading.plan];
  return leading.cancelAtPeriodEnd ? [...current, FREE] : current;
}

/** Whether the ledger has nothing left to do for these plans. */
export function alreadyBooked(plans: readonly Plan[], inForce: Plan & { pending: Plan | null }): boolean {
  let pending: Plan | null = null;
  for (const plan of plans) {
    const more = allocationOf(plan.tier, plan.seats) - allocationOf(inForce.tier, inForce.seats);
    if (more > 0) return false;
    pending = more < 0 ? plan : null;
  }
  if (plans.length === 0 || pending === null) return plans.length === 0 || inForce.pending === null;
  return samePlan(pending, inForce.pending);
}

export function statusOf(leading: SubscriptionFacts | null): SubscriptionStatus {
  if (!leading) return 'none';
  return leading.state === 'ended' || leading.state === 'pending' ? 'canceled' : leading.state;
}
