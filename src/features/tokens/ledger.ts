import 'server-only';
import type { Tx } from '@/core/db/db';
import { NotFoundError } from '@/core/errors';
import { singleton } from '@/core/singletons';
import type { Clock } from '@/core/time/clock';
import type { Account, Command, Outcome, Plan } from './commands';
import type { OwnerLanes } from './owner-lanes';
import { dueRefreshes } from './refresh-periods';
import type { TokenRepository } from './repository';
import type { TransactionMetadata } from './schema';

/** What another room may have booked: bought tokens, their way back, and the plan. */
export type LedgerOperation = { userId: string | null; metadata?: TransactionMetadata } & (
  | { kind: 'purchase' | 'refund' | 'reinstate'; key: string; amount: number }
  | { kind: 'plan'; plan: Plan; at: Date }
);

export interface LedgerPlan<T> {
  operations: readonly LedgerOperation[];
  /** Writes with the transaction the plan was made in; gets each operation's outcome in order. */
  finish(outcomes: readonly Outcome[]): T;
}

export interface LedgerAccount extends Account {
  ownerId: string;
  billingCycleStartDate: Date;
}

/** The ledger as billing uses it: money documents and tokens change in one transaction, or neither does. */
export class TokenLedger {
  static getInstance(): TokenLedger {
    return singleton<TokenLedger>('TokenLedger');
  }

  constructor(
    readonly repository: TokenRepository,
    readonly lanes: OwnerLanes,
    readonly owners: { ownerIdOf(organizationId: string): Promise<string> },
    readonly clock: Clock,
  ) {}

  /** The plan in force and its period. A period that has ended is begun anew first. */
  async account(organizationId: string): Promise<LedgerAccount> {
    const ownerId = await this.owners.ownerIdOf(organizationId);
    const due = await this.#dueRefreshes(ownerId);
    if (due.length > 0) await this.lanes.alone(ownerId, () => this.repository.post(ownerId, due));
    const balance = await this.repository.balance(ownerId);
    if (!balance) throw new NotFoundError('This token balance');
    const { tier, seats, pending, lastRefreshDate, nextRefreshDate, billingCycleStartDate } = balance;
    return { ownerId, tier, seats, pending, lastRefreshDate, nextRefreshDate, billingCycleStartDate };
  }

  /**
   * Books operations together with the plan's own reads and writes. May run the plan several times until it goes through.
   * @throws what the plan throws; the ledger's refusal.
   */
  async book<T>(organizationId: string, plan: (tx: Tx) => Promise<LedgerPlan<T>>): Promise<T> {
    const ownerId = await this.owners.ownerIdOf(organizationId);
    return this.lanes.alone(ownerId, async () => {
      const due = await this.#dueRefreshes(ownerId);
      return this.repository.postWith(ownerId, async (tx) => {
        const { operations, finish } = await plan(tx);
        // A new plan is judged within the period that is running, so periods that are over are turned first.
        const turned = operations.some((one) => one.kind === 'plan') ? due : [];
        const commands = operations.map((one) => commandOf(one, ownerId, organizationId));
        return {
          commands: [...turned, ...commands],
          finish: (outcomes) => finish(outcomes.slice(turned.length)),
        };
      });
    });
  }

  async #dueRefreshes(ownerId: string): Promise<Command[]> {
    const balance = await this.repository.balance(ownerId);
    return balance ? dueRefreshes({ ...balance, ownerId }, this.clock.now()) : [];
  }
}

function commandOf(operation: LedgerOperation, ownerId: string, organizationId: string): Command {
  const { userId, metadata = {} } = operation;
  const base = { userId, organizationId, metadata };
  if (operation.kind === 'plan')
    return { ...base, kind: 'plan', key: ownerId, plan: operation.plan, at: operation.at };
  return { ...base, kind: operation.kind, key: operation.key, amount: operation.amount };
}
