import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type Stripe from 'stripe';
import { addMonthsClamped } from '@/core/time/periods';
import { StripeAccount, type StripeObject } from './account';
import { StripeContract } from './contract';
import { type Form, formAt, parseForm, strings, textAt } from './form';
import * as objects from './objects';

/** How the fake misbehaves on its next requests, one by one; with `on`, on the next whose `POST /v1/…` begins so. */
export type StripeFault = { on?: string } & (
  | { kind: 'status'; status: number; retryAfter?: number }
  /** Accepts the request and never answers. */
  | { kind: 'silence' }
  /** Cuts the connection before it does anything, or after it did everything. */
  | { kind: 'reset'; after: boolean }
  | { kind: 'malformed' }
);

export interface SeenRequest {
  method: string;
  path: string;
  form: Form;
  query: URLSearchParams;
  idempotencyKey: string | undefined;
}

class Refusal extends Error {
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

interface Saved {
  status: number;
  body: string;
  fingerprint: string;
}

const contract = new StripeContract();

/** Stripe on 127.0.0.1: stateful, idempotent by key as the real one, checked against its published description. */
export class FakeStripe {
  static readonly contractMissing = contract.missing;
  readonly account = new StripeAccount();
  readonly seen: SeenRequest[] = [];
  /** Where an exchange broke the published description. Must stay empty. */
  readonly violations: string[] = [];
  readonly faults: StripeFault[] = [];
  readonly #saved = new Map<string, Saved>();
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;

  constructor(readonly key = 'sk_test_fake') {
    this.#server = createServer((request, response) => void this.#serve(request, response));
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** @param port of a server that was told before; any free one by default. */
  async start(port = 0): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(port, '127.0.0.1', resolve));
    return this;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const url = new URL(request.url ?? '/', this.url);
    const text = Buffer.concat(chunks).toString('utf8');
    const seen: SeenRequest = {
      method: request.method ?? 'GET',
      path: url.pathname,
      form: parseForm(text),
      query: url.searchParams,
      idempotencyKey: request.headers['idempotency-key'] as string | undefined,
    };
    this.seen.push(seen);
    const fault = this.#faultFor(`${seen.method} ${seen.path}`);
    if (fault?.kind === 'silence') return;
    if (fault?.kind === 'reset' && !fault.after) {
      response.destroy();
      return;
    }
    if (fault?.kind === 'status') {
      const retry = fault.retryAfter === undefined ? {} : { 'retry-after': String(fault.retryAfter) };
      const type = fault.status === 429 ? 'rate_limit_error' : 'api_error';
      send(response, fault.status, errorBody(type, 'fault', 'on demand'), retry);
      return;
    }
    if (request.headers.authorization !== `Bearer ${this.key}`) {
      send(
        response,
        401,
        errorBody('invalid_request_error', 'invalid_api_key', `Invalid API Key provided: ${this.key}`),
      );
      return;
    }
    const { status, body } = this.#once(seen, text);
    if (fault?.kind === 'reset') response.destroy();
    else if (fault?.kind === 'malformed') send(response, 200, '<html>Bad gateway</html>');
    else send(response, status, body);
  }

  #faultFor(request: string): StripeFault | undefined {
    const index = this.faults.findIndex((one) => request.startsWith(one.on ?? ''));
    return index < 0 ? undefined : this.faults.splice(index, 1)[0];
  }

  /** https://docs.stripe.com/api/idempotent_requests: the same key answers as the first time; with other parameters it is an error. */
  #once(seen: SeenRequest, text: string): { status: number; body: string } {
    const { idempotencyKey: key, method } = seen;
    const fingerprint = `${method} ${seen.path} ${text}`;
    const saved = key ? this.#saved.get(key) : undefined;
    if (saved && saved.fingerprint !== fingerprint)
      return {
        status: 400,
        body: errorBody(
          'idempotency_error',
          'idempotency_error',
          'Keys for idempotent requests can only be used with the same parameters they were first used with.',
        ),
      };
    if (saved) return saved;
    const answered = this.#answer(seen);
    if (key && method === 'POST') this.#saved.set(key, { ...answered, fingerprint });
    return answered;
  }

  #answer(seen: SeenRequest): { status: number; body: string } {
    try {
      const found = ROUTES.find(([method, pattern]) => method === seen.method && matchOf(pattern, seen.path));
      if (!found)
        throw new Refusal(
          404,
          'invalid_request_error',
          'url_invalid',
          `Unrecognized request URL (${seen.method}: ${seen.path}).`,
        );
      const [method, pattern, handle] = found;
      if (method === 'POST') this.violations.push(...contract.request('post', pattern, seen.form));
      const answer = handle(this.account, { ...seen, ids: matchOf(pattern, seen.path) ?? [] });
      this.violations.push(...contract.object(answer));
      return { status: 200, body: JSON.stringify(answer) };
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return { status: error.status, body: errorBody(error.type, error.code, error.message, error.more) };
    }
  }

  /** An event's body as it is delivered; held against the description too. */
  checkEvent(event: unknown): void {
    this.violations.push(
      ...contract.object(event),
      ...contract.object((event as { data: { object: unknown } }).data.object),
    );
  }
}

type Handle = (account: StripeAccount, request: SeenRequest & { ids: string[] }) => unknown;

const ROUTES: [string, string, Handle][] = [
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

function matchOf(pattern: string, path: string): string[] | null {
  const expression = new RegExp(`^${pattern.replaceAll(/\{\w+\}/g, '([^/]+)')}$`);
  const match = expression.exec(path);
  return match ? match.slice(1).map(decodeURIComponent) : null;
}

function errorBody(type: string, code: string, message: string, more: Record<string, unknown> = {}): string {
  return JSON.stringify({ error: { type, code, message, ...more } });
}

function send(
  response: ServerResponse,
  status: number,
  body: string,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, {
    'content-type': 'application/json',
    'request-id': objects.newId('req'),
    ...headers,
  });
  response.end(body);
}
