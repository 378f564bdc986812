import 'server-only';
import type { AuditTrail } from '@/core/auth/audit-trail';
import type { Actor } from '@/core/auth/principal';
import type { Page } from '@/core/db/cursor';
import { ConflictError } from '@/core/errors';
import { singleton } from '@/core/singletons';
import { allocationOf, BASE_CURRENCY } from '@/features/tokens/tiers.data';
import type { Currency } from './currencies.data';
import type { CustomerBook } from './customers';
import type { InvoiceFacts } from './gateway';
import { classifyChange, monthlyPriceOf, planOf, samePlan } from './plan-decision';
import { previewChange } from './plan-preview';
import type { Plan } from './plan-step';
import type { Exclusive, LedgerAccount } from './ports';
import { billingNotConfigured } from './purchases';
import type { BillingAccount } from './repository';
import type {
  InvoiceView,
  PlanChange,
  SubscriptionAnswer,
  SubscriptionRequest,
  SubscriptionView,
} from './schema';
import type { SyncDeps } from './subscription-sync';
import { SubscriptionSync } from './subscription-sync';

export interface SubscriptionDeps extends Omit<SyncDeps, 'gateway'> {
  /** Null where this installation takes no money. */
  gateway: SyncDeps['gateway'] | null;
  customers: CustomerBook;
  audit: AuditTrail;
  exclusive: Exclusive;
  appUrl: string;
}

/** A change of plan as it is about to be made. */
interface Intent {
  actor: Actor;
  wanted: Plan;
  change: PlanChange;
  account: BillingAccount;
  inForce: LedgerAccount;
  currency: Currency;
}

/** Plans: what they cost, how they change, and what Stripe says of them. */
export class SubscriptionService {
  static getInstance(): SubscriptionService {
    return singleton<SubscriptionService>('SubscriptionService');
  }

  constructor(readonly deps: SubscriptionDeps) {}

  async view(actor: Actor): Promise<SubscriptionView> {
    const account = await this.deps.repository.account(actor.organizationId);
    const inForce = await this.deps.ledger.account(actor.organizationId);
    return this.#view(account, inForce);
  }

  /**
   * A larger plan is paid and in force at once; a smaller one, or none, from the next period on. What a period has given it keeps,
   * so going down and up again within it neither costs nor gives anything.
   * @throws ConflictError while an invoice is unpaid; SystemError `payment_declined`; ServiceUnavailableError.
   */
  change(actor: Actor, request: SubscriptionRequest, preview: boolean): Promise<SubscriptionAnswer> {
    if (!this.deps.gateway) return Promise.reject(billingNotConfigured());
    if (preview) return this.#intent(actor, request).then((intent) => this.#preview(intent));
    return this.deps.exclusive(`billing_${actor.organizationId}`, async () => {
      const intent = await this.#intent(actor, request);
      return intent.change === 'start' ? this.#start(intent) : this.#apply(intent);
    });
  }

  async portal(actor: Actor): Promise<{ url: string }> {
    const customerId = await this.deps.customers.customerOf(actor.organizationId);
    if (!this.deps.gateway || !customerId) throw billingNotConfigured();
    return { url: await this.deps.gateway.openPortal(customerId, `${this.deps.appUrl}/billing`) };
  }

  async invoices(
    actor: Actor,
    page: { limit: number; cursor?: string | undefined },
  ): Promise<Page<InvoiceView>> {
    if (!this.deps.gateway) throw billingNotConfigured();
    const account = await this.deps.repository.account(actor.organizationId);
    if (!account?.customerId) return { items: [], cursor: null };
    const { items, cursor } = await this.deps.gateway.invoices(account.customerId, page);
    return { items: items.map(invoiceView), cursor };
  }

  /** The organisation is gone: nobody may be charged for it any longer. Safe to repeat. */
  async organizationGone(organizationId: string): Promise<void> {
    const account = await this.deps.repository.account(organizationId);
    if (!account?.customerId || !this.deps.gateway) return;
    if (account.openSessionId) await this.deps.gateway.endCheckout(account.openSessionId);
    for (const { id } of await this.deps.gateway.subscriptionsOf(account.customerId))
      await this.deps.gateway.end(id);
  }

  /** Something happened to a subscription. @returns false when it is none of ours. */
  async sync(subscriptionId: string, at: Date): Promise<boolean> {
    const found = await this.#gateway().subscription(subscriptionId);
    return found ? (await this.#sync().customer(found.customerId, at)) !== null : false;
  }

  /** Something happened to an invoice. @returns false when it is none of ours. */
  async invoiceEvent(invoiceId: string, at: Date): Promise<boolean> {
    const invoice = await this.#gateway().invoice(invoiceId);
    // Invoices of token purchases are announced as purchases.
    if (!invoice?.subscriptionId || !(await this.#sync().invoice(invoice))) return false;
    await this.#sync().customer(invoice.customerId, at);
    return true;
  }

  async #intent(actor: Actor, request: SubscriptionRequest): Promise<Intent> {
    const { organizationId } = actor;
    const known = await this.deps.repository.ensureAccount(organizationId);
    // What we noted may be older than what Stripe knows: a change made in the portal a second ago.
    if (known.customerId) await this.#sync().customer(known.customerId, this.deps.clock.now());
    const account = (await this.deps.repository.account(organizationId)) ?? known;
    const inForce = await this.deps.ledger.account(organizationId);
    const wanted = planOf(request);
    const live = account.status !== 'none' && account.status !== 'canceled';
    const change = classifyChange(wanted, inForce, inForce.pending, live);
    const currency = live ? (account.currency ?? BASE_CURRENCY) : (request.currency ?? BASE_CURRENCY);
    return { actor, wanted, change, account, inForce, currency };
  }

  async #start({ actor, wanted, account, inForce, currency }: Intent): Promise<SubscriptionAnswer> {
    const { repository, customers, appUrl, audit } = this.deps;
    const gateway = this.#gateway();
    const { organizationId, userId } = actor;
    const customerId = await customers.customerOf(organizationId);
    if (!customerId) throw billingNotConfigured();
    // One open checkout at a time: two completed ones would be two subscriptions.
    if (account.openSessionId) await gateway.endCheckout(account.openSessionId);
    const checkout = await gateway.openSubscription({
      organizationId,
      userId,
      customerId,
      plan: wanted,
      currency,
      anchor: inForce.billingCycleStartDate,
      successUrl: `${appUrl}/tokens?subscription=started`,
      cancelUrl: `${appUrl}/tokens?subscription=canceled`,
    });
    await repository.run(async (tx) => {
      const current = await repository.accountIn(tx, organizationId);
      if (!current) return;
      const revision = current.revision + 1;
      repository.updateAccount(tx, organizationId, { openSessionId: checkout.sessionId, revision });
      audit.append(tx, actor, auditEntry('billing.checkout_opened', organizationId, wanted));
    });
    return { outcome: 'checkout', url: checkout.url, expiresAt: checkout.expiresAt };
  }

  async #apply(intent: Intent): Promise<SubscriptionAnswer> {
    const { actor, change, account, wanted } = intent;
    const { repository, audit, clock } = this.deps;
    if (change !== 'none') {
      await this.#tellStripe(intent);
      await repository.run(async (tx) => {
        audit.append(tx, actor, auditEntry('billing.plan_changed', actor.organizationId, wanted));
      });
    }
    const granted = account.customerId ? await this.#sync().customer(account.customerId, clock.now()) : 0;
    const subscription = await this.view(actor);
    return change === 'downgrade' || change === 'cancel'
      ? { outcome: 'scheduled', effectiveAt: subscription.periodEnd, subscription }
      : { outcome: 'changed', tokensNow: granted ?? 0, subscription };
  }

  async #tellStripe({ change, account, inForce, wanted, currency }: Intent): Promise<void> {
    const gateway = this.#gateway();
    const id = account.subscriptionId;
    if (!id) throw new ConflictError('There is no plan to change. Start one first.');
    if (change === 'cancel') return gateway.setCancelAtPeriodEnd(id, true);
    if (change === 'downgrade') return gateway.updatePlan(id, { plan: wanted, currency, prorate: 'never' });
    if (account.status === 'past_due')
      throw new ConflictError('An invoice is unpaid. Pay it first, then change your plan.');
    // What this period has been paid for is what the difference is counted from.
    const paid: Plan = { tier: inForce.tier, seats: inForce.seats };
    const waiting = account.cancelAtPeriodEnd || !samePlan(paid, billedPlan(account));
    if (waiting && paid.tier !== 'free')
      await gateway.updatePlan(id, { plan: paid, currency, prorate: 'never' });
    if (change === 'upgrade') await gateway.updatePlan(id, { plan: wanted, currency, prorate: 'now' });
  }

  async #preview(intent: Intent): Promise<SubscriptionAnswer> {
    const { account, change, inForce } = intent;
    const exact =
      change === 'upgrade' && account.subscriptionId && samePlan(inForce, billedPlan(account))
        ? await this.#gateway().previewPlan(account.subscriptionId, {
            plan: intent.wanted,
            currency: intent.currency,
          })
        : null;
    return previewChange({ ...intent, now: this.deps.clock.now(), exact });
  }

  #view(account: BillingAccount | null, inForce: LedgerAccount): SubscriptionView {
    const { tier, seats, pending, lastRefreshDate, nextRefreshDate } = inForce;
    const currency = account?.currency ?? BASE_CURRENCY;
    const renews = account && account.status !== 'none' && account.status !== 'canceled';
    return {
      tier,
      seats,
      status: account?.status ?? 'none',
      currency,
      monthlyPrice: monthlyPriceOf({ tier, seats }, currency),
      tokensPerPeriod: allocationOf(tier, seats),
      periodStart: lastRefreshDate,
      periodEnd: nextRefreshDate,
      pending: pending ? { ...pending, effectiveAt: nextRefreshDate } : null,
      renewsAt: renews && !account.cancelAtPeriodEnd ? account.currentPeriodEnd : null,
      unpaidInvoice: account?.unpaidInvoice ?? null,
      billing: this.deps.gateway ? 'enabled' : 'not_configured',
    };
  }

  #gateway(): NonNullable<SubscriptionDeps['gateway']> {
    if (!this.deps.gateway) throw billingNotConfigured();
    return this.deps.gateway;
  }

  #sync(): SubscriptionSync {
    return new SubscriptionSync({ ...this.deps, gateway: this.#gateway() });
  }
}

function billedPlan(account: BillingAccount): Plan {
  return { tier: account.billedTier, seats: account.billedSeats };
}

function auditEntry(action: string, organizationId: string, plan: Plan) {
  return {
    action,
    target: { type: 'organization', id: organizationId, label: `${plan.tier} × ${plan.seats}` },
    facts: { tier: plan.tier, seats: plan.seats },
  };
}

function invoiceView(invoice: InvoiceFacts): InvoiceView {
  const { id, number, status, description, total, currency, createdAt } = invoice;
  const { periodStart, periodEnd, hostedUrl, pdfUrl } = invoice;
  return {
    id,
    number,
    status,
    description,
    total,
    currency,
    createdAt,
    periodStart,
    periodEnd,
    hostedUrl,
    pdfUrl,
  };
}
