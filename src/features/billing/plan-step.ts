import type { Tier } from '@/features/organizations/schema';
import { allocationOf } from '@/features/tokens/tiers.data';

export interface Plan {
  tier: Tier;
  seats: number;
}

/** What going from one plan to another is called. */
export function planStep(from: Plan, to: Plan): 'started' | 'upgraded' | 'downgraded' | 'ended' {
  if (to.tier === 'free') return 'ended';
  if (from.tier === 'free') return 'started';
  return allocationOf(to.tier, to.seats) >= allocationOf(from.tier, from.seats) ? 'upgraded' : 'downgraded';
}
