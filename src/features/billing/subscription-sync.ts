import 'server-only';
import { ServiceUnavailableError } from '@/core/errors';
import type { Clock } from '@/core/time/clock';
import { CURRENCY_CODES, type Currency } from './currencies.data';
import { invoicePaid, invoicePaymentFailed } from './events';
import type { InvoiceFacts, SubscriptionFacts, SubscriptionGateway } from './gateway';
import { alreadyBooked, leadingSubscription, plansToBook, statusOf } from './plan-decision';
import type { Ledger, LedgerOperation, Organizations } from './ports';
import type { BillingAccount, BillingRepository } from './repository';

/** Somebody else changed the account meanwhile this often: let them finish. */
const LOOKS = 6;
const REMEMBERED_INVOICES = 50;

export interface SyncDeps {
  repository: BillingRepository;
  ledger: Ledger;
  gateway: SubscriptionGateway;
  organizations: Organizations;
  clock: Clock;
}

/** Makes an organisation's account, plan and tokens agree with what Stripe says now. May run any number of times, at once and late. */
export class SubscriptionSync {
  constructor(readonly deps: SyncDeps) {}

  /**
   * @param at when it happened: what an upgrade's tokens are counted from.
   * @returns the tokens granted; null when the customer is none of ours.
   */
  async customer(customerId: string, at: Date): Promise<number | null> {
    const { repository, gateway, organizations } = this.deps;
    for (let look = 1; look <= LOOKS; look += 1) {
      // Our own document first: whoever writes it after this has asked Stripe later than we did.
      const account = await repository.accountOfCustomer(customerId);
      if (!account) return null;
      const leading = leadingSubscription(await gateway.subscriptionsOf(customerId));
      // An organisation that is gone has no plan to change; its last events still come.
      if (!(await organizations.facts(account.organizationId))) return null;
      const granted = await this.#book(account, leading, at);
      if (granted !== null) return granted;
    }
    throw busy();
  }

  async #book(account: BillingAccount, leading: SubscriptionFacts | null, at: Date): Promise<number | null> {
    const { repository, ledger, organizations, clock } = this.deps;
    const { organizationId } = account;
    const inForce = await ledger.account(organizationId);
    const isNew = leading !== null && leading.id !== account.subscriptionId;
    const since = isNew && leading.startedAt < at ? leading.startedAt : at;
    const from = new Date(Math.min(since.getTime(), clock.now().getTime()));
    const plans = plansToBook(leading, inForce);
    const patch = accountPatch(leading);
    // Most events repeat what an earlier one said.
    if (isSame(account, patch) && alreadyBooked(plans, inForce)) return 0;
    const operations = plans.map((plan): LedgerOperation => ({ kind: 'plan', plan, at: from, userId: null }));
    return ledger.book(organizationId, async (tx) => {
      const current = await repository.accountIn(tx, organizationId);
      if (!current || current.revision !== account.revision) return { operations: [], finish: () => null };
      // Nothing was ever subscribed: the free plan needs no booking.
      const booked = leading || current.subscriptionId ? operations : [];
      return {
        operations: booked,
        finish: (outcomes) => {
          repository.updateAccount(tx, organizationId, { ...patch, revision: current.revision + 1 });
          const status = patch.status === 'none' ? 'active' : patch.status;
          if (current.status !== patch.status) organizations.setBillingStatus(tx, organizationId, status);
          return outcomes.reduce((sum, one) => sum + one.amount, 0);
        },
      };
    });
  }

  /** Notes an invoice's end and announces it once. @returns false when it is for none of ours. */
  async invoice(invoice: InvoiceFacts): Promise<boolean> {
    const { repository } = this.deps;
    const account = await repository.accountOfCustomer(invoice.customerId);
    if (!account) return false;
    const paid = invoice.status === 'paid';
    const failed = invoice.status === 'open' && invoice.attempts > 0;
    const name = paid ? `paid:${invoice.id}` : `failed:${invoice.id}:${invoice.attempts}`;
    await repository.run(async (tx) => {
      const current = await repository.accountIn(tx, account.organizationId);
      if (!current || !(paid || failed)) return;
      const open = { id: invoice.id, amount: invoice.amountDue, hostedUrl: invoice.hostedUrl };
      const settled = current.unpaidInvoice?.id === invoice.id ? null : current.unpaidInvoice;
      const news = !current.announced.includes(name);
      repository.updateAccount(tx, account.organizationId, {
        unpaidInvoice: failed ? open : settled,
        announced: news ? [...current.announced, name].slice(-REMEMBERED_INVOICES) : current.announced,
        revision: current.revision + 1,
      });
      if (!news) return;
      const { id: invoiceId, currency, hostedUrl } = invoice;
      const about = { organizationId: account.organizationId, invoiceId, currency, hostedUrl };
      if (paid) {
        const { number, amountPaid, pdfUrl } = invoice;
        repository.announce(tx, invoicePaid, { ...about, number, amount: amountPaid, pdfUrl });
      } else {
        const { amountDue, nextAttemptAt } = invoice;
        repository.announce(tx, invoicePaymentFailed, { ...about, amount: amountDue, nextAttemptAt });
      }
    });
    return true;
  }
}

function accountPatch(leading: SubscriptionFacts | null) {
  const plan = leading?.plan ?? { tier: 'free' as const, seats: 1 };
  const status = statusOf(leading);
  const currency = CURRENCY_CODES.find((code) => code === leading?.currency);
  return {
    subscriptionId: leading?.id ?? null,
    status,
    billedTier: status === 'canceled' ? ('free' as const) : plan.tier,
    billedSeats: status === 'canceled' ? 1 : plan.seats,
    ...(currency ? { currency: currency satisfies Currency } : {}),
    currentPeriodStart: leading?.periodStart ?? null,
    currentPeriodEnd: leading?.periodEnd ?? null,
    cancelAtPeriodEnd: leading?.cancelAtPeriodEnd ?? false,
  };
}

function isSame(account: BillingAccount, patch: ReturnType<typeof accountPatch>): boolean {
  return Object.entries(patch).every(([name, value]) => {
    const known = account[name as keyof typeof patch];
    return value instanceof Date && known instanceof Date
      ? value.getTime() === known.getTime()
      : value === known;
  });
}

export function busy(): ServiceUnavailableError {
  return new ServiceUnavailableError(
    'Your plan is being worked on. Look again in a moment.',
    'service_unavailable',
    { retryAfterSeconds: 2 },
  );
}
