import 'server-only';
import type { Db, Doc, Tx } from '@/core/db/db';
import type { PayloadOf } from '@/core/events/event-type';
import type { Outbox } from '@/core/events/outbox';
import { tokenBudgetAlert } from './events';
import { type BudgetSettings, tokenBudgetModel } from './schema';

export type Budget = Doc<typeof tokenBudgetModel>;

/** Token budgets in Firestore. */
export class BudgetRepository {
  constructor(
    readonly db: Db,
    readonly outbox: Outbox,
  ) {}

  budget(organizationId: string): Promise<Budget | null> {
    return this.db.get(this.db.doc(tokenBudgetModel, organizationId));
  }

  /** New limits are announced anew: what was crossed under the old ones says nothing about them. */
  save(
    organizationId: string,
    settings: BudgetSettings,
    month: string,
    also: (tx: Tx) => void,
  ): Promise<void> {
    return this.db.runOptimistic(async (tx) => {
      const ref = this.db.doc(tokenBudgetModel, organizationId);
      const known = await tx.get(ref);
      const fields = { ...settings, month, announced: {} };
      if (known) tx.update(ref, fields);
      else tx.create(ref, { ...fields, organizationId });
      also(tx);
    });
  }

  /** @param decide what was crossed by now; nothing is written where nothing was. */
  announce(
    organizationId: string,
    month: string,
    decide: (budget: Budget) => {
      announced: Record<string, number>;
      alerts: PayloadOf<typeof tokenBudgetAlert>[];
    },
  ): Promise<void> {
    return this.db.runOptimistic(async (tx) => {
      const ref = this.db.doc(tokenBudgetModel, organizationId);
      const budget = await tx.get(ref);
      if (!budget) return;
      const { announced, alerts } = decide(budget);
      if (alerts.length === 0) return;
      tx.update(ref, { month, announced });
      for (const alert of alerts) this.outbox.append(tx, tokenBudgetAlert, alert);
    });
  }
}
