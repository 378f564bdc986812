import type { FakeEvent } from '@tests/fakes/stripe/account';
import type { FakeStripe } from '@tests/fakes/stripe/server';
import { call, type Person, person, team } from '@tests/support/accounts';
import { auditOf, balanceOf, deliver, startStripe } from '@tests/support/billing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { GET as getPackages } from '@/app/api/tokens/packages/route';
import { POST as purchase } from '@/app/api/tokens/purchase/route';
import { POST as confirm } from '@/app/api/tokens/purchases/[id]/confirm/route';
import { GET as list } from '@/app/api/tokens/purchases/route';
import { outboxModel } from '@/core/events/outbox';
import type { PurchaseAnswer, PurchaseView } from '@/features/billing/schema';
import { tokenPurchaseModel } from '@/features/billing/schema';
import { tokenTransactionModel } from '@/features/tokens/schema';
import { TokenService } from '@/features/tokens/service';
import { core } from '@/server/core';

let fake: FakeStripe;
let owner: Person;
let admin: Person;
let organizationId: string;

beforeAll(async () => {
  fake = await startStripe();
});
afterAll(async () => {
  expect(fake.violations).toEqual([]);
  await fake.stop();
});
beforeEach(async () => {
  const made = await team({ admin: 'admin' }, { tier: 'free' });
  ({ owner, admin, organizationId } = made);
});

async function buy(
  body: object = { packageId: 'tokens_500' },
): Promise<PurchaseAnswer & { sessionId: string }> {
  const answer = await call<PurchaseAnswer>(purchase, {
    path: '/api/tokens/purchase',
    as: owner,
    organizationId,
    body,
  });
  expect(answer.status, answer.text).toBe(201);
  const stored = await core.db.get(core.db.doc(tokenPurchaseModel, answer.json.purchaseId));
  return { ...answer.json, sessionId: stored?.sessionId ?? '' };
}

const stored = (id: string) => core.db.get(core.db.doc(tokenPurchaseModel, id));
const returns = (id: string, as: Person = owner) =>
  call<PurchaseView>(confirm, { path: `/api/tokens/purchases/${id}/confirm`, as, organizationId, body: {} });
const paymentOf = async (id: string) => (await stored(id))?.paymentIntentId ?? '';

async function available(): Promise<number> {
  const balance = await balanceOf(organizationId);
  expect(await auditOf(balance.ownerId)).toEqual([]);
  return balance.available;
}

async function credits(): Promise<number> {
  const rows = await core.db.find(
    core.db
      .collection(tokenTransactionModel)
      .where('ownerId', '==', `org_${organizationId}`)
      .where('type', '==', 'purchase'),
  );
  return rows.length;
}

async function announced(event: string, id: string): Promise<number> {
  const rows = await core.db.find(core.db.collection(outboxModel).where('event', '==', event));
  return rows.filter((row) => row.payload.includes(id)).length;
}

async function spend(tokens: number): Promise<void> {
  const requestId = `spend-${Math.random()}`;
  await TokenService.getInstance().reserve(requestId, { userId: owner.uid, organizationId }, tokens, 'chat');
  await TokenService.getInstance().settle(requestId, tokens);
}

describe('POST /api/tokens/purchase', () => {
  it('opens a checkout with the price list’s price, and credits nothing yet', async () => {
    const { purchaseId, url, gateway, sessionId } = await buy({
      packageId: 'tokens_1000',
      quantity: 2,
      currency: 'eur',
    });
    expect([gateway, url]).toEqual(['stripe', expect.stringContaining(sessionId)]);
    expect(await stored(purchaseId)).toMatchObject({
      status: 'open',
      tokenAmount: 2_000,
      price: 8_550,
      currency: 'eur',
      isProcessed: false,
    });
    expect((await returns(purchaseId)).json).toMatchObject({ status: 'open', credited: false });
    expect(await available()).toBe(50);
    expect(
      (
        await call<{ purchases: string }>(getPackages, {
          path: '/api/tokens/packages',
          as: owner,
          organizationId,
        })
      ).json.purchases,
    ).toBe('enabled');
  });

  it('sells an amount of one’s own, and refuses what is not for sale with the path of the fault', async () => {
    const { purchaseId } = await buy({ amount: 750 });
    expect(await stored(purchaseId)).toMatchObject({ tokenAmount: 750, price: 3_750, packageId: null });
    for (const [body, path] of [
      [{}, 'body.packageId'],
      [{ packageId: 'tokens_500', amount: 500 }, 'body.packageId'],
      [{ packageId: 'tokens_7' }, 'body.packageId'],
      [{ amount: 99 }, 'body.amount'],
      [{ amount: 100.5 }, 'body.amount'],
      [{ amount: 500, quantity: 2 }, 'body.quantity'],
      [{ packageId: 'tokens_500', currency: 'xxx' }, 'body.currency'],
      [{ packageId: 'tokens_500', price: 1 }, 'body.price'],
    ] as const) {
      const answer = await call<{ errors: { path: string }[] }>(purchase, {
        path: '/api/tokens/purchase',
        as: owner,
        organizationId,
        body,
      });
      expect([answer.status, answer.json.errors?.[0]?.path]).toEqual([400, path]);
    }
  });

  it('is the owner’s: an admin may not, and a stranger finds nothing', async () => {
    const as = (who: Person) =>
      call(purchase, {
        path: '/api/tokens/purchase',
        as: who,
        organizationId,
        body: { packageId: 'tokens_100' },
      });
    expect((await as(admin)).status).toBe(403);
    const stranger = await person();
    expect((await as(stranger)).status).toBe(404);
    const { purchaseId } = await buy();
    const other = await team();
    const foreign = await call(confirm, {
      path: `/api/tokens/purchases/${purchaseId}/confirm`,
      as: other.owner,
      organizationId: other.organizationId,
      body: {},
    });
    expect(foreign.status).toBe(404);
  });

  it('repeated under one Idempotency-Key buys once', async () => {
    const ask = () =>
      call<PurchaseAnswer>(purchase, {
        path: '/api/tokens/purchase',
        as: owner,
        organizationId,
        body: { packageId: 'tokens_100' },
        headers: { 'idempotency-key': 'one-click-0001' },
      });
    const [first, second] = [await ask(), await ask()];
    expect(second.json).toEqual(first.json);
  });
});

describe('a paid purchase', () => {
  it('is credited once: each event twice, in reverse order, at once with the return page', async () => {
    for (let round = 0; round < 3; round += 1) {
      const before = await available();
      const { purchaseId, sessionId } = await buy();
      const events = fake.account.pay(sessionId);
      const all = [...events, ...events].reverse();
      const answers = await Promise.all([
        ...all.map((event) => deliver(event)),
        returns(purchaseId),
        returns(purchaseId),
      ]);
      expect(answers.map((answer) => answer.status)).toEqual(answers.map(() => 200));
      expect((await returns(purchaseId)).json).toMatchObject({
        status: 'paid',
        credited: true,
        paymentMethod: 'card',
      });
      expect(await available()).toBe(before + 500);
      expect(await announced('tokens_purchased', purchaseId)).toBe(1);
    }
    expect(await credits()).toBe(3);
    const page = await call<{ items: PurchaseView[] }>(list, {
      path: '/api/tokens/purchases',
      as: owner,
      organizationId,
    });
    expect(page.json.items.map((one) => [one.tokens, one.credited, one.price])).toEqual(
      Array(3).fill([500, true, 2_500]),
    );
  });

  it('that was refunded before we heard of the payment comes to nothing', async () => {
    const { purchaseId, sessionId } = await buy();
    const paid = fake.account.pay(sessionId);
    const session = fake.account.get<{ id: string; object: string; payment_intent: string }>(sessionId);
    const refunded = fake.account.refund(session.payment_intent, 2_500);
    for (const event of [...refunded, ...paid]) expect((await deliver(event)).status).toBe(200);
    expect(await stored(purchaseId)).toMatchObject({ status: 'refunded', isProcessed: true });
    expect(await available()).toBe(50);
    expect(await credits()).toBe(1);
  });

  it('with a slow method is credited when the money comes, or never', async () => {
    const slow = await buy();
    for (const event of fake.account.pay(slow.sessionId, true)) await deliver(event);
    expect(await stored(slow.purchaseId)).toMatchObject({ status: 'processing', isProcessed: false });
    expect(await available()).toBe(50);
    for (const event of fake.account.settleSlow(slow.sessionId, true)) await deliver(event);
    expect(await available()).toBe(550);
    const bad = await buy();
    for (const event of fake.account.pay(bad.sessionId, true)) await deliver(event);
    for (const event of fake.account.settleSlow(bad.sessionId, false)) await deliver(event);
    expect(await stored(bad.purchaseId)).toMatchObject({ status: 'failed', isProcessed: false });
    expect(await announced('token_purchase_failed', bad.purchaseId)).toBe(1);
    expect(await available()).toBe(550);
  });

  it('is not credited when the payment does not fit the purchase', async () => {
    const { purchaseId, sessionId } = await buy();
    const session = fake.account.get<{ id: string; object: string; amount_subtotal: number }>(sessionId);
    session.amount_subtotal = 1;
    const [event] = fake.account.pay(sessionId);
    expect((await deliver(event as FakeEvent)).status).toBe(500);
    expect(await stored(purchaseId)).toMatchObject({ isProcessed: false });
    expect(await available()).toBe(50);
    session.amount_subtotal = 2_500;
    // Stripe sends it again, and what failed is worked on again.
    expect((await deliver(event as FakeEvent)).json).toMatchObject({ outcome: 'processed' });
    expect(await available()).toBe(550);
  });

  it('survives Stripe being away: the event is refused, sent again, and credited once', async () => {
    const { sessionId } = await buy();
    const [event] = fake.account.pay(sessionId) as [FakeEvent];
    fake.faults.push(...Array.from({ length: 3 }, () => ({ kind: 'status', status: 500 }) as const));
    expect((await deliver(event)).status).toBe(502);
    expect(await available()).toBe(50);
    expect((await deliver(event)).json).toMatchObject({ outcome: 'processed' });
    expect((await deliver(event)).json).toMatchObject({ outcome: 'duplicate' });
    expect(await available()).toBe(550);
  });
});

describe('money that goes back', () => {
  async function paidPurchase(): Promise<{ id: string; payment: string }> {
    const { purchaseId, sessionId } = await buy();
    for (const event of fake.account.pay(sessionId)) await deliver(event);
    return { id: purchaseId, payment: await paymentOf(purchaseId) };
  }

  it('takes the same share of tokens, in all never more than were bought', async () => {
    const { id, payment } = await paidPurchase();
    const small = Array.from({ length: 3 }, () => fake.account.refund(payment, 333)).flat();
    for (const event of [...small, ...small].reverse()) await deliver(event);
    expect(await stored(id)).toMatchObject({
      status: 'partially_refunded',
      refund: { amount: 999, tokens: 199 },
    });
    expect(await available()).toBe(550 - 199);
    for (const event of fake.account.refund(payment, 1_501)) await deliver(event);
    expect(await stored(id)).toMatchObject({ status: 'refunded', refund: { amount: 2_500, tokens: 500 } });
    expect(await available()).toBe(50);
    // A dispute on top of a whole refund takes nothing more.
    for (const event of fake.account.dispute(payment, 2_500)) await deliver(event);
    expect(await available()).toBe(50);
  });

  it('makes debt of what was spent already, and a won dispute undoes it', async () => {
    const { id, payment } = await paidPurchase();
    await spend(400);
    const opened = fake.account.dispute(payment, 2_500);
    for (const event of [...opened, ...opened].reverse()) await deliver(event);
    expect(await stored(id)).toMatchObject({ status: 'disputed', refund: { tokens: 500 } });
    expect(await balanceOf(organizationId)).toMatchObject({ available: 0, purchased: 0, debt: 350 });
    expect(await available()).toBe(0);
    const [dispute] = fake.account.all('dispute');
    const won = fake.account.closeDispute(dispute?.id ?? '', true);
    for (const event of [...won, ...won].reverse()) await deliver(event);
    expect(await stored(id)).toMatchObject({ status: 'paid', refund: { amount: 0, tokens: 0 } });
    expect(await balanceOf(organizationId)).toMatchObject({ available: 150, purchased: 150, debt: 0 });
    expect(await available()).toBe(150);
    // Late, out of turn: what the first event said is no longer so.
    for (const event of opened) await deliver({ ...event, id: `${event.id}again` });
    expect(await available()).toBe(150);
  });

  it('is left alone by an inquiry, kept by a lost dispute, and given back by a failed refund', async () => {
    const { payment } = await paidPurchase();
    for (const event of fake.account.dispute(payment, 2_500, true)) await deliver(event);
    expect(await available()).toBe(550);
    const second = await paidPurchase();
    for (const event of fake.account.dispute(second.payment, 2_500)) await deliver(event);
    const [dispute] = fake.account.all('dispute');
    for (const event of fake.account.closeDispute(dispute?.id ?? '', false)) await deliver(event);
    expect(await available()).toBe(550);
    const third = await paidPurchase();
    for (const event of fake.account.refund(third.payment, 2_500)) await deliver(event);
    expect(await available()).toBe(550);
    const [refund] = fake.account.all('refund');
    for (const event of fake.account.failRefund(refund?.id ?? '')) await deliver(event);
    expect(await available()).toBe(1_050);
  });
});
