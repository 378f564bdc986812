import type { Tier } from '@/features/organizations/schema';

/** What the tokens need to know of accounts; the composition root hands it in. */
export interface TokenAccounts {
  /** The account an organisation's work is paid from. Null when the organisation does not exist. */
  accountOf(organizationId: string): Promise<TokenAccount | null>;
}

export interface TokenAccount {
  /** Document of the balance: a person's id for their personal organisation, else `org_{orgId}`, which all members share. */
  ownerId: string;
  /** The person whose balance it is; null on a pooled one. Never changes for an organisation. */
  userId: string | null;
  organizationId: string;
  tier: Tier;
  seats: number;
}

/** What an organisation allows itself; the composition root hands it in. */
export interface Budgets {
  /** @throws RateLimitedError when a budget forbids further work. */
  check(owner: { userId: string; organizationId: string }): Promise<void>;
}

export const NO_BUDGETS: Budgets = { check: () => Promise.resolve() };
