import { FakeStripe } from '@tests/fakes/stripe/server';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ExternalServiceError, type SystemError } from '@/core/errors';
import { OutboundHttp } from '@/core/http/outbound';
import { ResilienceService } from '@/core/resilience/policy';
import { StripeClient } from '@/features/billing/providers/stripe/client';
import { StripePurchases } from '@/features/billing/providers/stripe/purchases';
import { StripeSubscriptions } from '@/features/billing/providers/stripe/subscriptions';

/** Our Stripe provider against the fake, every exchange held against Stripe's published description. */

let fake: FakeStripe;
let http: OutboundHttp;
let purchases: StripePurchases;
let subscriptions: StripeSubscriptions;
let keys = 0;

function clientWith(secretKey: string): StripeClient {
  const resilience = new ResilienceService({ random: () => 0 });
  return new StripeClient({ secretKey, baseUrl: fake.url }, http, resilience, () => `key-${++keys}`);
}

beforeAll(async () => {
  if (FakeStripe.contractMissing) console.warn(`ABSENT: ${FakeStripe.contractMissing}`);
});
beforeEach(async () => {
  fake = await new FakeStripe().start();
  http = new OutboundHttp();
  const client = clientWith(fake.key);
  purchases = new StripePurchases(client);
  subscriptions = new StripeSubscriptions(client);
  return async () => {
    expect(fake.violations).toEqual([]);
    await http.close();
    await fake.stop();
  };
});
afterAll(() => http.close());

const order = {
  purchaseId: 'pur_1',
  organizationId: 'org-1',
  userId: 'u1',
  customerId: null,
  title: '500 IriSync tokens',
  amount: 2_500,
  currency: 'usd',
  successUrl: 'http://localhost:3000/tokens?purchase=pur_1',
  cancelUrl: 'http://localhost:3000/tokens?purchase=pur_1&canceled=1',
} as const;
const customer = { id: 'org-1', name: 'Terrace', email: 'owner@example.test' };

async function subscribed(): Promise<{ id: string; customerId: string }> {
  const customerId = await subscriptions.createCustomer(customer);
  const checkout = await subscriptions.openSubscription({
    organizationId: 'org-1',
    userId: 'u1',
    customerId,
    plan: { tier: 'creator', seats: 1 },
    currency: 'usd',
    anchor: new Date('2026-01-31T10:20:30Z'),
    successUrl: order.successUrl,
    cancelUrl: order.cancelUrl,
  });
  const events = fake.account.pay(checkout.sessionId);
  for (const event of events) fake.checkEvent(event);
  const [first] = await subscriptions.subscriptionsOf(customerId);
  return { id: first?.id ?? '', customerId };
}

describe('buying', () => {
  it('opens a checkout that says what it is for, and sees it paid', async () => {
    const checkout = await purchases.openCheckout(order);
    expect(checkout.url).toContain(checkout.sessionId);
    expect(await purchases.payment(checkout.sessionId)).toMatchObject({
      purchaseId: 'pur_1',
      state: 'open',
      amount: 2_500,
      currency: 'usd',
      paymentIntentId: null,
    });
    for (const event of fake.account.pay(checkout.sessionId)) fake.checkEvent(event);
    const paid = await purchases.payment(checkout.sessionId);
    expect(paid).toMatchObject({ state: 'paid', method: 'card', refunded: 0, disputed: 0 });
    expect(paid?.receiptUrl).toContain('https://');
    expect(await purchases.sessionOfPayment(paid?.paymentIntentId ?? '')).toBe(checkout.sessionId);
    expect(await purchases.payment('cs_test_nothing')).toBeNull();
    expect(await purchases.sessionOfPayment('pi_foreign')).toBeNull();
  });

  it('follows a slow method, an expired checkout, refunds and disputes', async () => {
    const slow = await purchases.openCheckout({ ...order, purchaseId: 'pur_2' });
    fake.account.pay(slow.sessionId, true);
    expect(await purchases.payment(slow.sessionId)).toMatchObject({ state: 'processing' });
    fake.account.settleSlow(slow.sessionId, false);
    expect(await purchases.payment(slow.sessionId)).toMatchObject({ state: 'failed' });
    const left = await purchases.openCheckout({ ...order, purchaseId: 'pur_3' });
    fake.account.expire(left.sessionId);
    expect(await purchases.payment(left.sessionId)).toMatchObject({ state: 'expired' });

    const { sessionId } = await purchases.openCheckout({ ...order, purchaseId: 'pur_4' });
    fake.account.pay(sessionId);
    const payment = (await purchases.payment(sessionId))?.paymentIntentId ?? '';
    for (const event of fake.account.refund(payment, 500)) fake.checkEvent(event);
    for (const event of fake.account.dispute(payment, 2_000)) fake.checkEvent(event);
    expect(await purchases.payment(sessionId)).toMatchObject({ refunded: 500, disputed: 2_000 });
    const [dispute] = fake.account.all('dispute');
    for (const event of fake.account.closeDispute(dispute?.id ?? '', true)) fake.checkEvent(event);
    expect(await purchases.payment(sessionId)).toMatchObject({ refunded: 500, disputed: 0 });
    fake.account.dispute(payment, 2_000, true);
    expect(await purchases.payment(sessionId)).toMatchObject({ disputed: 0 });
  });
});

describe('subscribing', () => {
  it('starts on the anchor’s day of the month, changes, previews, cancels and lists', async () => {
    const { id, customerId } = await subscribed();
    const facts = await subscriptions.subscription(id);
    expect(facts).toMatchObject({
      organizationId: 'org-1',
      plan: { tier: 'creator', seats: 1 },
      state: 'active',
      cancelAtPeriodEnd: false,
    });
    expect(facts?.periodEnd.toISOString()).toMatch(/T10:20:30/);
    const plan = { tier: 'enterprise', seats: 3 } as const;
    const preview = await subscriptions.previewPlan(id, { plan, currency: 'usd' });
    expect(preview.dueNow).toBe(preview.lines.reduce((sum, line) => sum + line.amount, 0));
    await subscriptions.updatePlan(id, { plan, currency: 'usd', prorate: 'now' });
    expect(await subscriptions.subscription(id)).toMatchObject({ plan });
    await subscriptions.setCancelAtPeriodEnd(id, true);
    expect(await subscriptions.subscription(id)).toMatchObject({ cancelAtPeriodEnd: true });
    await subscriptions.updatePlan(id, { plan, currency: 'usd', prorate: 'never' });
    expect(await subscriptions.subscription(id)).toMatchObject({ cancelAtPeriodEnd: false });
    const first = await subscriptions.invoices(customerId, { limit: 1 });
    expect(first.items).toHaveLength(1);
    const rest = await subscriptions.invoices(customerId, { limit: 10, cursor: first.cursor ?? '' });
    expect(rest).toMatchObject({ cursor: null, items: [{ status: 'paid', subscriptionId: id }] });
    expect(await subscriptions.invoice(first.items[0]?.id ?? '')).toMatchObject({ customerId });
    expect(await subscriptions.openPortal(customerId, 'http://localhost:3000/tokens')).toContain('https://');
    expect(await subscriptions.subscription('sub_nothing')).toBeNull();
  });

  it('says that a card was declined, and that nothing was changed', async () => {
    const { id } = await subscribed();
    fake.account.cardWorks = false;
    const change = subscriptions.updatePlan(id, {
      plan: { tier: 'influencer', seats: 1 },
      currency: 'usd',
      prorate: 'now',
    });
    await expect(change).rejects.toMatchObject({
      code: 'payment_declined',
      status: 402,
      details: { reason: 'insufficient_funds' },
    });
    expect(await subscriptions.subscription(id)).toMatchObject({ plan: { tier: 'creator' } });
  });

  it('ends an open checkout and leaves a completed one', async () => {
    const { sessionId } = await purchases.openCheckout(order);
    await subscriptions.endCheckout(sessionId);
    expect(await purchases.payment(sessionId)).toMatchObject({ state: 'expired' });
    await subscriptions.endCheckout(sessionId);
  });
});

describe('when Stripe misbehaves', () => {
  it('opens one checkout although the answer got lost, came late, or was no JSON', async () => {
    fake.faults.push({ kind: 'reset', after: true }, { kind: 'malformed' });
    const checkout = await purchases.openCheckout(order);
    expect(fake.seen.map((one) => one.idempotencyKey)).toEqual(Array(3).fill('purchase:pur_1'));
    expect(fake.account.all('checkout.session').map((one) => one.id)).toEqual([checkout.sessionId]);
    const again = await purchases.openCheckout(order);
    expect(again.sessionId).toBe(checkout.sessionId);
  });

  it('waits as it is told and tries again after a 429 and a 500', async () => {
    fake.faults.push({ kind: 'status', status: 429, retryAfter: 0 }, { kind: 'status', status: 500 });
    await purchases.openCheckout(order);
    expect(fake.seen).toHaveLength(3);
  });

  it('classifies what it cannot get over', async () => {
    fake.faults.push(...Array.from({ length: 3 }, () => ({ kind: 'status', status: 503 }) as const));
    const away = await purchases.openCheckout(order).catch((error: unknown) => error);
    expect(away).toBeInstanceOf(ExternalServiceError);
    expect(away).toMatchObject({ provider: 'stripe', kind: 'unavailable', vendorStatus: 503 });
    fake.faults.push(...Array.from({ length: 3 }, () => ({ kind: 'reset', after: false }) as const));
    expect(await purchases.openCheckout(order).catch((error: unknown) => error)).toMatchObject({
      provider: 'stripe',
      retryable: true,
    });
    const wrong = new StripePurchases(clientWith('sk_test_wrong_0000'));
    const refused = await wrong.openCheckout(order).catch((error: unknown) => error);
    expect(refused).toMatchObject({ kind: 'auth_expired', retryable: false });
    expect(String((refused as SystemError).message)).not.toContain(fake.key);
  });
});
