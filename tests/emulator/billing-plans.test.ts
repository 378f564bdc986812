import type { FakeEvent } from '@tests/fakes/stripe/account';
import type { FakeStripe } from '@tests/fakes/stripe/server';
import { call, type Person, team } from '@tests/support/accounts';
import { auditOf, balanceOf, deliver, startStripe } from '@tests/support/billing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { GET as invoices } from '@/app/api/billing/invoices/route';
import { POST as portal } from '@/app/api/billing/portal/route';
import { POST as changePlan, GET as getPlan } from '@/app/api/billing/subscription/route';
import { outboxModel } from '@/core/events/outbox';
import { provide } from '@/core/singletons';
import { addMonthsClamped } from '@/core/time/periods';
import {
  billingAccountModel,
  type InvoiceView,
  type SubscriptionAnswer,
  type SubscriptionView,
} from '@/features/billing/schema';
import { SubscriptionService } from '@/features/billing/subscriptions';
import { organizationModel } from '@/features/organizations/schema';
import { core } from '@/server/core';

/** Half a year ahead of the real time, and moved by the tests: Stripe's fake and our services look at the same clock. */
let now = new Date('2027-01-10T09:00:00Z');
let fake: FakeStripe;
let owner: Person;
let organizationId: string;

beforeAll(async () => {
  provide('Clock', () => ({ now: () => now }));
  fake = await startStripe();
  fake.account.now = () => now.getTime();
});
afterAll(async () => {
  expect(fake.violations).toEqual([]);
  await fake.stop();
});
beforeEach(async () => {
  fake.account.cardWorks = true;
  ({ owner, organizationId } = await team({}, { tier: 'free' }));
});

const at = () => ({ as: owner, organizationId });
const change = (body: object, preview = false) =>
  call<SubscriptionAnswer & { code?: string }>(changePlan, {
    path: `/api/billing/subscription${preview ? '?preview=true' : ''}`,
    ...at(),
    body,
  });
const plan = async () =>
  (await call<SubscriptionView>(getPlan, { path: '/api/billing/subscription', ...at() })).json;
const account = () => core.db.get(core.db.doc(billingAccountModel, organizationId));
const organization = () => core.db.get(core.db.doc(organizationModel, organizationId));
const later = (milliseconds: number) => {
  now = new Date(now.getTime() + milliseconds);
};
const signed = (event: FakeEvent) => deliver(event, { timestamp: Math.floor(now.getTime() / 1000) });

async function send(events: FakeEvent[]): Promise<void> {
  for (const event of events) {
    fake.checkEvent(event);
    expect((await signed(event)).status).toBe(200);
  }
}

async function available(): Promise<number> {
  const balance = await balanceOf(organizationId);
  expect(await auditOf(balance.ownerId)).toEqual([]);
  return balance.available;
}

/** Goes through Stripe's checkout, whose events arrive in reverse order and twice. */
async function subscribe(tier: string, seats = 1): Promise<void> {
  const answer = await change({ tier, seats });
  expect(answer.json).toMatchObject({ outcome: 'checkout', url: expect.stringContaining('https://') });
  const stored = await account();
  const events = fake.account.pay(stored?.openSessionId ?? '');
  await send([...events, ...events].reverse());
}

async function announced(event: string): Promise<Record<string, unknown>[]> {
  const rows = await core.db.find(core.db.collection(outboxModel).where('event', '==', event));
  return rows
    .map((row) => JSON.parse(row.payload) as Record<string, unknown>)
    .filter((payload) => payload.organizationId === organizationId);
}

/** Until right after the period's end, with the daily run. */
async function nextPeriod(): Promise<void> {
  now = new Date((await plan()).periodEnd);
  later(3600_000);
  await plan();
}

describe('a first plan', () => {
  it('is previewed, paid at Stripe, and granted for the rest of the period', async () => {
    const { periodStart, periodEnd } = await plan();
    const length = new Date(periodEnd).getTime() - new Date(periodStart).getTime();
    later(length / 2);
    const half = Math.floor(450 / 2);
    const preview = await change({ tier: 'creator' }, true);
    expect(preview.json).toMatchObject({
      outcome: 'preview',
      change: 'start',
      dueNow: 950,
      monthlyPrice: 1_900,
      tokensNow: half,
    });
    expect(
      fake.account.all('checkout.session').filter((one) => JSON.stringify(one).includes(organizationId)),
    ).toEqual([]);
    await subscribe('creator');
    expect(await available()).toBe(50 + half);
    expect(await plan()).toMatchObject({
      tier: 'creator',
      status: 'active',
      pending: null,
      tokensPerPeriod: 500,
    });
    expect((await organization())?.billing).toEqual({ tier: 'creator', status: 'active', seats: 1 });
    expect(await announced('subscription_changed')).toMatchObject([
      { change: 'started', tokensGranted: half },
    ]);
    // Stripe's next invoice falls on the end of the token period.
    expect((await account())?.currentPeriodEnd?.getTime()).toBe(
      Math.floor(new Date(periodEnd).getTime() / 1000) * 1000,
    );
    await nextPeriod();
    expect((await balanceOf(organizationId)).includedLeft).toBe(500);
    expect(await available()).toBe(500);
  });

  it('opens one checkout at a time, so that nobody subscribes twice', async () => {
    await change({ tier: 'creator' });
    const first = (await account())?.openSessionId ?? '';
    await change({ tier: 'influencer' });
    expect(fake.account.get<{ id: string; object: string; status: string }>(first).status).toBe('expired');
  });

  it('is the owner’s to choose, and refuses what is not for sale', async () => {
    for (const [body, status] of [
      [{ tier: 'gold' }, 400],
      [{ tier: 'creator', seats: 0 }, 400],
      [{ tier: 'creator', price: 1 }, 400],
      [{ tier: 'free' }, 200],
    ] as const)
      expect((await change(body)).status).toBe(status);
  });
});

describe('a running plan', () => {
  it('going up pays the difference and grants it at once; down and up again mints and costs nothing', async () => {
    await subscribe('creator');
    const start = await available();
    later(5 * 24 * 3600_000);
    const { periodStart, periodEnd } = await plan();
    const share =
      (new Date(periodEnd).getTime() - now.getTime()) /
      (new Date(periodEnd).getTime() - new Date(periodStart).getTime());
    const preview = await change({ tier: 'influencer' }, true);
    expect(preview.json).toMatchObject({ change: 'upgrade', tokensNow: Math.floor(1_000 * share) });
    const up = await change({ tier: 'influencer' });
    expect(up.json).toMatchObject({ outcome: 'changed', tokensNow: Math.floor(1_000 * share) });
    const high = await available();
    expect(high).toBe(start + Math.floor(1_000 * share));
    const bills = fake.account.all('invoice').length;

    const down = await change({ tier: 'creator' });
    expect(down.json).toMatchObject({
      outcome: 'scheduled',
      subscription: { tier: 'influencer', pending: { tier: 'creator', seats: 1 } },
    });
    expect((await change({ tier: 'creator' })).json).toMatchObject({ outcome: 'changed', tokensNow: 0 });
    expect((await change({ tier: 'influencer' }, true)).json).toMatchObject({
      change: 'resume',
      dueNow: 0,
      tokensNow: 0,
    });
    const again = await change({ tier: 'influencer' });
    expect(again.json).toMatchObject({ outcome: 'changed', tokensNow: 0, subscription: { pending: null } });
    expect(await available()).toBe(high);
    expect(fake.account.all('invoice')).toHaveLength(bills);

    // Down, then further up than before: only what is above the best of this period is charged and granted.
    await change({ tier: 'creator' });
    const further = await change({ tier: 'enterprise', seats: 1 });
    expect(further.json).toMatchObject({ outcome: 'changed', tokensNow: Math.floor(3_500 * share) });
    const [bill] = fake.account.all<{ id: string; object: string; total: number }>('invoice');
    expect(bill?.total).toBe(Math.round(9_900 * share) - Math.round(4_900 * share));
    for (const event of fake.account.events.slice(-8).reverse()) await signed(event);
    expect(await available()).toBe(high + Math.floor(3_500 * share));
  });

  it('a smaller plan starts with the next period, and its limits with it', async () => {
    await subscribe('influencer');
    await change({ tier: 'creator' });
    expect((await organization())?.billing.tier).toBe('influencer');
    expect(await announced('subscription_scheduled')).toMatchObject([{ tier: 'creator', seats: 1 }]);
    await nextPeriod();
    expect(await plan()).toMatchObject({ tier: 'creator', pending: null });
    expect((await organization())?.billing.tier).toBe('creator');
    expect(await available()).toBe(500);
    expect((await announced('subscription_changed')).map((one) => one.change)).toContain('downgraded');
  });

  it('cancelled gives until its end, can be taken up again, and then ends', async () => {
    await subscribe('creator');
    const had = await available();
    expect((await change({ tier: 'free' })).json).toMatchObject({
      outcome: 'scheduled',
      subscription: { tier: 'creator', renewsAt: null },
    });
    expect((await change({ tier: 'creator' })).json).toMatchObject({
      outcome: 'changed',
      subscription: { pending: null },
    });
    expect((await account())?.cancelAtPeriodEnd).toBe(false);
    await change({ tier: 'free' });
    expect(await available()).toBe(had);
    const subscriptionId = (await account())?.subscriptionId ?? '';
    await nextPeriod();
    await send(fake.account.renew(subscriptionId, 0));
    expect(await plan()).toMatchObject({ tier: 'free', status: 'canceled', pending: null });
    expect(await available()).toBe(50);
    // It can be started anew.
    await subscribe('creator');
    expect(await plan()).toMatchObject({ tier: 'creator', status: 'active' });
  });

  it('counts seats', async () => {
    await subscribe('enterprise', 2);
    expect(await plan()).toMatchObject({ seats: 2, tokensPerPeriod: 10_000, monthlyPrice: 19_800 });
    const more = await change({ tier: 'enterprise', seats: 5 });
    expect(more.json).toMatchObject({ outcome: 'changed', subscription: { seats: 5 } });
    expect((await organization())?.billing.seats).toBe(5);
    expect((await change({ tier: 'enterprise', seats: 3 })).json).toMatchObject({ outcome: 'scheduled' });
  });

  it('a declined card changes nothing, here and at Stripe', async () => {
    await subscribe('creator');
    const had = await available();
    fake.account.cardWorks = false;
    const answer = await change({ tier: 'influencer' });
    expect([answer.status, answer.json.code]).toEqual([402, 'payment_declined']);
    expect(await plan()).toMatchObject({ tier: 'creator', pending: null });
    expect(await available()).toBe(had);
  });

  it('an answer that was lost on its way charges and grants once', async () => {
    await subscribe('creator');
    const had = await available();
    const bills = fake.account.all('invoice').length;
    fake.faults.push({ kind: 'reset', after: true, on: 'POST /v1/subscriptions/' });
    const running = change({ tier: 'influencer' });
    expect((await running).json).toMatchObject({ outcome: 'changed' });
    expect(fake.faults).toEqual([]);
    expect(fake.account.all('invoice')).toHaveLength(bills + 1);
    expect(await available()).toBeGreaterThan(had);
  });

  it('changed at Stripe (the portal) follows, and twice and out of order changes nothing more', async () => {
    await subscribe('creator');
    const id = (await account())?.subscriptionId ?? '';
    const known = fake.account.get<import('stripe').Stripe.Subscription>(id);
    const to = fake.account.all<import('stripe').Stripe.Price>('price')[0];
    if (!to) throw new Error('no price');
    const price = {
      ...to,
      id: 'price_of_influencer',
      product: 'irisync_plan_influencer',
      unit_amount: 4_900,
    };
    const older = fake.account.event('customer.subscription.updated', known);
    const events = fake.account.change(known, { price, quantity: 1 }, true) ?? [];
    await change({ tier: 'influencer' }, true);
    await Promise.all([...events, older, ...events].map((event) => signed(event)));
    expect(await plan()).toMatchObject({ tier: 'influencer' });
    const had = await available();
    await send([older, ...events].map((event) => ({ ...event, id: `${event.id}x` })));
    expect(await available()).toBe(had);
    expect((await announced('subscription_changed')).filter((one) => one.tier === 'influencer')).toHaveLength(
      1,
    );
  });
});

describe('invoices', () => {
  it('that fail are announced once, keep the plan while Stripe tries, and stop upgrades', async () => {
    await subscribe('creator');
    const id = (await account())?.subscriptionId ?? '';
    await nextPeriod();
    const end = addMonthsClamped(now, 1).getTime() / 1000;
    const failed = fake.account.renew(id, Math.floor(end), false);
    await send([...failed, ...failed].reverse());
    expect(await plan()).toMatchObject({
      tier: 'creator',
      status: 'past_due',
      unpaidInvoice: { amount: 1_900 },
    });
    expect((await organization())?.billing.status).toBe('past_due');
    expect(await announced('invoice_payment_failed')).toHaveLength(1);
    expect((await change({ tier: 'influencer' })).status).toBe(409);
    const bill = (await plan()).unpaidInvoice?.id ?? '';
    const paid = fake.account.settleInvoice(bill);
    await send([...paid, ...failed, ...paid]);
    expect(await plan()).toMatchObject({ status: 'active', unpaidInvoice: null });
    expect((await announced('invoice_paid')).filter((one) => one.invoiceId === bill)).toHaveLength(1);
  });

  it('stop when the organisation is gone, and its last events trouble nobody', async () => {
    await subscribe('creator');
    const id = (await account())?.subscriptionId ?? '';
    await change({ tier: 'free' });
    await SubscriptionService.getInstance().organizationGone(organizationId);
    await SubscriptionService.getInstance().organizationGone(organizationId);
    const known = fake.account.get<{ id: string; object: string; status: string }>(id);
    expect(known.status).toBe('canceled');
    await core.db.delete(core.db.doc(organizationModel, organizationId));
    const last = fake.account.event('customer.subscription.deleted', known);
    expect((await signed(last)).json).toEqual({ received: true, outcome: 'ignored' });
  });

  it('given up on ends the plan with the period', async () => {
    await subscribe('creator');
    const had = await available();
    await send(fake.account.cancel((await account())?.subscriptionId ?? ''));
    expect(await plan()).toMatchObject({ tier: 'creator', status: 'canceled', pending: { tier: 'free' } });
    expect(await available()).toBe(had);
    await nextPeriod();
    expect(await plan()).toMatchObject({ tier: 'free' });
  });

  it('are listed page by page with their receipts; the portal opens', async () => {
    expect((await call(invoices, { path: '/api/billing/invoices', ...at() })).json).toEqual({
      items: [],
      cursor: null,
    });
    await subscribe('creator');
    await change({ tier: 'influencer' });
    const first = await call<{ items: InvoiceView[]; cursor: string }>(invoices, {
      path: '/api/billing/invoices?limit=1',
      ...at(),
    });
    expect(first.json.items).toMatchObject([
      {
        status: 'paid',
        hostedUrl: expect.stringContaining('https://'),
        pdfUrl: expect.stringContaining('pdf'),
      },
    ]);
    const rest = await call<{ items: InvoiceView[]; cursor: string | null }>(invoices, {
      path: `/api/billing/invoices?cursor=${first.json.cursor}`,
      ...at(),
    });
    expect(rest.json).toMatchObject({ cursor: null, items: [{ status: 'paid' }] });
    expect((await call(invoices, { path: '/api/billing/invoices?cursor=x', ...at() })).status).toBe(400);
    expect(
      (await call<{ url: string }>(portal, { path: '/api/billing/portal', ...at(), body: {} })).json.url,
    ).toContain('https://');
  });
});
