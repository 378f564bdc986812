import type { Currency } from './currencies.data';
import type { Plan } from './plan-step';
import type { GatewayId } from './schema';

/** What billing needs of whoever takes the money. Amounts are in the currency's minor unit. */

export interface Checkout {
  sessionId: string;
  /** The payer's way to the hosted page. */
  url: string;
  expiresAt: Date;
}

export interface PurchaseOrder {
  purchaseId: string;
  organizationId: string;
  userId: string;
  customerId: string | null;
  title: string;
  /** For the whole purchase. */
  amount: number;
  currency: Currency;
  successUrl: string;
  cancelUrl: string;
}

/** One payment as the provider sees it now, with all that went back since. */
export interface PaymentFacts {
  sessionId: string;
  purchaseId: string | null;
  state: 'open' | 'processing' | 'paid' | 'failed' | 'expired';
  amount: number;
  currency: string;
  paymentIntentId: string | null;
  method: string | null;
  receiptUrl: string | null;
  refunded: number;
  /** Taken away by the payer's bank and not won back. */
  disputed: number;
}

export interface PurchaseGateway {
  readonly id: GatewayId;
  /** Repeating it with the same purchase id answers the same checkout. */
  openCheckout(order: PurchaseOrder): Promise<Checkout>;
  /** Null for a session the provider does not know. */
  payment(sessionId: string): Promise<PaymentFacts | null>;
  /** The checkout a payment came from; null when it was not one of ours. */
  sessionOfPayment(paymentIntentId: string): Promise<string | null>;
}

export interface SubscriptionFacts {
  id: string;
  customerId: string;
  organizationId: string | null;
  /** Null when it is for a product that is not one of our plans. */
  plan: Plan | null;
  /** `pending`: the first payment is not through. `ended`: canceled, or given up on after unpaid invoices. */
  state: 'pending' | 'active' | 'trialing' | 'past_due' | 'ended';
  currency: string;
  startedAt: Date;
  periodStart: Date;
  periodEnd: Date;
  cancelAtPeriodEnd: boolean;
}

export interface SubscriptionOrder {
  organizationId: string;
  userId: string;
  customerId: string;
  plan: Plan;
  currency: Currency;
  /** The token periods' anchor: invoices fall on the same day and second of the month. */
  anchor: Date;
  successUrl: string;
  cancelUrl: string;
}

export interface PlanUpdate {
  plan: Plan;
  currency: Currency;
  /** `now` invoices the difference for the rest of the period, and changes nothing when that cannot be paid. */
  prorate: 'now' | 'never';
}

export interface InvoiceFacts {
  id: string;
  number: string | null;
  customerId: string;
  subscriptionId: string | null;
  status: 'draft' | 'open' | 'paid' | 'uncollectible' | 'void';
  description: string;
  total: number;
  amountDue: number;
  amountPaid: number;
  currency: string;
  createdAt: Date;
  periodStart: Date | null;
  periodEnd: Date | null;
  hostedUrl: string | null;
  pdfUrl: string | null;
  attempts: number;
  nextAttemptAt: Date | null;
}

export interface SubscriptionGateway {
  /** @returns the id of a new customer; the same one for the same organisation. */
  createCustomer(organization: { id: string; name: string; email: string | null }): Promise<string>;
  openSubscription(order: SubscriptionOrder): Promise<Checkout>;
  /** Ends a checkout nobody completed; one that is over stays as it is. */
  endCheckout(sessionId: string): Promise<void>;
  subscription(id: string): Promise<SubscriptionFacts | null>;
  /** All of a customer's, ended ones too, newest first. */
  subscriptionsOf(customerId: string): Promise<SubscriptionFacts[]>;
  /** @throws SystemError `payment_declined`: nothing was changed. */
  updatePlan(id: string, update: PlanUpdate): Promise<void>;
  setCancelAtPeriodEnd(id: string, cancel: boolean): Promise<void>;
  /** Ends it now, without a further invoice; one that is over stays as it is. */
  end(id: string): Promise<void>;
  /** What {@link updatePlan} with `prorate: 'now'` would cost at once. */
  previewPlan(
    id: string,
    update: { plan: Plan; currency: Currency },
  ): Promise<{ dueNow: number; lines: { description: string; amount: number }[] }>;
  openPortal(customerId: string, returnUrl: string): Promise<string>;
  invoices(
    customerId: string,
    page: { limit: number; cursor?: string | undefined },
  ): Promise<{ items: InvoiceFacts[]; cursor: string | null }>;
  invoice(id: string): Promise<InvoiceFacts | null>;
}
