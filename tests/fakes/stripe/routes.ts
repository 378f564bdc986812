import type Stripe from 'stripe';
import { addMonthsClamped } from '@/core/time/periods';
import type { StripeAccount, StripeObject } from './account';
import { type Form, formAt, strings, textAt } from './form';
import * as objects from './objects';

export interface SeenRequest {
  method: string;
  path: string;
  form: Form;
  query: URLSearchParams;
  idempotencyKey: string | undefined;
}

/** An answer that says no, as Stripe's error documents do. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly type: string,
    readonly code: string,
    message: string,
    readonly more: Record<string, unknown> = {},
  ) {
    super(message);
  }
}

type Handle = (account: StripeAccount, request: SeenRequest & { ids: string[] }) => unknown;

/** Method, path as in the published description, and what it does to the account. */
export const ROUTES: [string, string, Handle][] = [
  [
    'POST',
    '/v1/customers',
    (account, { form }) =>
      account.put(
        objects.customer({
          name: textAt(form, 'name') ?? null,
          email: textAt(form, 'email') ?? null,
          metadata: strings(formAt(form, 'metadata')),
          created: account.seconds,
        }),
      ),
  ],
  ['GET', '/v1/customers/{customer}', (account, { ids }) => found(account, ids[0], 'customer')],
  ['GET', '/v1/products/{id}', (account, { ids }) => found(account, ids[0], 'product')],
  [
    'POST',
    '/v1/products',
    (account, { form }) => {
      const id = textAt(form, 'id') ?? objects.newId('prod');
      if (account.objects.has(id))
        throw new Refusal(
          400,
          'invalid_request_error',
          'resource_already_exists',
          `Product already exists: ${id}`,
        );
      return account.put(objects.product(id, textAt(form, 'name') ?? '', account.seconds));
    },
  ],
  ['POST', '/v1/checkout/sessions', openSession],
  [
    'GET',
    '/v1/checkout/sessions',
    (account, { query }) =>
      objects.list(
        account
          .all<Stripe.Checkout.Session>('checkout.session')
          .filter((one) => one.payment_intent === query.get('payment_intent')),
        '/v1/checkout/sessions',
      ),
  ],
  [
    'GET',
    '/v1/checkout/sessions/{session}',
    (account, { ids, query }) => {
      const session = structuredClone(found<Stripe.Checkout.Session>(account, ids[0], 'checkout.session'));
      if (query.getAll('expand[0]').includes('payment_intent.latest_charge') && session.payment_intent) {
        const payment = structuredClone(account.get<Stripe.PaymentIntent>(session.payment_intent as string));
        if (payment.latest_charge)
          payment.latest_charge = account.get<Stripe.Charge>(payment.latest_charge as string);
        session.payment_intent = payment;
      }
      return session;
    },
  ],
  [
    'POST',
    '/v1/checkout/sessions/{session}/expire',
    (account, { ids }) => {
      const session = found<Stripe.Checkout.Session>(account, ids[0], 'checkout.session');
      if (session.status !== 'open')
        throw new Refusal(
          400,
          'invalid_request_error',
          'session_not_open',
          'Only open sessions can be expired.',
        );
      account.expire(session.id);
      return session;
    },
  ],
  [
    'GET',
    '/v1/disputes',
    (account, { query }) =>
      objects.list(
        account.all<Stripe.Dispute>('dispute').filter((one) => one.charge === query.get('charge')),
        '/v1/disputes',
      ),
  ],
  [
    'GET',
    '/v1/subscriptions',
    (account, { query }) =>
      objects.list(
        account
          .all<Stripe.Subscription>('subscription')
          .filter((one) => one.customer === query.get('customer')),
        '/v1/subscriptions',
      ),
  ],
  [
    'GET',
    '/v1/subscriptions/{subscription_exposed_id}',
    (account, { ids }) => found(account, ids[0], 'subscription'),
  ],
  ['POST', '/v1/subscriptions/{subscription_exposed_id}', updateSubscription],
  [
    'DELETE',
    '/v1/subscriptions/{subscription_exposed_id}',
    (account, { ids }) => {
      const known = found<Stripe.Subscription>(account, ids[0], 'subscription');
      account.cancel(known.id);
      return known;
    },
  ],
  [
    'POST',
    '/v1/invoices/create_preview',
    (account, { form }) => {
      const known = found<Stripe.Subscription>(account, textAt(form, 'subscription'), 'subscription');
      const to = itemOf(account, formAt(form, 'subscription_details', 'items', 0) ?? {});
      const bill = account.bill(
        known.customer as string,
        known.id,
        account.proration(known, to),
        known.currency,
      );
      return { ...bill, status: 'draft', amount_paid: 0 };
    },
  ],
  [
    'GET',
    '/v1/invoices',
    (account, { query }) => {
      const all = account
        .all<Stripe.Invoice>('invoice')
        .filter((one) => one.customer === query.get('customer'));
      const after = all.findIndex((one) => one.id === query.get('starting_after')) + 1;
      const limit = Number(query.get('limit') ?? 10);
      return objects.list(all.slice(after, after + limit), '/v1/invoices', all.length > after + limit);
    },
  ],
  ['GET', '/v1/invoices/{invoice}', (account, { ids }) => found(account, ids[0], 'invoice')],
  [
    'POST',
    '/v1/billing_portal/sessions',
    (account, { form }) => {
      const customer = found<Stripe.Customer>(account, textAt(form, 'customer'), 'customer');
      const id = objects.newId('bps');
      return {
        id,
        object: 'billing_portal.session',
        configuration: 'bpc_fake',
        created: account.seconds,
        customer: customer.id,
        customer_account: null,
        flow: null,
        livemode: false,
        locale: null,
        on_behalf_of: null,
        return_url: textAt(form, 'return_url') ?? null,
        url: `https://billing.stripe.com/p/session/${id}`,
      };
    },
  ],
];

function openSession(account: StripeAccount, { form }: SeenRequest): unknown {
  const mode = textAt(form, 'mode') === 'subscription' ? 'subscription' : 'payment';
  const line = formAt(form, 'line_items', 0) ?? {};
  const quantity = Number(textAt(line, 'quantity') ?? 1);
  const amount = Number(textAt(line, 'price_data', 'unit_amount'));
  const currency = textAt(line, 'price_data', 'currency') ?? '';
  const customer = textAt(form, 'customer') ?? null;
  if (customer) found(account, customer, 'customer');
  if (!Number.isSafeInteger(amount) || !currency)
    throw new Refusal(
      400,
      'invalid_request_error',
      'parameter_invalid_integer',
      'Invalid integer: unit_amount',
    );
  const session = account.put(
    objects.session({
      mode,
      amount: amount * quantity,
      currency,
      customer,
      reference: textAt(form, 'client_reference_id') ?? null,
      metadata: strings(formAt(form, 'metadata')),
      successUrl: textAt(form, 'success_url') ?? '',
      cancelUrl: textAt(form, 'cancel_url') ?? '',
      invoiceCreation: textAt(form, 'invoice_creation', 'enabled') === 'true',
      created: account.seconds,
    }),
  );
  if (mode === 'subscription')
    account.plans.set(session.id, {
      ...itemOf(account, line),
      metadata: strings(formAt(form, 'subscription_data', 'metadata')),
      periodEnd: () =>
        nextAnchor(formAt(form, 'subscription_data', 'billing_cycle_anchor_config'), account.now()),
    });
  return session;
}

function updateSubscription(account: StripeAccount, { ids, form }: SeenRequest & { ids: string[] }): unknown {
  const known = found<Stripe.Subscription>(account, ids[0], 'subscription');
  if (known.status === 'canceled')
    throw new Refusal(404, 'invalid_request_error', 'resource_missing', `No such subscription: ${known.id}`);
  const cancel = textAt(form, 'cancel_at_period_end');
  const item = formAt(form, 'items', 0);
  if (item) {
    if (textAt(item, 'id') !== known.items.data[0]?.id)
      throw new Refusal(400, 'invalid_request_error', 'resource_missing', 'No such subscription item.');
    const prorate = textAt(form, 'proration_behavior') === 'always_invoice';
    if (!account.change(known, itemOf(account, item), prorate))
      throw new Refusal(402, 'card_error', 'card_declined', 'Your card was declined.', {
        decline_code: 'insufficient_funds',
      });
  }
  if (cancel !== undefined) {
    known.cancel_at_period_end = cancel === 'true';
    account.event('customer.subscription.updated', known);
  }
  return known;
}

function itemOf(account: StripeAccount, line: Form): { price: Stripe.Price; quantity: number } {
  const product = textAt(line, 'price_data', 'product') ?? '';
  found(account, product, 'product');
  const price = account.put(
    objects.price({
      product,
      currency: textAt(line, 'price_data', 'currency') ?? 'usd',
      amount: Number(textAt(line, 'price_data', 'unit_amount')),
      monthly: formAt(line, 'price_data', 'recurring') !== undefined,
      created: account.seconds,
    }),
  );
  return { price, quantity: Number(textAt(line, 'quantity') ?? 1) };
}

/** The next moment on that day of the month, or on its last day where the month is shorter. */
function nextAnchor(config: Form | undefined, now: number): number {
  const start = new Date(now);
  if (!config) return Math.floor(addMonthsClamped(start, 1).getTime() / 1000);
  const [day, hour, minute, second] = ['day_of_month', 'hour', 'minute', 'second'].map((name) =>
    Number(textAt(config, name) ?? 0),
  );
  for (let month = start.getUTCMonth(); ; month += 1) {
    const last = new Date(Date.UTC(start.getUTCFullYear(), month + 1, 0)).getUTCDate();
    const at = Date.UTC(start.getUTCFullYear(), month, Math.min(day ?? 1, last), hour, minute, second);
    if (at > now) return at / 1000;
  }
}

function found<T = StripeObject>(account: StripeAccount, id: string | undefined, kind: string): T {
  const object = account.objects.get(id ?? '');
  if (object?.object !== kind)
    throw new Refusal(404, 'invalid_request_error', 'resource_missing', `No such ${kind}: '${id}'`);
  return object as T;
}

export function matchOf(pattern: string, path: string): string[] | null {
  const expression = new RegExp(`^${pattern.replaceAll(/\{\w+\}/g, '([^/]+)')}$`);
  const match = expression.exec(path);
  return match ? match.slice(1).map(decodeURIComponent) : null;
}
