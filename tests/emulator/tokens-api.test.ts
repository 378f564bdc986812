import { randomUUID } from 'node:crypto';
import { call, organizationOf, person, team } from '@tests/support/accounts';
import { beforeAll, describe, expect, it } from 'vitest';
import { GET as getBalance } from '@/app/api/tokens/balance/route';
import { GET as getHistory } from '@/app/api/tokens/history/route';
import { GET as getPackages } from '@/app/api/tokens/packages/route';
import { GET as getUsage } from '@/app/api/tokens/usage/route';
import { organizationModel } from '@/features/organizations/schema';
import { TokenService } from '@/features/tokens/service';
import { core } from '@/server/core';

type Rows = { items: { id: string; userId: string; type: string; change: number }[]; cursor: string | null };

const tokens = () => TokenService.getInstance();
const roles = { ann: 'admin', mia: 'member', vic: 'viewer' } as const;
let org: Awaited<ReturnType<typeof team<keyof typeof roles>>>;

async function spend(userId: string, amount: number, task: 'chat' | 'image', named = true) {
  const requestId = `req-${randomUUID()}`;
  await tokens().reserve(requestId, { userId, organizationId: org.organizationId }, amount, task);
  const facts = { provider: 'openai', model: 'gpt', inputTokens: 10, outputTokens: 5 };
  await tokens().settle(requestId, amount, named ? facts : {});
}

beforeAll(async () => {
  org = await team(roles, { tier: 'creator' });
  await spend(org.mia.uid, 3, 'chat');
  await spend(org.ann.uid, 5, 'image');
});

const of = (who: keyof typeof roles | 'owner') => ({ as: org[who], organizationId: org.organizationId });

describe('GET /api/tokens/balance', () => {
  it('answers every member with the organisation’s pooled balance', async () => {
    for (const who of ['owner', 'ann', 'mia', 'vic'] as const) {
      const answer = await call(getBalance, { path: '/api/tokens/balance', ...of(who) });
      expect(answer.status).toBe(200);
      expect(answer.json).toMatchObject({
        ownerId: `org_${org.organizationId}`,
        pooled: true,
        available: 492,
        included: 500,
        includedLeft: 492,
        purchased: 0,
        held: 0,
        debt: 0,
        used: 8,
        tier: 'creator',
      });
    }
  });

  it('is a person’s own in their personal organisation', async () => {
    const someone = await person();
    const organizationId = await organizationOf(someone, { tier: 'free' });
    await core.db.update(core.db.doc(organizationModel, organizationId), { personalOf: someone.uid });
    const answer = await call(getBalance, { path: '/api/tokens/balance', as: someone });
    expect(answer.json).toMatchObject({ ownerId: someone.uid, pooled: false, available: 50, tier: 'free' });
  });

  it('is a 404 for a stranger and a 401 for nobody, on every route', async () => {
    const stranger = await person();
    await organizationOf(stranger);
    for (const [handler, path] of [
      [getBalance, '/api/tokens/balance'],
      [getHistory, '/api/tokens/history'],
      [getPackages, '/api/tokens/packages'],
      [getUsage, '/api/tokens/usage'],
    ] as const) {
      const foreign = await call(handler, { path, as: stranger, organizationId: org.organizationId });
      expect([path, foreign.status]).toEqual([path, 404]);
      expect((await call(handler, { path, organizationId: org.organizationId })).status).toBe(401);
    }
  });
});

describe('GET /api/tokens/history', () => {
  const history = (who: Parameters<typeof of>[0], query = '') =>
    call<Rows>(getHistory, { path: `/api/tokens/history${query}`, ...of(who) });

  it('shows admins everything and members what they did themselves', async () => {
    const all = await history('owner');
    expect(all.json.items.map((row) => row.type)).toEqual(['usage', 'hold', 'usage', 'hold', 'grant']);
    expect(all.json.items.reduce((sum, row) => sum + row.change, 0)).toBe(492);
    const own = await history('mia');
    expect(own.json.items.map((row) => [row.type, row.userId])).toEqual([
      ['usage', org.mia.uid],
      ['hold', org.mia.uid],
    ]);
    expect((await history('mia', `?member=${org.ann.uid}`)).status).toBe(403);
    expect((await history('ann', `?member=${org.mia.uid}&type=usage`)).json.items).toHaveLength(1);
  });

  it('filters and pages in a stable order', async () => {
    expect((await history('owner', '?task=image&type=usage')).json.items).toMatchObject([{ change: -5 }]);
    const today = new Date().toISOString().slice(0, 10);
    expect((await history('owner', `?from=${today}&to=${today}`)).json.items).toHaveLength(5);
    expect((await history('owner', '?to=2020-01-01')).json.items).toEqual([]);
    const seen: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const page: Rows = (await history('owner', `?limit=2${cursor ? `&cursor=${cursor}` : ''}`)).json;
      seen.push(...page.items.map((row) => row.id));
      cursor = page.cursor;
    }
    expect(seen).toEqual((await history('owner')).json.items.map((row) => row.id));
  });

  it('refuses bad input with the path of the fault', async () => {
    for (const [query, path] of [
      ['?type=theft', 'query.type'],
      ['?task=poem', 'query.task'],
      ['?from=yesterday', 'query.from'],
      ['?cursor=nonsense', 'query.cursor'],
      ['?limit=1000', 'query.limit'],
      ['?colour=red', 'query.colour'],
    ]) {
      const answer = await call<{ errors: { path: string }[] }>(getHistory, {
        path: `/api/tokens/history${query}`,
        ...of('owner'),
      });
      expect([answer.status, answer.json.errors[0]?.path]).toEqual([400, path]);
    }
  });

  it('exports the rows one may see as CSV', async () => {
    const file = await history('mia', '?format=csv');
    expect(file.headers.get('content-type')).toContain('text/csv');
    expect(file.headers.get('content-disposition')).toMatch(/attachment; filename="tokens-.*\.csv"/);
    const lines = file.text.trimEnd().split('\r\n');
    expect(lines).toHaveLength(3);
    expect(lines[0]).toContain('time,type,task,amount,change');
    expect(lines[1]).toContain(`usage,chat,3,-3,497,${org.mia.uid},openai,gpt,10,5`);
    expect(file.text).not.toContain(org.ann.uid);
  });
});

describe('GET /api/tokens/usage', () => {
  it('sums by day, task, provider and member, hiding other members from a member', async () => {
    const answer = await call<Record<string, unknown>>(getUsage, {
      path: '/api/tokens/usage?days=7',
      ...of('owner'),
    });
    expect(answer.json).toMatchObject({
      total: 8,
      burnPerDay: 8,
      byTask: { chat: 3, image: 5 },
      byProvider: { openai: 8 },
      byMember: { [org.mia.uid]: 3, [org.ann.uid]: 5 },
    });
    expect(answer.json.days).toHaveLength(7);
    const own = await call<Record<string, unknown>>(getUsage, { path: '/api/tokens/usage', ...of('mia') });
    expect(own.json).toMatchObject({ total: 8, byMember: { [org.mia.uid]: 3 } });
    expect(Object.keys(own.json.byMember as object)).toEqual([org.mia.uid]);
  });

  it('keeps what it had when a later charge names no provider', async () => {
    const before = await call<{ total: number }>(getUsage, { path: '/api/tokens/usage', ...of('owner') });
    await spend(org.vic.uid, 1, 'chat', false);
    const after = await call<Record<string, unknown>>(getUsage, {
      path: '/api/tokens/usage',
      ...of('owner'),
    });
    expect(after.json).toMatchObject({
      total: before.json.total + 1,
      byProvider: { openai: 8 },
      byTask: { chat: 4, image: 5 },
      byMember: { [org.mia.uid]: 3, [org.ann.uid]: 5, [org.vic.uid]: 1 },
    });
  });
});

describe('GET /api/tokens/packages', () => {
  it('lists falling unit prices and says that buying goes through the sandbox here', async () => {
    const answer = await call<{ packages: { unitPrice: number }[]; purchases: string }>(getPackages, {
      path: '/api/tokens/packages',
      ...of('vic'),
    });
    const prices = answer.json.packages.map((one) => one.unitPrice);
    expect(prices).toEqual([...prices].sort((a, b) => b - a));
    expect(answer.json.purchases).toBe('sandbox');
  });
});
