import 'server-only';
import type Stripe from 'stripe';
import { TIERS, type Tier } from '@/features/organizations/schema';
import { TIER_DEFINITIONS } from '@/features/tokens/tiers.data';
import { type Currency, priceIn } from '../../currencies.data';
import type {
  Checkout,
  InvoiceFacts,
  PlanUpdate,
  SubscriptionFacts,
  SubscriptionGateway,
  SubscriptionOrder,
} from '../../gateway';
import type { Plan } from '../../plan-step';
import type { StripeClient } from './client';
import { isMissing } from './errors';
import { checkoutOf, idOf } from './purchases';

/** Plans as Stripe subscriptions with one item. Prices travel inline; the product says which tier an item is for. */
export class StripeSubscriptions implements SubscriptionGateway {
  readonly #products = new Map<Tier, Promise<string>>();

  constructor(readonly client: StripeClient) {}

  async createCustomer(organization: { id: string; name: string; email: string | null }): Promise<string> {
    const customer = await this.client.write(
      (sdk, options) =>
        sdk.customers.create(
          {
            name: organization.name,
            ...(organization.email ? { email: organization.email } : {}),
            metadata: { organizationId: organization.id },
          },
          options,
        ),
      `customer:${organization.id}`,
    );
    return customer.id;
  }

  async openSubscription(order: SubscriptionOrder): Promise<Checkout> {
    const item = await this.#item(order.plan, order.currency);
    const metadata = { organizationId: order.organizationId };
    const session = await this.client.write((sdk, options) =>
      sdk.checkout.sessions.create(
        {
          mode: 'subscription',
          customer: order.customerId,
          client_reference_id: order.organizationId,
          line_items: [item],
          metadata: { ...metadata, userId: order.userId },
          subscription_data: {
            metadata,
            billing_cycle_anchor_config: anchorOf(order.anchor),
            proration_behavior: 'create_prorations',
          },
          success_url: order.successUrl,
          cancel_url: order.cancelUrl,
        },
        options,
      ),
    );
    return checkoutOf(session);
  }

  async endCheckout(sessionId: string): Promise<void> {
    const session = await this.client.read((sdk) => sdk.checkout.sessions.retrieve(sessionId));
    if (session.status === 'open')
      await this.client.write((sdk, options) => sdk.checkout.sessions.expire(sessionId, {}, options));
  }

  async subscription(id: string): Promise<SubscriptionFacts | null> {
    const found = await orNull(() => this.client.read((sdk) => sdk.subscriptions.retrieve(id)));
    return found && subscriptionFacts(found);
  }

  async subscriptionsOf(customerId: string): Promise<SubscriptionFacts[]> {
    const page = await this.client.read((sdk) =>
      sdk.subscriptions.list({ customer: customerId, status: 'all', limit: 100 }),
    );
    return page.data.map(subscriptionFacts);
  }

  async updatePlan(id: string, { plan, currency, prorate }: PlanUpdate): Promise<void> {
    const itemId = await this.#itemId(id);
    const item = await this.#item(plan, currency);
    await this.client.write((sdk, options) =>
      sdk.subscriptions.update(
        id,
        {
          cancel_at_period_end: false,
          items: [{ id: itemId, ...item }],
          proration_behavior: prorate === 'now' ? 'always_invoice' : 'none',
          payment_behavior: 'error_if_incomplete',
        },
        options,
      ),
    );
  }

  async setCancelAtPeriodEnd(id: string, cancel: boolean): Promise<void> {
    await this.client.write((sdk, options) =>
      sdk.subscriptions.update(id, { cancel_at_period_end: cancel }, options),
    );
  }

  async end(id: string): Promise<void> {
    const found = await this.subscription(id);
    if (found && found.state !== 'ended')
      await orNull(() => this.client.write((sdk) => sdk.subscriptions.cancel(id)));
  }

  async previewPlan(id: string, { plan, currency }: { plan: Plan; currency: Currency }) {
    const itemId = await this.#itemId(id);
    const item = await this.#item(plan, currency);
    const invoice = await this.client.write((sdk) =>
      sdk.invoices.createPreview({
        subscription: id,
        subscription_details: {
          items: [{ id: itemId, ...item }],
          proration_behavior: 'always_invoice',
        },
      }),
    );
    return {
      dueNow: Math.max(0, invoice.amount_due),
      lines: invoice.lines.data.map(({ description, amount }) => ({
        description: description ?? '',
        amount,
      })),
    };
  }

  async openPortal(customerId: string, returnUrl: string): Promise<string> {
    const session = await this.client.write((sdk, options) =>
      sdk.billingPortal.sessions.create({ customer: customerId, return_url: returnUrl }, options),
    );
    return session.url;
  }

  async invoices(customerId: string, { limit, cursor }: { limit: number; cursor?: string | undefined }) {
    const page = await this.client.read((sdk) =>
      sdk.invoices.list({
        customer: customerId,
        limit,
        ...(cursor ? { starting_after: cursor } : {}),
      }),
    );
    const items = page.data.map(invoiceFacts);
    return { items, cursor: page.has_more ? (items.at(-1)?.id ?? null) : null };
  }

  async invoice(id: string): Promise<InvoiceFacts | null> {
    const found = await orNull(() => this.client.read((sdk) => sdk.invoices.retrieve(id)));
    return found && invoiceFacts(found);
  }

  async #itemId(subscriptionId: string): Promise<string> {
    const found = await this.client.read((sdk) => sdk.subscriptions.retrieve(subscriptionId));
    const item = found.items.data[0];
    if (!item) throw new Error(`The subscription ${subscriptionId} has no item.`);
    return item.id;
  }

  async #item({ tier, seats }: Plan, currency: Currency) {
    return {
      quantity: seats,
      price_data: {
        currency,
        product: await this.#product(tier),
        unit_amount: priceIn(currency, TIER_DEFINITIONS[tier].monthlyPrice),
        recurring: { interval: 'month' as const },
      },
    };
  }

  /** Products carry ids of ours, so every installation process and every retry means the same one. */
  #product(tier: Tier): Promise<string> {
    const known = this.#products.get(tier);
    if (known) return known;
    const made = this.#ensureProduct(tier);
    this.#products.set(tier, made);
    made.catch(() => this.#products.delete(tier));
    return made;
  }

  async #ensureProduct(tier: Tier): Promise<string> {
    const id = productIdOf(tier);
    const found = await orNull(() => this.client.read((sdk) => sdk.products.retrieve(id)));
    if (found) return found.id;
    const name = `IriSync ${TIER_DEFINITIONS[tier].name}`;
    const made = await this.client.write(
      (sdk, options) => sdk.products.create({ id, name }, options),
      `product:${id}`,
    );
    return made.id;
  }
}

export function productIdOf(tier: Tier): string {
  return `irisync_plan_${tier}`;
}

/** Same day and second of every month as the token periods; a day a month does not have becomes its last one there too. */
function anchorOf(anchor: Date) {
  return {
    day_of_month: anchor.getUTCDate(),
    hour: anchor.getUTCHours(),
    minute: anchor.getUTCMinutes(),
    second: anchor.getUTCSeconds(),
  };
}

const STATES: Record<string, SubscriptionFacts['state']> = {
  incomplete: 'pending',
  active: 'active',
  trialing: 'trialing',
  past_due: 'past_due',
};

/** The period moved from the subscription to its items: https://docs.stripe.com/changelog/basil/2025-03-31 */
function subscriptionFacts(subscription: Stripe.Subscription): SubscriptionFacts {
  const item = subscription.items.data[0];
  if (!item) throw new Error(`The subscription ${subscription.id} has no item.`);
  const product = idOf(item.price.product);
  const tier = TIERS.find((one) => productIdOf(one) === product);
  return {
    id: subscription.id,
    customerId: idOf(subscription.customer) ?? '',
    organizationId: subscription.metadata.organizationId ?? null,
    plan: tier ? { tier, seats: item.quantity ?? 1 } : null,
    // Canceled, unpaid, paused and whatever comes later give nothing.
    state: STATES[subscription.status] ?? 'ended',
    currency: subscription.currency,
    startedAt: new Date(subscription.start_date * 1000),
    periodStart: new Date(item.current_period_start * 1000),
    periodEnd: new Date(item.current_period_end * 1000),
    cancelAtPeriodEnd: subscription.cancel_at_period_end,
  };
}

const INVOICE_STATUS = new Set(['draft', 'open', 'paid', 'uncollectible', 'void']);

function invoiceFacts(invoice: Stripe.Invoice): InvoiceFacts {
  const lines = invoice.lines.data;
  return {
    id: invoice.id,
    number: invoice.number,
    customerId: idOf(invoice.customer) ?? '',
    subscriptionId: idOf(invoice.parent?.subscription_details?.subscription),
    status: INVOICE_STATUS.has(invoice.status ?? '') ? (invoice.status as InvoiceFacts['status']) : 'draft',
    description: invoice.description ?? lines.find((line) => line.amount >= 0)?.description ?? '',
    total: invoice.total,
    amountDue: invoice.amount_due,
    amountPaid: invoice.amount_paid,
    currency: invoice.currency,
    createdAt: new Date(invoice.created * 1000),
    periodStart: instant(lines[0]?.period.start),
    periodEnd: instant(lines[0]?.period.end),
    hostedUrl: invoice.hosted_invoice_url ?? null,
    pdfUrl: invoice.invoice_pdf ?? null,
    attempts: invoice.attempt_count,
    nextAttemptAt: instant(invoice.next_payment_attempt),
  };
}

function instant(seconds: number | null | undefined): Date | null {
  return seconds === null || seconds === undefined ? null : new Date(seconds * 1000);
}

async function orNull<T>(read: () => Promise<T>): Promise<T | null> {
  try {
    return await read();
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}
