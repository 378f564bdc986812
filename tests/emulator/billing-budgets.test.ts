import { randomUUID } from 'node:crypto';
import { call, type Person, team } from '@tests/support/accounts';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { GET, PUT } from '@/app/api/tokens/budgets/route';
import { outboxModel } from '@/core/events/outbox';
import type { BudgetsResponse } from '@/features/billing/schema';
import { tokenBudgetModel } from '@/features/billing/schema';
import { TokenService } from '@/features/tokens/service';
import { core } from '@/server/core';

let owner: Person;
let mia: Person;
let organizationId: string;

beforeEach(async () => {
  ({ owner, mia, organizationId } = await team({ mia: 'member' }, { tier: 'creator' }));
});

async function spend(who: Person, tokens: number): Promise<void> {
  const requestId = randomUUID();
  await TokenService.getInstance().reserve(requestId, { userId: who.uid, organizationId }, tokens, 'chat');
  await TokenService.getInstance().settle(requestId, tokens);
}

const set = (settings: object, as = owner) =>
  call<BudgetsResponse>(PUT, { path: '/api/tokens/budgets', as, organizationId, body: settings });

/** By percentage; a member's before the organisation's. */
async function alerts(): Promise<{ memberId: string | null; percent: number; stopped: boolean }[]> {
  const rows = await core.db.find(core.db.collection(outboxModel).where('event', '==', 'token_budget_alert'));
  return rows
    .map((row) => JSON.parse(row.payload))
    .filter((one) => one.organizationId === organizationId)
    .sort((a, b) => a.percent - b.percent || Number(!a.memberId) - Number(!b.memberId));
}
const soon = (expected: object[]) =>
  vi.waitFor(async () => expect(await alerts()).toMatchObject(expected), { timeout: 5_000 });

describe('token budgets', () => {
  it('announce each percentage once a month, for the organisation and for a member', async () => {
    const answer = await set({ organizationLimit: 100, memberLimit: null, memberLimits: { [mia.uid]: 20 } });
    expect(answer.json).toMatchObject({
      organizationUsed: 0,
      settings: { alertAt: [80, 100], stopAtLimit: false },
    });
    await spend(mia, 15);
    await spend(mia, 1);
    await soon([{ memberId: mia.uid, percent: 80 }]);
    await spend(mia, 2);
    await spend(owner, 62);
    await soon([
      { memberId: mia.uid, percent: 80 },
      { memberId: null, percent: 80 },
    ]);
    await spend(owner, 30);
    await soon([
      { memberId: mia.uid, percent: 80 },
      { memberId: null, percent: 80 },
      { memberId: null, percent: 100, stopped: false },
    ]);
    expect(
      (await call<BudgetsResponse>(GET, { path: '/api/tokens/budgets', as: owner, organizationId })).json,
    ).toMatchObject({
      organizationUsed: 110,
      memberUsed: { [mia.uid]: 18, [owner.uid]: 92 },
    });
    // A month later everything may be announced anew.
    await core.db.update(core.db.doc(tokenBudgetModel, organizationId), { month: '2020-01' });
    await spend(owner, 1);
    await vi.waitFor(async () => expect(await alerts()).toHaveLength(5), { timeout: 5_000 });
  });

  it('stop work at the limit where the organisation wants it, of the member alone or of all', async () => {
    await set({ organizationLimit: 50, memberLimit: 10, stopAtLimit: true });
    await spend(mia, 10);
    await expect(spend(mia, 1)).rejects.toMatchObject({ code: 'ai_quota_exceeded', status: 429 });
    await spend(owner, 9);
    await set({ organizationLimit: 19, memberLimit: null, stopAtLimit: true });
    await expect(spend(owner, 1)).rejects.toMatchObject({ code: 'ai_quota_exceeded' });
    await set({ organizationLimit: null, memberLimit: null, stopAtLimit: true });
    await spend(mia, 1);
  });

  it('are the admins’ to set, and refuse nonsense with the path of the fault', async () => {
    expect((await set({ organizationLimit: 5, memberLimit: null }, mia)).status).toBe(403);
    for (const [settings, path] of [
      [{ organizationLimit: 0, memberLimit: null }, 'body.organizationLimit'],
      [{ organizationLimit: 5.5, memberLimit: null }, 'body.organizationLimit'],
      [{ memberLimit: null }, 'body.organizationLimit'],
      [{ organizationLimit: 5, memberLimit: null, alertAt: [101] }, 'body.alertAt.0'],
      [{ organizationLimit: 5, memberLimit: null, colour: 'red' }, 'body.colour'],
    ] as const) {
      const answer = await call<{ errors: { path: string }[] }>(PUT, {
        path: '/api/tokens/budgets',
        as: owner,
        organizationId,
        body: settings,
      });
      expect([answer.status, answer.json.errors?.[0]?.path]).toEqual([400, path]);
    }
  });
});
