import type { Tx } from '@/core/db/db';
import type { Tier } from '@/features/organizations/schema';
import type { Plan } from './plan-step';

/** What billing needs of other rooms; the composition root hands it in. */

export type LedgerOperation = {
  userId: string | null;
  metadata?: { purchaseId?: string; reason?: string; provider?: string };
} & (
  | { kind: 'purchase' | 'refund' | 'reinstate'; key: string; amount: number }
  | { kind: 'plan'; plan: Plan; at: Date }
);

export interface LedgerOutcome {
  amount: number;
  available: number;
  debt: number;
  replayed: boolean;
}

export interface LedgerAccount {
  tier: Tier;
  seats: number;
  /** A smaller plan that waits for the next period. */
  pending: Plan | null;
  lastRefreshDate: Date;
  nextRefreshDate: Date;
  billingCycleStartDate: Date;
}

export interface Ledger {
  account(organizationId: string): Promise<LedgerAccount>;
  /** Books together with what `plan` reads and `finish` writes, in one transaction. `plan` may run several times. */
  book<T>(
    organizationId: string,
    plan: (tx: Tx) => Promise<{
      operations: readonly LedgerOperation[];
      finish(outcomes: readonly LedgerOutcome[]): T;
    }>,
  ): Promise<T>;
}

export interface Organizations {
  /** Null when it does not exist. `email` is where invoices go. */
  facts(organizationId: string): Promise<{ name: string; email: string | null } | null>;
  setBillingStatus(
    tx: Tx,
    organizationId: string,
    status: 'active' | 'trialing' | 'past_due' | 'canceled',
  ): void;
}

/** Runs one piece of work for one name at a time, across processes. */
export type Exclusive = <T>(name: string, work: () => Promise<T>) => Promise<T>;
