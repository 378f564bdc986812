import { randomUUID } from 'node:crypto';
import { type Answer, call, organizationOf, person, team } from '@tests/support/accounts';
import { beforeAll, describe, expect, it } from 'vitest';
import { GET as getOverview } from '@/app/api/dashboard/overview/route';
import { GET as getPerformance } from '@/app/api/dashboard/performance/route';
import { GET as getWidgets, PUT as putWidgets } from '@/app/api/dashboard/widgets/route';
import { CacheManager } from '@/core/cache/cache-manager';
import type { NewDoc } from '@/core/db/model';
import { provide } from '@/core/singletons';
import { addMonthsClamped, monthKey } from '@/core/time/periods';
import { DataAggregator } from '@/features/analytics/aggregator';
import { rollupId, rollupModel, subjectModel } from '@/features/analytics/schema';
import { PERIODS, STANDARD_LAYOUT } from '@/features/dashboard/schema';
import { channelSettingsSchema, connectionModel } from '@/features/platforms/schema';
import { TokenService } from '@/features/tokens/service';
import { core } from '@/server/core';

type Figures = {
  figures: { name: string; value: number | null; previous: number | null }[];
  asOf: string | null;
};

const roles = { ann: 'admin', mia: 'member', vic: 'viewer' } as const;
type Org = Awaited<ReturnType<typeof team<keyof typeof roles>>>;
let org: Org;

const readsOf = (answer: Answer<unknown>) =>
  Number(/desc="(\d+) reads/.exec(answer.headers.get('server-timing') ?? '')?.[1]);

async function opened(by: Org, query: string): Promise<{ reads: number; answers: Answer<Figures>[] }> {
  const who = { as: by.owner, organizationId: by.organizationId };
  const answers: Answer<Figures>[] = [];
  for (const [handler, path] of [
    [getOverview, `/api/dashboard/overview${query}`],
    [getPerformance, `/api/dashboard/performance${query}`],
    [getWidgets, '/api/dashboard/widgets'],
  ] as const)
    answers.push(await call<Figures>(handler, { path, ...who }));
  expect(answers.map((answer) => answer.status)).toEqual([200, 200, 200]);
  return { reads: answers.reduce((sum, answer) => sum + readsOf(answer), 0), answers };
}

/** As after years of publishing: a roll-up for each month, and the posts they speak of (the first thousand). */
async function history(organizationId: string, posts: number): Promise<void> {
  const months = Array.from({ length: 60 }, (_, index) => monthKey(addMonthsClamped(new Date(), -index)));
  const each = Math.max(1, Math.round(posts / (months.length * 28)));
  const writer = core.db.firestore.bulkWriter();
  for (const month of months) {
    const days = Object.fromEntries(
      Array.from({ length: 28 }, (_, index) => [
        String(index + 1).padStart(2, '0'),
        {
          sums: { posts: each, impressions: 90 * each, engagements: 9 * each, likes: 9 * each },
          followers: 1_000,
        },
      ]),
    );
    const channels = Object.fromEntries(Array.from({ length: 12 }, (_, index) => [`ch${index}`, days]));
    void writer.set(core.db.doc(rollupModel, rollupId(organizationId, null, month)), {
      organizationId,
      connectionId: null,
      grain: 'month',
      period: month,
      sums: {},
      days,
      channels,
    } as never);
  }
  for (let index = 0; index < Math.min(posts, 1_000); index += 1) {
    const since = new Date(Date.now() - (index % 80) * 24 * 3600_000);
    void writer.create(core.db.doc(subjectModel, `${organizationId}-${index}`), {
      organizationId,
      connectionId: `ch${index % 12}`,
      platform: 'sandbox',
      kind: 'post',
      postId: `p${index}`,
      permalink: null,
      since,
      month: monthKey(since),
      latest: { impressions: 1_000, likes: index },
      engagements: index,
      measuredAt: since,
      nextPullAt: null,
      step: 30,
      failures: 0,
      stopped: null,
    } as never);
  }
  await writer.close();
}

function connectionOf(organizationId: string): NewDoc<typeof connectionModel> {
  return {
    organizationId,
    platform: 'sandbox',
    accountId: 'a',
    handle: '@a',
    displayName: 'A',
    avatarUrl: null,
    profileUrl: null,
    baseUrl: null,
    scopes: [],
    active: true,
    health: 'healthy',
    healthReason: null,
    tokenExpiresAt: null,
    grantExpiresAt: null,
    refreshable: true,
    tokenVersion: 1,
    nextCheckAt: new Date(),
    warnedDays: null,
    settings: channelSettingsSchema.parse({}),
    limits: {},
    connectedBy: 'u',
    sandbox: true,
  };
}

beforeAll(async () => {
  org = await team(roles);
});

describe('opening the dashboard', () => {
  it.each([10, 1_000, 100_000])(
    'costs at most 40 document reads cold and 12 warm with %i posts',
    { timeout: 90_000 },
    async (posts) => {
      const own = await team(roles);
      await history(own.organizationId, posts);
      const requestId = `req-${randomUUID()}`;
      const tokens = TokenService.getInstance();
      await tokens.reserve(
        requestId,
        { userId: own.owner.uid, organizationId: own.organizationId },
        3,
        'chat',
      );
      await tokens.settle(requestId, 3);
      for (const period of PERIODS) {
        provide('CacheManager', () => new CacheManager({ db: core.db }));
        const cold = await opened(own, `?period=${period}`);
        expect(cold.reads, `${period} cold`).toBeLessThanOrEqual(40);
        const warm = await opened(own, `?period=${period}`);
        expect(warm.reads, `${period} warm`).toBeLessThanOrEqual(12);
        expect(warm.reads).toBeLessThan(cold.reads);
        expect(warm.answers.map((answer) => answer.json)).toEqual(cold.answers.map((answer) => answer.json));
      }
    },
  );
});

describe('figures', () => {
  it('move with a publication and a measurement, also behind a warm cache', async () => {
    const own = await team(roles);
    const value = async (name: string) =>
      (await opened(own, '?period=7d')).answers[0]?.json.figures.find((figure) => figure.name === name)
        ?.value;
    expect(await value('posts')).toBe(0);
    expect(await value('impressions')).toBeNull();
    const runId = `run-${randomUUID()}`;
    const { organizationId } = own;
    const now = new Date();
    await DataAggregator.getInstance().published({
      runId,
      postId: 'p',
      organizationId,
      connectionId: 'ch1',
      platform: 'sandbox',
      permalink: 'https://sandbox.example/p',
      publishedAt: now,
    });
    expect(await value('posts')).toBe(1);
    await DataAggregator.getInstance().record(
      runId,
      { bucket: 'm15', measuredAt: new Date(), metrics: { impressions: 40, likes: 4 } },
      { nextPullAt: null, step: 1 },
    );
    expect(await value('impressions')).toBe(40);
    expect(await value('engagementRate')).toBeCloseTo(0.1);
    const performance = await call<{ best: unknown[]; channels: unknown[] }>(getPerformance, {
      path: '/api/dashboard/performance?period=7d',
      as: own.vic,
      organizationId,
    });
    expect(performance.json.best).toMatchObject([
      { runId, engagements: 4, impressions: 40, engagementRate: 0.1 },
    ]);
    expect(performance.json.channels).toMatchObject([{ connectionId: 'ch1', posts: 1, engagements: 4 }]);
  });

  it('are one channel’s under a channel filter, and a foreign channel is a 404', async () => {
    const channel = `ch_${randomUUID()}`;
    const foreign = await team();
    const connect = (id: string, organizationId: string) =>
      core.db.set(core.db.doc(connectionModel, id), connectionOf(organizationId));
    await connect(channel, org.organizationId);
    await connect(`${channel}x`, foreign.organizationId);
    const ask = (id: string) =>
      call<Figures>(getOverview, {
        path: `/api/dashboard/overview?period=7d&channel=${id}`,
        as: org.mia,
        organizationId: org.organizationId,
      });
    const own = await ask(channel);
    expect(own.status).toBe(200);
    expect(own.json.figures.map((figure) => figure.name)).not.toContain('tokens');
    expect((await ask(`${channel}x`)).status).toBe(404);
    expect((await ask('nothing')).status).toBe(404);
    expect((await ask('a%2Fb')).status).toBe(404);
  });

  it('are a 404 for strangers, a 401 for nobody, and bad input names its path', async () => {
    const stranger = await person();
    await organizationOf(stranger);
    for (const [handler, path] of [
      [getOverview, '/api/dashboard/overview'],
      [getPerformance, '/api/dashboard/performance'],
      [getWidgets, '/api/dashboard/widgets'],
    ] as const) {
      const { organizationId } = org;
      expect((await call(handler, { path, as: stranger, organizationId })).status).toBe(404);
      expect((await call(handler, { path, organizationId })).status).toBe(401);
    }
    const bad = await call<{ errors: { path: string }[] }>(getOverview, {
      path: '/api/dashboard/overview?period=1y',
      as: org.owner,
    });
    expect([bad.status, bad.json.errors[0]?.path]).toEqual([400, 'query.period']);
  });
});

describe('the layout', () => {
  const put = (who: 'mia' | 'vic', body: unknown) =>
    call<{ version: number }>(putWidgets, {
      path: '/api/dashboard/widgets',
      body,
      as: org[who],
      organizationId: org.organizationId,
    });
  const get = (who: 'owner' | 'mia') =>
    call<{ widgets: unknown[]; version: number }>(getWidgets, {
      path: '/api/dashboard/widgets',
      as: org[who],
      organizationId: org.organizationId,
    });

  it('is the standard one until a person saves their own', async () => {
    expect((await get('mia')).json).toEqual({ widgets: STANDARD_LAYOUT, version: 0 });
    const widgets = [{ id: 'w1', type: 'balance', size: { columns: 4, rows: 1 }, query: {} }];
    expect((await put('mia', { widgets, version: 0 })).json).toEqual({ widgets, version: 1 });
    expect((await get('mia')).json).toEqual({ widgets, version: 1 });
    expect((await get('owner')).json.version).toBe(0);
  });

  it('is not overwritten by somebody who had not seen it', async () => {
    const { version } = (await get('mia')).json;
    const both = await Promise.all([
      put('mia', { widgets: [], version }),
      put('mia', { widgets: [...STANDARD_LAYOUT], version }),
    ]);
    expect(both.map((answer) => answer.status).sort()).toEqual([200, 409]);
  });

  it('refuses what it cannot show, with the path, and a viewer', async () => {
    const widget = { id: 'w', type: 'balance', size: { columns: 4, rows: 1 } };
    for (const [widgets, path] of [
      [[{ ...widget, type: 'weather' }], 'body.widgets.0.type'],
      [[{ ...widget, size: { columns: 5, rows: 1 } }], 'body.widgets.0.size.columns'],
      [[{ ...widget, colour: 'red' }], 'body.widgets.0.colour'],
      [[widget, widget], 'body.widgets'],
    ]) {
      const answer = await put('mia', { widgets, version: 0 });
      const { errors } = answer.json as unknown as { errors: { path: string }[] };
      expect([answer.status, errors[0]?.path]).toEqual([400, path]);
    }
    expect((await put('vic', { widgets: [], version: 0 })).status).toBe(403);
  });
});
