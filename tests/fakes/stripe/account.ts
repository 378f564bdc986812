import type Stripe from 'stripe';
import * as objects from './objects';
import { invoice, type Line, subscription } from './subscription-objects';

export type StripeObject = { id: string; object: string };

/** An event as Stripe would send it: a snapshot of the object when it happened. */
export interface FakeEvent {
  id: string;
  object: 'event';
  api_version: string;
  created: number;
  data: { object: unknown };
  livemode: boolean;
  pending_webhooks: number;
  request: { id: null; idempotency_key: null };
  type: string;
}

/** What is at Stripe, and what happens there: payers pay, banks dispute, months pass. Each change leaves its events. */
export class StripeAccount {
  readonly objects = new Map<string, StripeObject>();
  readonly events: FakeEvent[] = [];
  /** Answers the next charges of cards on file. */
  cardWorks = true;
  /** Milliseconds. */
  now: () => number = () => Date.now();
  #invoices = 0;

  get seconds(): number {
    return Math.floor(this.now() / 1000);
  }

  put<T extends StripeObject>(object: T): T {
    this.objects.set(object.id, object);
    return object;
  }

  get<T = StripeObject>(id: string | null | undefined): T {
    const found = this.objects.get(id ?? '');
    if (!found) throw new Error(`The fake knows no ${id}.`);
    return found as T;
  }

  all<T = StripeObject>(kind: string): T[] {
    return [...this.objects.values()].filter((one) => one.object === kind).reverse() as T[];
  }

  event(type: string, object: StripeObject): FakeEvent {
    const made: FakeEvent = {
      id: objects.newId('evt'),
      object: 'event',
      api_version: '2026-10-28.endive',
      created: this.seconds,
      data: { object: structuredClone(object) },
      livemode: false,
      pending_webhooks: 1,
      request: { id: null, idempotency_key: null },
      type,
    };
    this.events.push(made);
    return made;
  }

  // Payers

  /** @param slow the method takes days: submitted now, {@link settleSlow} later. */
  pay(sessionId: string, slow = false): FakeEvent[] {
    const session = this.get<Stripe.Checkout.Session>(sessionId);
    if (session.status !== 'open') throw new Error(`This checkout is ${session.status}.`);
    session.status = 'complete';
    session.url = null;
    if (session.mode === 'subscription') return this.#subscribe(session);
    const payment = this.put(
      objects.intent({
        amount: session.amount_total ?? 0,
        currency: session.currency ?? 'usd',
        customer: session.customer as string | null,
        metadata: session.metadata ?? {},
        status: slow ? 'processing' : 'succeeded',
        method: slow ? 'sepa_debit' : 'card',
        created: this.seconds,
      }),
    );
    session.payment_intent = payment.id;
    if (!slow) this.#succeed(session, payment, 'card');
    return [this.event('checkout.session.completed', session)];
  }

  settleSlow(sessionId: string, works: boolean): FakeEvent[] {
    const session = this.get<Stripe.Checkout.Session>(sessionId);
    const payment = this.get<Stripe.PaymentIntent>(session.payment_intent as string);
    if (works) this.#succeed(session, payment, 'sepa_debit');
    else payment.status = 'requires_payment_method';
    return [this.event(`checkout.session.async_payment_${works ? 'succeeded' : 'failed'}`, session)];
  }

  expire(sessionId: string): FakeEvent[] {
    const session = this.get<Stripe.Checkout.Session>(sessionId);
    session.status = 'expired';
    session.url = null;
    return [this.event('checkout.session.expired', session)];
  }

  #succeed(session: Stripe.Checkout.Session, payment: Stripe.PaymentIntent, method: string): void {
    payment.status = 'succeeded';
    payment.amount_received = payment.amount;
    const charge = this.put(objects.charge(payment, method));
    payment.latest_charge = charge.id;
    session.payment_status = 'paid';
    if (!session.invoice_creation?.enabled || typeof session.customer !== 'string') return;
    session.invoice = this.#bill(session.customer, null, session.currency ?? 'usd', 'manual', [
      { description: 'IriSync tokens', amount: payment.amount },
    ]).id;
  }

  // Money going back

  refund(paymentIntentId: string, amount: number): FakeEvent[] {
    const charge = this.#chargeOf(paymentIntentId);
    charge.amount_refunded += amount;
    charge.refunded = charge.amount_refunded >= charge.amount;
    const refund = this.put(objects.refund(charge, amount, this.seconds));
    return [this.event('refund.created', refund), this.event('charge.refunded', charge)];
  }

  /** The bank sent a refund back: the money is ours again. */
  failRefund(refundId: string): FakeEvent[] {
    const refund = this.get<Stripe.Refund>(refundId);
    refund.status = 'failed';
    const charge = this.get<Stripe.Charge>(refund.charge as string);
    charge.amount_refunded -= refund.amount;
    charge.refunded = false;
    return [this.event('refund.failed', refund), this.event('charge.refund.updated', refund)];
  }

  /** @param inquiry the bank only asks; no money moves. */
  dispute(paymentIntentId: string, amount: number, inquiry = false): FakeEvent[] {
    const charge = this.#chargeOf(paymentIntentId);
    const dispute = this.put(objects.dispute(charge, amount, this.seconds));
    charge.disputed = true;
    if (inquiry) {
      dispute.status = 'warning_needs_response';
      return [this.event('charge.dispute.created', dispute)];
    }
    dispute.balance_transactions.push(
      objects.balanceMove(dispute.id, -amount, dispute.currency, this.seconds),
    );
    return [
      this.event('charge.dispute.created', dispute),
      this.event('charge.dispute.funds_withdrawn', dispute),
    ];
  }

  closeDispute(disputeId: string, won: boolean): FakeEvent[] {
    const dispute = this.get<Stripe.Dispute>(disputeId);
    dispute.status = won ? 'won' : 'lost';
    const events: FakeEvent[] = [];
    if (won) {
      const back = objects.balanceMove(dispute.id, dispute.amount, dispute.currency, this.seconds);
      dispute.balance_transactions.push(back);
      events.push(this.event('charge.dispute.funds_reinstated', dispute));
    }
    return [...events, this.event('charge.dispute.closed', dispute)];
  }

  #chargeOf(paymentIntentId: string): Stripe.Charge {
    const payment = this.get<Stripe.PaymentIntent>(paymentIntentId);
    return this.get<Stripe.Charge>(payment.latest_charge as string);
  }

  // Subscriptions

  /** What a checkout session was opened with. */
  readonly plans = new Map<
    string,
    { price: Stripe.Price; quantity: number; metadata: Record<string, string>; periodEnd: () => number }
  >();

  #subscribe(session: Stripe.Checkout.Session): FakeEvent[] {
    const plan = this.plans.get(session.id);
    if (!plan) throw new Error('This checkout sells no plan.');
    const start = this.seconds;
    const made = this.put(
      subscription({ ...plan, customer: session.customer as string, start, periodEnd: plan.periodEnd() }),
    );
    const bill = this.#bill(made.customer as string, made.id, made.currency, 'subscription_create', [
      { description: 'First period', amount: (plan.price.unit_amount ?? 0) * plan.quantity },
    ]);
    made.latest_invoice = bill.id;
    session.subscription = made.id;
    session.invoice = bill.id;
    session.payment_status = 'paid';
    return [
      this.event('customer.subscription.created', made),
      this.event('invoice.paid', bill),
      this.event('checkout.session.completed', session),
    ];
  }

  /** A month passes. The next invoice is paid, or is not. */
  renew(subscriptionId: string, nextEnd: number, pays = true): FakeEvent[] {
    const known = this.get<Stripe.Subscription>(subscriptionId);
    const item = known.items.data[0];
    if (!item) throw new Error('no item');
    if (known.cancel_at_period_end) return this.cancel(subscriptionId);
    item.current_period_start = item.current_period_end;
    item.current_period_end = nextEnd;
    const amount = (item.price.unit_amount ?? 0) * (item.quantity ?? 1);
    const lines = [{ description: 'One month', amount }];
    const bill = this.#bill(
      known.customer as string,
      known.id,
      known.currency,
      'subscription_cycle',
      lines,
      pays,
    );
    known.latest_invoice = bill.id;
    known.status = pays ? 'active' : 'past_due';
    return [
      this.event('customer.subscription.updated', known),
      this.event(pays ? 'invoice.paid' : 'invoice.payment_failed', bill),
    ];
  }

  /** An unpaid invoice is paid after all. */
  settleInvoice(invoiceId: string): FakeEvent[] {
    const bill = this.get<Stripe.Invoice>(invoiceId);
    bill.status = 'paid';
    bill.amount_paid = bill.amount_due;
    bill.amount_remaining = 0;
    const id = bill.parent?.subscription_details?.subscription as string;
    const known = this.get<Stripe.Subscription>(id);
    known.status = 'active';
    return [this.event('customer.subscription.updated', known), this.event('invoice.paid', bill)];
  }

  cancel(subscriptionId: string): FakeEvent[] {
    const known = this.get<Stripe.Subscription>(subscriptionId);
    known.status = 'canceled';
    known.canceled_at = this.seconds;
    known.ended_at = this.seconds;
    return [this.event('customer.subscription.deleted', known)];
  }

  /** Changes a plan as the API does; null when the card on file is declined, which changes nothing. */
  change(
    known: Stripe.Subscription,
    to: { price: Stripe.Price; quantity: number },
    prorate: boolean,
  ): FakeEvent[] | null {
    const item = known.items.data[0];
    if (!item) throw new Error('no item');
    const lines = prorate ? this.proration(known, to) : [];
    const due = lines.reduce((sum, line) => sum + line.amount, 0);
    if (due > 0 && !this.cardWorks) return null;
    item.price = to.price;
    item.quantity = to.quantity;
    const events = [this.event('customer.subscription.updated', known)];
    if (lines.length === 0) return events;
    const bill = this.#bill(known.customer as string, known.id, known.currency, 'subscription_update', lines);
    known.latest_invoice = bill.id;
    return [...events, this.event('invoice.paid', bill)];
  }

  proration(known: Stripe.Subscription, to: { price: Stripe.Price; quantity: number }): Line[] {
    const item = known.items.data[0];
    if (!item) throw new Error('no item');
    const { current_period_start: start, current_period_end: end } = item;
    const share = Math.max(0, end - this.seconds) / (end - start);
    const old = Math.round((item.price.unit_amount ?? 0) * (item.quantity ?? 1) * share);
    const next = Math.round((to.price.unit_amount ?? 0) * to.quantity * share);
    return [
      { description: 'Unused time', amount: -old },
      { description: 'Remaining time', amount: next },
    ];
  }

  bill(customer: string, subscriptionId: string | null, lines: Line[], currency: string): Stripe.Invoice {
    this.#invoices += 1;
    return invoice({
      customer,
      subscription: subscriptionId,
      currency,
      lines,
      paid: true,
      reason: 'manual',
      created: this.seconds,
      period: { start: this.seconds, end: this.seconds },
      number: `FAKE-${String(this.#invoices).padStart(4, '0')}`,
    });
  }

  #bill(
    customer: string,
    subscriptionId: string | null,
    currency: string,
    reason: string,
    lines: Line[],
    paid = true,
  ): Stripe.Invoice {
    const made = this.bill(customer, subscriptionId, lines, currency);
    made.billing_reason = reason as Stripe.Invoice['billing_reason'];
    if (!paid) {
      made.status = 'open';
      made.amount_paid = 0;
      made.amount_remaining = made.amount_due;
      made.next_payment_attempt = this.seconds + 3 * 86400;
    }
    return this.put(made);
  }
}
