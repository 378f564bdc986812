import { call, type Person, person, team } from '@tests/support/accounts';
import { auditOf, balanceOf, deliver } from '@tests/support/billing';
import { beforeAll, describe, expect, it } from 'vitest';
import { GET as invoices } from '@/app/api/billing/invoices/route';
import { POST as portal } from '@/app/api/billing/portal/route';
import { POST as changePlan, GET as plan } from '@/app/api/billing/subscription/route';
import { POST as settle, GET as view } from '@/app/api/sandbox-checkout/[id]/route';
import { GET as packages } from '@/app/api/tokens/packages/route';
import { POST as purchase } from '@/app/api/tokens/purchase/route';
import { POST as confirm } from '@/app/api/tokens/purchases/[id]/confirm/route';
import { provide, singleton } from '@/core/singletons';
import type { CustomerBook } from '@/features/billing/customers';
import { SandboxCheckouts } from '@/features/billing/providers/sandbox';
import { TokenPurchaseService } from '@/features/billing/purchases';
import type { BillingRepository } from '@/features/billing/repository';
import type { PurchaseAnswer, PurchaseView } from '@/features/billing/schema';
import { TokenLedger } from '@/features/tokens/ledger';
import { core } from '@/server/core';

/** An installation without Stripe. */
let owner: Person;
let organizationId: string;

beforeAll(async () => {
  ({ owner, organizationId } = await team({}, { tier: 'free' }));
});

const buy = () =>
  call<PurchaseAnswer>(purchase, {
    path: '/api/tokens/purchase',
    as: owner,
    organizationId,
    body: { packageId: 'tokens_100' },
  });
const decide = (id: string, outcome: string, as = owner) =>
  call<{ status: string; url: string | null; code?: string }>(settle, {
    path: `/api/sandbox-checkout/${id}`,
    as,
    body: { outcome },
  });
const returns = (id: string) =>
  call<PurchaseView>(confirm, {
    path: `/api/tokens/purchases/${id}/confirm`,
    as: owner,
    organizationId,
    body: {},
  });
const idOf = (answer: PurchaseAnswer) => answer.url.split('/').at(-1) ?? '';

describe('the sandbox checkout', () => {
  it('completes a purchase once', async () => {
    const { json } = await buy();
    expect(json).toMatchObject({ gateway: 'sandbox', url: expect.stringContaining('/sandbox/checkout/') });
    const id = idOf(json);
    const shown = await call(view, { path: `/api/sandbox-checkout/${id}`, as: owner });
    expect(shown.json).toMatchObject({ status: 'open', amount: 600, currency: 'usd' });
    expect((await returns(json.purchaseId)).json.credited).toBe(false);
    const paid = await Promise.all([decide(id, 'pay'), decide(id, 'pay')]);
    expect(paid.map((one) => one.status)).toEqual([200, 200]);
    expect(paid[0].json.url).toContain(`/tokens?purchase=${json.purchaseId}`);
    await Promise.all([returns(json.purchaseId), returns(json.purchaseId)]);
    expect((await returns(json.purchaseId)).json).toMatchObject({
      status: 'paid',
      credited: true,
      paymentMethod: 'sandbox',
    });
    const balance = await balanceOf(organizationId);
    expect(balance.available).toBe(150);
    expect(await auditOf(balance.ownerId)).toEqual([]);
    expect((await decide(id, 'abandon')).status).toBe(409);
    expect(
      (
        await call<{ purchases: string }>(packages, {
          path: '/api/tokens/packages',
          as: owner,
          organizationId,
        })
      ).json.purchases,
    ).toBe('sandbox');
  });

  it('declines, takes a second try, and abandons', async () => {
    const before = (await balanceOf(organizationId)).available;
    const first = (await buy()).json;
    expect((await decide(idOf(first), 'decline')).json).toEqual({ status: 'declined', url: null });
    expect((await returns(first.purchaseId)).json).toMatchObject({ status: 'failed', credited: false });
    expect((await decide(idOf(first), 'pay')).json.status).toBe('paid');
    expect((await returns(first.purchaseId)).json).toMatchObject({ status: 'paid', credited: true });
    const second = (await buy()).json;
    expect((await decide(idOf(second), 'abandon')).json).toMatchObject({
      status: 'abandoned',
      url: expect.stringContaining('canceled=1'),
    });
    expect((await returns(second.purchaseId)).json).toMatchObject({ status: 'expired', credited: false });
    expect((await decide(idOf(second), 'pay')).status).toBe(409);
    expect((await balanceOf(organizationId)).available).toBe(before + 100);
  });

  it('is nobody else’s', async () => {
    const id = idOf((await buy()).json);
    const stranger = await person();
    expect((await decide(id, 'pay', stranger)).status).toBe(404);
    expect((await call(view, { path: `/api/sandbox-checkout/${id}`, as: stranger })).status).toBe(404);
    expect((await decide(id, 'steal')).status).toBe(400);
  });

  it('is refused where the sandbox is off', async () => {
    const id = idOf((await buy()).json);
    const off = new SandboxCheckouts(
      singleton<BillingRepository>('BillingRepository'),
      false,
      'http://localhost:3000',
      core.clock,
      core.ids,
    );
    await expect(off.settle(owner.uid, id, 'pay')).rejects.toMatchObject({ code: 'sandbox_disabled' });
  });
});

describe('without Stripe and without the sandbox', () => {
  it('what needs it answers 503 and says how to set it up; the rest works', async () => {
    provide(
      'TokenPurchaseService',
      () =>
        new TokenPurchaseService({
          repository: singleton<BillingRepository>('BillingRepository'),
          ledger: TokenLedger.getInstance(),
          gateways: { current: null, of: () => null },
          customers: singleton<CustomerBook>('CustomerBook'),
          appUrl: 'http://localhost:3000',
          clock: core.clock,
          ids: core.ids,
        }),
    );
    const at = { as: owner, organizationId };
    const refused = [
      await buy(),
      await call(changePlan, { path: '/api/billing/subscription', ...at, body: { tier: 'creator' } }),
      await call(changePlan, {
        path: '/api/billing/subscription?preview=true',
        ...at,
        body: { tier: 'creator' },
      }),
      await call(portal, { path: '/api/billing/portal', ...at, body: {} }),
      await call(invoices, { path: '/api/billing/invoices', ...at }),
      await deliver({ id: 'evt_1', type: 'charge.refunded' } as never),
    ];
    for (const answer of refused) {
      const { code } = answer.json as { code?: string };
      expect([answer.status, code]).toEqual([503, 'billing_not_configured']);
      expect(answer.text).toContain('STRIPE_SECRET_KEY');
    }
    const mine = await call(plan, { path: '/api/billing/subscription', ...at });
    expect(mine.json).toMatchObject({ tier: 'free', status: 'none', billing: 'not_configured' });
  });
});
