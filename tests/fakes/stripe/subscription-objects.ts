import type Stripe from 'stripe';
import { list, newId } from './objects';

const NO_TAX = { disabled_reason: null, enabled: false, liability: null };

export function subscription(facts: {
  customer: string;
  price: Stripe.Price;
  quantity: number;
  metadata: Record<string, string>;
  start: number;
  periodEnd: number;
}): Stripe.Subscription {
  const id = newId('sub');
  const item = {
    id: newId('si'),
    object: 'subscription_item',
    billing_thresholds: null,
    created: facts.start,
    current_period_start: facts.start,
    current_period_end: facts.periodEnd,
    current_trial: null,
    discounts: [],
    metadata: {},
    price: facts.price,
    quantity: facts.quantity,
    subscription: id,
    tax_rates: [],
  };
  return {
    id,
    object: 'subscription',
    application: null,
    application_fee_percent: null,
    automatic_tax: NO_TAX,
    billing_cycle_anchor: facts.periodEnd,
    billing_cycle_anchor_config: null,
    cancel_at: null,
    cancel_at_period_end: false,
    canceled_at: null,
    cancellation_details: { comment: null, feedback: null, reason: null },
    collection_method: 'charge_automatically',
    created: facts.start,
    currency: facts.price.currency,
    customer: facts.customer,
    days_until_due: null,
    default_payment_method: null,
    default_source: null,
    default_tax_rates: [],
    description: null,
    discounts: [],
    ended_at: null,
    invoice_settings: {
      account_tax_ids: null,
      custom_fields: null,
      description: null,
      footer: null,
      issuer: { type: 'self' },
    },
    items: list([item], `/v1/subscription_items?subscription=${id}`),
    latest_invoice: null,
    livemode: false,
    metadata: facts.metadata,
    next_pending_invoice_item_invoice: null,
    on_behalf_of: null,
    pause_collection: null,
    payment_settings: {
      payment_method_options: null,
      payment_method_types: null,
      save_default_payment_method: 'off',
    },
    pending_invoice_item_interval: null,
    pending_setup_intent: null,
    pending_update: null,
    schedule: null,
    start_date: facts.start,
    status: 'active',
    test_clock: null,
    transfer_data: null,
    trial_end: null,
    trial_settings: { end_behavior: { missing_payment_method: 'create_invoice' } },
    trial_start: null,
  } as unknown as Stripe.Subscription;
}

export interface Line {
  description: string;
  amount: number;
}

export function invoice(facts: {
  customer: string;
  subscription: string | null;
  currency: string;
  lines: Line[];
  paid: boolean;
  reason: string;
  created: number;
  period: { start: number; end: number };
  number: string;
}): Stripe.Invoice {
  const id = newId('in');
  const total = facts.lines.reduce((sum, line) => sum + line.amount, 0);
  const due = Math.max(0, total);
  return {
    id,
    object: 'invoice',
    account_country: 'US',
    account_name: 'IriSync',
    account_tax_ids: null,
    amount_due: due,
    amount_paid: facts.paid ? due : 0,
    amount_remaining: facts.paid ? 0 : due,
    amount_shipping: 0,
    application: null,
    attempt_count: 1,
    attempted: true,
    auto_advance: false,
    automatic_tax: { disabled_reason: null, enabled: false, liability: null, provider: null, status: null },
    billing_reason: facts.reason,
    collection_method: 'charge_automatically',
    created: facts.created,
    currency: facts.currency,
    custom_fields: null,
    customer: facts.customer,
    customer_address: null,
    customer_email: null,
    customer_name: null,
    customer_phone: null,
    customer_shipping: null,
    customer_tax_exempt: 'none',
    customer_tax_ids: [],
    default_payment_method: null,
    default_source: null,
    default_tax_rates: [],
    description: null,
    discounts: [],
    due_date: null,
    effective_at: facts.created,
    ending_balance: 0,
    footer: null,
    from_invoice: null,
    hosted_invoice_url: `https://invoice.stripe.com/i/${id}`,
    invoice_pdf: `https://pay.stripe.com/invoice/${id}/pdf`,
    issuer: { type: 'self' },
    last_finalization_error: null,
    latest_revision: null,
    lines: list(
      facts.lines.map((line) => ({
        id: newId('il'),
        object: 'line_item',
        amount: line.amount,
        currency: facts.currency,
        description: line.description,
        discount_amounts: [],
        discountable: false,
        discounts: [],
        invoice: id,
        livemode: false,
        metadata: {},
        parent: null,
        period: facts.period,
        pretax_credit_amounts: [],
        pricing: null,
        quantity: 1,
        subscription: facts.subscription,
        taxes: [],
      })),
      `/v1/invoices/${id}/lines`,
    ),
    livemode: false,
    metadata: {},
    next_payment_attempt: null,
    number: facts.number,
    on_behalf_of: null,
    parent: facts.subscription
      ? {
          quote_details: null,
          subscription_details: { metadata: {}, subscription: facts.subscription },
          type: 'subscription_details',
        }
      : null,
    payment_settings: { default_mandate: null, payment_method_options: null, payment_method_types: null },
    period_end: facts.period.end,
    period_start: facts.period.start,
    post_payment_credit_notes_amount: 0,
    pre_payment_credit_notes_amount: 0,
    receipt_number: null,
    rendering: null,
    shipping_cost: null,
    shipping_details: null,
    starting_balance: 0,
    statement_descriptor: null,
    status: facts.paid ? 'paid' : 'open',
    status_transitions: {
      finalized_at: facts.created,
      marked_uncollectible_at: null,
      paid_at: facts.paid ? facts.created : null,
      voided_at: null,
    },
    subtotal: total,
    subtotal_excluding_tax: total,
    test_clock: null,
    total,
    total_discount_amounts: [],
    total_excluding_tax: total,
    total_pretax_credit_amounts: [],
    total_taxes: [],
    webhooks_delivered_at: null,
  } as unknown as Stripe.Invoice;
}
