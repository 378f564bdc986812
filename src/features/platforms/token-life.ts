import type { ChannelHealth } from '@/features/platforms/schema';

/** When tokens are renewed, warned about and looked after. Pure: decided from facts and the time alone. */

export interface TokenFacts {
  issuedAt: Date;
  /** Null = does not expire. */
  expiresAt: Date | null;
  grantExpiresAt: Date | null;
  refreshable: boolean;
}

const DAY_MS = 86_400_000;
/** Tokens that live longer are renewed by the maintenance job; shorter ones right before they are used. */
const LONG_LIVED_MS = DAY_MS;
/** A grant that nobody uses is renewed this often, so that the network does not drop it. */
const IDLE_RENEWAL_MS = 7 * DAY_MS;
const RENEW_AT_SHARE = 0.8;
/** Days before the end at which people are warned, most pressing last. */
export const WARNING_DAYS = [14, 7, 1] as const;

/** Renewal is due at 80 % of a token's life; null = never. */
export function renewalDueAt({ issuedAt, expiresAt, refreshable }: TokenFacts): Date | null {
  if (!expiresAt || !refreshable) return null;
  const life = Math.max(0, expiresAt.getTime() - issuedAt.getTime());
  return new Date(issuedAt.getTime() + life * RENEW_AT_SHARE);
}

/** The end after which only a person can help; null = none in sight. */
export function endOf({ expiresAt, grantExpiresAt, refreshable }: TokenFacts): Date | null {
  return refreshable ? grantExpiresAt : expiresAt;
}

/** The most pressing warning that has come due (14, 7 or 1); null when the end is further away. */
export function warningAt(end: Date | null, now: Date): (typeof WARNING_DAYS)[number] | null {
  if (!end) return null;
  const days = (end.getTime() - now.getTime()) / DAY_MS;
  return WARNING_DAYS.findLast((threshold) => days <= threshold) ?? null;
}

/** Health as the token's dates tell it; failures are told by those who saw them. */
export function healthByDates(
  facts: TokenFacts,
  now: Date,
): Extract<ChannelHealth, 'healthy' | 'expiring' | 'needs_reauth'> {
  const end = endOf(facts);
  if (end && end <= now) return 'needs_reauth';
  // A rotating grant moves its end with each renewal; only one that cannot be renewed is really running out.
  return !facts.refreshable && warningAt(end, now) !== null ? 'expiring' : 'healthy';
}

/** When the maintenance job must look again: the next renewal or warning, and at least weekly. */
export function nextCheckAt(facts: TokenFacts, now: Date): Date {
  const due = renewalDueAt(facts);
  const life = facts.expiresAt ? facts.expiresAt.getTime() - facts.issuedAt.getTime() : 0;
  const end = endOf(facts);
  const candidates = [now.getTime() + IDLE_RENEWAL_MS];
  if (due && life > LONG_LIVED_MS) candidates.push(due.getTime());
  if (end && !facts.refreshable) {
    const upcoming = WARNING_DAYS.map((days) => end.getTime() - days * DAY_MS).filter(
      (at) => at > now.getTime(),
    );
    candidates.push(...upcoming, ...(end > now ? [end.getTime()] : []));
  }
  return new Date(Math.min(...candidates));
}

/** Whether the maintenance job should renew now: it is due, or nobody used the grant for long. */
export function maintenanceRenews(facts: TokenFacts, now: Date): boolean {
  const due = renewalDueAt(facts);
  if (!due) return false;
  return due <= now || now.getTime() - facts.issuedAt.getTime() >= IDLE_RENEWAL_MS;
}
