import { randomUUID } from 'node:crypto';
import { tokenService } from '@tests/support/tokens';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isSystemError } from '@/core/errors';
import { FixedClock } from '@/core/time/clock';
import { addMonthsClamped } from '@/core/time/periods';
import { CustomerBook } from '@/features/billing/customers';
import type { PaymentFacts, PurchaseGateway } from '@/features/billing/gateway';
import { TokenPurchaseService } from '@/features/billing/purchases';
import { BillingRepository } from '@/features/billing/repository';
import { tokenPurchaseModel } from '@/features/billing/schema';
import { LedgerAudit } from '@/features/tokens/audit-service';
import { includedLeft } from '@/features/tokens/balance';
import { TokenLedger } from '@/features/tokens/ledger';
import { pooledOwnerId, tokenBalanceModel } from '@/features/tokens/schema';
import { allocationOf } from '@/features/tokens/tiers.data';
import { core } from '@/server/core';

/**
 * Everything that can happen to a balance, in long random orders, with each call made twice at once, answers forgotten half way,
 * and work that dies: the ledger adds up after every step, and its sums are those of a model that books each thing once.
 */

const PLANS = [
  { tier: 'free', seats: 1 },
  { tier: 'creator', seats: 1 },
  { tier: 'influencer', seats: 1 },
  { tier: 'enterprise', seats: 1 },
  { tier: 'enterprise', seats: 3 },
] as const;

const pick = fc.nat(1_000);
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('work' as const),
      hold: fc.integer({ min: 1, max: 40 }),
      actual: fc.integer({ min: 0, max: 60 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('crash' as const), hold: fc.integer({ min: 1, max: 40 }) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('sweep' as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('buy' as const), tokens: fc.integer({ min: 1, max: 90 }) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('refund' as const),
      pick,
      share: fc.integer({ min: 1, max: 100 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('dispute' as const), pick }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('win' as const), pick }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('replay' as const), pick }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('plan' as const), plan: fc.constantFrom(...PLANS) }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('days' as const), days: fc.integer({ min: 1, max: 70 }) }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

/** A payment provider in memory: what was paid, refunded and disputed. Prices are ten a token. */
class Payments implements PurchaseGateway {
  readonly id = 'stripe' as const;
  readonly all = new Map<string, PaymentFacts>();

  async openCheckout(): Promise<never> {
    throw new Error('not used here');
  }

  async payment(sessionId: string): Promise<PaymentFacts | null> {
    const found = this.all.get(sessionId);
    return found ? { ...found } : null;
  }

  async sessionOfPayment(payment: string): Promise<string | null> {
    return [...this.all.values()].find((one) => one.paymentIntentId === payment)?.sessionId ?? null;
  }
}

class World {
  /** Far ahead: no other suite's runs meet these owners. */
  readonly clock = new FixedClock('2090-01-31T00:00:00Z');
  readonly payments = new Payments();
  readonly processes = [tokenService(this.clock), tokenService(this.clock)];
  readonly owner = { userId: 'u', organizationId: `o-${randomUUID()}` };
  readonly ownerId = pooledOwnerId(this.owner.organizationId);
  readonly ledgers = this.processes.map((one) => new TokenLedger(one.repository, one.lanes, one, this.clock));
  readonly repository = new BillingRepository(core.db, core.outbox);
  readonly purchases = this.ledgers.map(
    (ledger) =>
      new TokenPurchaseService({
        repository: this.repository,
        ledger,
        gateways: { current: this.payments, of: () => this.payments },
        customers: new CustomerBook(this.repository, null, {
          facts: async () => null,
          setBillingStatus: () => undefined,
        }),
        appUrl: 'http://localhost:3000',
        clock: this.clock,
        ids: core.ids,
      }),
  );
  /** Net tokens of purchases by the model: bought less what their money took back. */
  readonly bought = new Map<string, number>();
  used = 0;

  async start(): Promise<void> {
    await this.processes[0]?.openAccount(this.owner);
  }

  /** The same call from both processes at once, as deliveries and clicks come. */
  async both<T>(work: (index: number) => Promise<T>): Promise<T[]> {
    return Promise.all([0, 1].map(work));
  }

  async balance() {
    const found = await core.db.get(core.db.doc(tokenBalanceModel, this.ownerId));
    if (!found) throw new Error('no balance');
    return found;
  }

  sessionAt(index: number): PaymentFacts | undefined {
    const all = [...this.payments.all.values()];
    return all[index % Math.max(1, all.length)];
  }

  async agree(facts: PaymentFacts): Promise<void> {
    const gone = Math.min(facts.amount, facts.refunded + facts.disputed);
    const tokens = facts.amount / 10;
    this.bought.set(facts.sessionId, tokens - Math.floor((tokens * gone) / facts.amount));
    await this.both((index) => this.purchases[index]?.fulfil(facts.sessionId) ?? Promise.resolve(null));
  }

  async buy(tokens: number): Promise<void> {
    const id = core.ids.next('pur');
    const sessionId = `cs_${id}`;
    await this.repository.addPurchase(id, {
      ...this.owner,
      gateway: 'stripe',
      tokenAmount: tokens,
      packageId: null,
      quantity: 1,
      price: tokens * 10,
      currency: 'usd',
      purchaseDate: this.clock.now(),
      status: 'open',
      isProcessed: false,
      paidAt: null,
      paymentMethod: null,
      sessionId,
      paymentIntentId: null,
      receiptUrl: null,
      refund: { amount: 0, tokens: 0, corrections: 0 },
      revision: 0,
    });
    const facts: PaymentFacts = {
      sessionId,
      purchaseId: id,
      state: 'paid',
      amount: tokens * 10,
      currency: 'usd',
      paymentIntentId: `pi_${id}`,
      method: 'card',
      receiptUrl: null,
      refunded: 0,
      disputed: 0,
    };
    this.payments.all.set(sessionId, facts);
    await this.agree(facts);
  }

  async reserve(hold: number): Promise<string | null> {
    const requestId = randomUUID();
    try {
      await this.both(
        (index) => this.processes[index]?.reserve(requestId, this.owner, hold, 'chat') ?? Promise.reject(),
      );
      return requestId;
    } catch (error) {
      if (isSystemError(error) && error.status === 402) return null;
      throw error;
    }
  }

  async take(one: Step): Promise<void> {
    switch (one.do) {
      case 'work': {
        const requestId = await this.reserve(one.hold);
        if (!requestId) return;
        await this.both((index) => this.processes[index]?.settle(requestId, one.actual) ?? Promise.reject());
        this.used += one.actual;
        return;
      }
      case 'crash':
        await this.reserve(one.hold);
        return;
      case 'sweep':
        await this.sweep();
        return;
      case 'buy':
        return this.buy(one.tokens);
      case 'refund':
      case 'dispute':
      case 'win':
      case 'replay': {
        const facts = this.sessionAt(one.pick);
        if (!facts) return;
        if (one.do === 'refund')
          facts.refunded = Math.min(
            facts.amount,
            facts.refunded + Math.ceil((facts.amount * one.share) / 100),
          );
        if (one.do === 'dispute') facts.disputed = facts.amount;
        if (one.do === 'win') facts.disputed = 0;
        return this.agree(facts);
      }
      case 'plan':
        await this.both(
          (index) =>
            this.ledgers[index]?.book(this.owner.organizationId, async () => ({
              operations: [{ kind: 'plan', plan: one.plan, at: this.clock.now(), userId: null }],
              finish: () => undefined,
            })) ?? Promise.reject(),
        );
        return;
      case 'days':
        this.clock.set(new Date(this.clock.now().getTime() + one.days * 86_400_000 + 1_234));
        await this.both(
          (index) => this.ledgers[index]?.account(this.owner.organizationId) ?? Promise.reject(),
        );
    }
  }

  /** Only this owner's: another suite's holds are none of ours. */
  async sweep(): Promise<void> {
    this.clock.set(new Date(this.clock.now().getTime() + 700_000));
    const service = this.processes[0];
    if (!service) return;
    for await (const hold of service.repository.holdsOf(this.ownerId))
      if (hold.expiresAt <= this.clock.now()) await service.release(hold.id);
  }

  async check(): Promise<void> {
    const balance = await this.balance();
    expect(await new LedgerAudit(this.processes[0]!.repository).owner(this.ownerId)).toEqual([]);
    let granted = 0;
    let used = 0;
    let bought = 0;
    let perPeriod = 0;
    for await (const entry of this.processes[0]!.repository.ledgerOf(this.ownerId)) {
      if (entry.type === 'grant' || entry.type === 'refresh') granted += entry.amount;
      if (entry.type === 'expiry') granted -= entry.amount;
      if (entry.type === 'usage') used += entry.amount;
      if (entry.type === 'purchase' || entry.type === 'adjustment') bought += entry.amount;
      if (entry.type === 'refund') bought -= entry.amount;
      if (entry.type === 'refresh') perPeriod = 0;
      if (entry.type === 'grant' || entry.type === 'refresh') perPeriod += entry.amount;
    }
    expect(used).toBe(this.used);
    expect(bought).toBe([...this.bought.values()].reduce((sum, one) => sum + one, 0));
    expect(includedLeft(balance) + balance.purchasedTokens - balance.debtTokens).toBe(
      granted - used + bought,
    );
    // Going up and down within a period never granted more than its largest plan is worth.
    expect(perPeriod).toBeLessThanOrEqual(allocationOf(balance.tier, balance.seats));
    expect(balance.nextRefreshDate > balance.lastRefreshDate).toBe(true);
    const anchored = Array.from({ length: 400 }, (_, month) =>
      addMonthsClamped(balance.billingCycleStartDate, month).getTime(),
    );
    expect(anchored).toContain(balance.nextRefreshDate.getTime());
    for (const [sessionId, net] of this.bought) {
      const facts = this.payments.all.get(sessionId);
      const purchase = await core.db.get(core.db.doc(tokenPurchaseModel, facts?.purchaseId ?? ''));
      expect([sessionId, (purchase?.tokenAmount ?? 0) - (purchase?.refund.tokens ?? 0)]).toEqual([
        sessionId,
        net,
      ]);
    }
  }
}

describe('a balance over its whole life', () => {
  it('adds up after any sequence of work, crashes, purchases, refunds, disputes, plans and periods, each done twice at once', {
    timeout: 170_000,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 25, maxLength: 40, size: 'max' }), async (steps) => {
        const world = new World();
        await world.start();
        for (const [index, one] of steps.entries()) {
          await world.take(one);
          if (index % 15 === 14) await world.check();
        }
        await world.sweep();
        await world.check();
        expect((await world.balance()).heldTokens).toBe(0);
      }),
      { numRuns: 2 },
    );
  });
});
