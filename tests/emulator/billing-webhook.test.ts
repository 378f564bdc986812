import type { FakeEvent } from '@tests/fakes/stripe/account';
import type { FakeStripe } from '@tests/fakes/stripe/server';
import { call, type Person, team } from '@tests/support/accounts';
import { balanceOf, deliver, startStripe } from '@tests/support/billing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { POST as purchase } from '@/app/api/tokens/purchase/route';
import { type PurchaseAnswer, stripeEventModel, tokenPurchaseModel } from '@/features/billing/schema';
import { core } from '@/server/core';

let fake: FakeStripe;
let owner: Person;
let organizationId: string;

beforeAll(async () => {
  fake = await startStripe();
  ({ owner, organizationId } = await team({}, { tier: 'free' }));
});
afterAll(() => fake.stop());

async function paidEvent(): Promise<FakeEvent> {
  const answer = await call<PurchaseAnswer>(purchase, {
    path: '/api/tokens/purchase',
    as: owner,
    organizationId,
    body: { packageId: 'tokens_100' },
  });
  const bought = await core.db.get(core.db.doc(tokenPurchaseModel, answer.json.purchaseId));
  const [event] = fake.account.pay(bought?.sessionId ?? '');
  if (!event) throw new Error('no event');
  return event;
}

const seconds = () => Math.floor(Date.now() / 1000);
const noted = (event: FakeEvent) =>
  core.db.get(core.db.doc(stripeEventModel, `api_webhooks_stripe_${event.id}`));

describe('POST /api/webhooks/stripe', () => {
  it('refuses what Stripe did not sign just now, and touches nothing', async () => {
    const before = (await balanceOf(organizationId)).available;
    const event = await paidEvent();
    const refused = {
      'a wrong secret': { secret: 'whsec_of_somebody_else' },
      'a stale timestamp': { timestamp: seconds() - 301 },
      'a timestamp in the future': { timestamp: seconds() + 302 },
      'an altered body': { alter: (text: string) => text.replace('"livemode": false', '"livemode": true') },
      'the body written anew': { alter: (text: string) => JSON.stringify(JSON.parse(text)) },
      'no signature': { header: '' },
      'garbage for a signature': { header: 'v1=abc' },
      'a signature without a time': { header: 't=,v1=abc' },
    };
    for (const [name, options] of Object.entries(refused)) {
      const answer = await deliver(event, options);
      expect([name, answer.status, answer.json.code]).toEqual([name, 400, 'signature_invalid']);
    }
    expect(await noted(event)).toBeNull();
    expect((await balanceOf(organizationId)).available).toBe(before);
    // Within the tolerance, either way, it is taken.
    expect((await deliver(event, { timestamp: seconds() - 290 })).json.outcome).toBe('processed');
    expect((await deliver(event, { timestamp: seconds() + 290 })).json.outcome).toBe('duplicate');
    expect((await balanceOf(organizationId)).available).toBe(before + 100);
  });

  it('refuses a signed body that is no event', async () => {
    for (const body of [
      {},
      { id: 'x', type: 'charge.refunded' },
      { ...(await paidEvent()), id: 'evt_../../x' },
    ]) {
      expect((await deliver(body as FakeEvent)).status).toBe(400);
    }
  });

  it('ignores events it has no use for, and objects that are not ours, with a 200 so that they are not sent again', async () => {
    const other = fake.account.event('payout.paid', { id: 'po_1', object: 'payout' });
    expect((await deliver(other)).json).toEqual({ received: true, outcome: 'ignored' });
    expect(await noted(other)).toMatchObject({ status: 'ignored', type: 'payout.paid' });
    const foreign = fake.account.event('charge.refunded', {
      id: 'ch_other',
      object: 'charge',
      payment_intent: 'pi_other',
    } as { id: string; object: string });
    expect((await deliver(foreign)).json.outcome).toBe('ignored');
    const gone = fake.account.event('checkout.session.completed', {
      id: 'cs_test_other',
      object: 'checkout.session',
    });
    expect((await deliver(gone)).json.outcome).toBe('ignored');
    const nobodys = fake.account.event('customer.subscription.updated', {
      id: 'sub_other',
      object: 'subscription',
    });
    expect((await deliver(nobodys)).json.outcome).toBe('ignored');
  });

  it('works on an event once, however often it is replayed', async () => {
    const event = await paidEvent();
    const before = (await balanceOf(organizationId)).available;
    expect((await deliver(event)).json.outcome).toBe('processed');
    const asked = fake.seen.length;
    for (let replay = 0; replay < 3; replay += 1)
      expect((await deliver(event)).json).toEqual({ received: true, outcome: 'duplicate' });
    expect(fake.seen).toHaveLength(asked);
    expect((await balanceOf(organizationId)).available).toBe(before + 100);
    expect(await noted(event)).toMatchObject({ status: 'processed', deliveries: 4 });
  });

  it('believes Stripe and not the event: a forged "paid" inside a signed one credits nothing', async () => {
    const before = (await balanceOf(organizationId)).available;
    const answer = await call<PurchaseAnswer>(purchase, {
      path: '/api/tokens/purchase',
      as: owner,
      organizationId,
      body: { packageId: 'tokens_100' },
    });
    const bought = await core.db.get(core.db.doc(tokenPurchaseModel, answer.json.purchaseId));
    const session = fake.account.get(bought?.sessionId ?? '');
    const event = fake.account.event('checkout.session.completed', {
      ...session,
      payment_status: 'paid',
    } as { id: string; object: string });
    expect((await deliver(event)).json.outcome).toBe('processed');
    expect((await balanceOf(organizationId)).available).toBe(before);
  });

  it('takes a body of at most one megabyte', async () => {
    const event = { ...(await paidEvent()), padding: 'x'.repeat(1024 * 1024) } as FakeEvent;
    expect((await deliver(event)).status).toBe(413);
  });
});
