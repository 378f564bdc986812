import { call, type Person, team } from '@tests/support/accounts';
import { aiApi, brief, rows, type Who } from '@tests/support/ai-api';
import { beforeAll, describe, expect, it } from 'vitest';
import { POST as completion } from '@/app/api/ai/completion/route';
import { POST as estimate } from '@/app/api/ai/estimate/route';
import { POST as generate } from '@/app/api/ai/generate/route';
import { GET as imageStatus } from '@/app/api/ai/image/[jobId]/route';
import { POST as image } from '@/app/api/ai/image/route';
import { POST as optimize } from '@/app/api/ai/optimize/route';
import { GET as providers } from '@/app/api/ai/providers/route';
import { GET as quota } from '@/app/api/ai/quota/[orgId]/route';
import { PUT as changeSettings, GET as settings } from '@/app/api/ai/settings/[orgId]/route';
import { GET as calls } from '@/app/api/ai/usage/[orgId]/calls/route';
import { GET as usage } from '@/app/api/ai/usage/[orgId]/route';
import type { Page } from '@/core/db/cursor';
import type { SystemError } from '@/core/errors';
import { singleton } from '@/core/singletons';
import { aiBudgetThreshold } from '@/features/ai/events';
import type { UsageCall } from '@/features/ai/insight-schema';
import { completionRequest } from '@/features/ai/schema';
import { AiService } from '@/features/ai/service';
import type { UsageTracker } from '@/features/ai/usage';
import { permissionsOf } from '@/features/organizations/permissions';
import { TokenService } from '@/features/tokens/service';
import { core } from '@/server/core';

const api = aiApi();
const { of, post, balance } = api;

describe('quota', () => {
  it('100 parallel requests with a quota of 10: exactly 10 pass', async () => {
    const busy = await team({ bea: 'member' }, { tier: 'enterprise' });
    await call(changeSettings, {
      method: 'PUT',
      path: `/api/ai/settings/${busy.organizationId}`,
      params: { orgId: busy.organizationId },
      body: { quota: { requests: 10 } },
      as: busy.owner,
      organizationId: busy.organizationId,
    });
    // Past the route's own rate limit, which would refuse most of them first.
    const actor = {
      userId: busy.bea.uid,
      organizationId: busy.organizationId,
      role: 'member' as const,
      permissions: permissionsOf('member'),
      channelIds: [],
    };
    const request = completionRequest.parse({ messages: [{ role: 'user', content: 'Hello' }] });
    const { signal } = new AbortController();
    const answers = await Promise.allSettled(
      Array.from({ length: 100 }, () => AiService.getInstance().complete(actor, request, signal)),
    );
    const refused = answers.flatMap((answer) =>
      answer.status === 'rejected' ? [answer.reason as SystemError] : [],
    );
    expect([answers.length - refused.length, refused.length]).toEqual([10, 90]);
    expect(new Set(refused.map(({ code }) => code))).toEqual(new Set(['ai_quota_exceeded']));
    expect(refused[0]?.retryAfterSeconds).toBeGreaterThan(0);
    const seen = await call(quota, {
      path: `/api/ai/quota/${busy.organizationId}`,
      params: { orgId: busy.organizationId },
      as: busy.bea,
      organizationId: busy.organizationId,
    });
    expect(seen.json).toMatchObject({
      organization: {
        used: { requests: 10, tokens: 10 },
        held: { requests: 0, tokens: 0 },
        remaining: { requests: 0 },
      },
    });
    const { held } = await TokenService.getInstance().getBalance({
      userId: busy.bea.uid,
      organizationId: busy.organizationId,
    });
    expect(held).toBe(0);
  }, 120_000);

  it('announces 50, 80 and 100 percent once each', async () => {
    const told: number[] = [];
    const small = await team({}, { tier: 'enterprise' });
    const stop = core.bus.subscribe(aiBudgetThreshold, `test.${small.organizationId}`, async (payload) => {
      if (payload.organizationId === small.organizationId && payload.userId === null)
        told.push(payload.percent);
    });
    const as = {
      as: small.owner,
      organizationId: small.organizationId,
      params: { orgId: small.organizationId },
    };
    await call(changeSettings, {
      method: 'PUT',
      path: `/api/ai/settings/${small.organizationId}`,
      body: { quota: { requests: 4 } },
      ...as,
    });
    for (let count = 0; count < 5; count += 1) {
      await call(completion, {
        method: 'POST',
        path: '/api/ai/completion',
        body: { messages: [{ role: 'user', content: 'Hello' }] },
        ...as,
      });
    }
    await expect.poll(() => [...told].sort((a, b) => a - b), { timeout: 10_000 }).toEqual([50, 80, 100]);
    stop();
  }, 60_000);
});

describe('pictures', () => {
  it('are queued, made by a job, stored with alt text, and paid for once', async () => {
    const before = await balance();
    const asked = await call<{ jobId: string; assetIds: string[] }>(
      image,
      post('/api/ai/image', { prompt: 'A terrace in the morning', count: 1 }),
    );
    expect(asked.status).toBe(202);
    expect(asked.json.assetIds).toHaveLength(1);
    const { jobId } = asked.json;
    await core.jobs.drain({ until: new Date(Date.now() + 20_000) });
    const status = () =>
      call(imageStatus, { path: `/api/ai/image/${jobId}`, params: { jobId }, ...of('mia') });
    // Enqueuing starts it at once, so the drain may find it taken already.
    await expect.poll(async () => (await status()).json.status, { timeout: 20_000 }).toBe('done');
    expect((await status()).json).toMatchObject({ tokens: { charged: 5 }, usage: { provider: 'openai' } });
    expect((await balance()).available).toBe(before.available - 5);
    const [row] = await rows(jobId);
    expect(row).toMatchObject({ images: 1, costMicros: 34_000 });
    const foreign = await call(imageStatus, {
      path: `/api/ai/image/${jobId}`,
      params: { jobId },
      as: api.stranger,
    });
    expect(foreign.status).toBe(404);
  });
});

describe('advice, estimates and insight', () => {
  /** Something to look back on. */
  beforeAll(async () => {
    for (const variants of [1, 2])
      expect((await call(generate, post('/api/ai/generate', { ...brief, variants }))).status).toBe(200);
  });

  it('optimises with passages that stand in the text', async () => {
    const text = 'Our terrace opens on Friday.';
    const answer = await call<{ suggestions: { start: number; end: number }[]; rewritten: string }>(
      optimize,
      post('/api/ai/optimize', { text, platforms: ['x'], goals: ['more visits'] }),
    );
    expect(answer.status).toBe(200);
    expect(answer.json.rewritten.length).toBeGreaterThan(0);
    for (const { start, end } of answer.json.suggestions)
      expect(end <= text.length && start < end).toBe(true);
  });

  it.each([
    [{ ...brief, variants: 3, platforms: ['x', 'linkedin'] }, 1, 6],
    [{ task: 'long_form', input: { text: 'x', maxWords: 2_500 } }, 3, 9],
    [{ messages: [{ role: 'user', content: 'x' }] }, 1, 1],
    [{ text: 'x', platforms: ['x'], goals: ['reach'] }, 1, 1],
  ])('estimates %o', async (body, tokensMin, tokensMax) => {
    const before = await balance();
    const answer = await call<{ costMicrosMax: number }>(estimate, post('/api/ai/estimate', body));
    expect(answer.json).toMatchObject({ tokensMin, tokensMax });
    expect(answer.json.costMicrosMax).toBeGreaterThan(0);
    expect((await balance()).available).toBe(before.available);
  });

  it('lists providers with their health, without our costs', async () => {
    const answer = await call<{ providers: { id: string; configured: boolean; sandbox: boolean }[] }>(
      providers,
      {
        path: '/api/ai/providers',
        ...of('vic'),
      },
    );
    expect(answer.status).toBe(200);
    expect(answer.json.providers).toContainEqual(expect.objectContaining({ id: 'sandbox', sandbox: true }));
    expect(JSON.stringify(answer.json)).not.toContain('costMicros');
  });

  it('shows members their own usage, and cost to admins only', async () => {
    await singleton<UsageTracker>('AiUsageTracker').flush();
    const today = new Date().toISOString().slice(0, 10);
    const ask = (who: Who, groupBy: string) =>
      call<{
        rows: { key: string; costMicros?: number }[];
        totals: { requests: number; costMicros?: number };
      }>(usage, {
        path: `/api/ai/usage/${api.org.organizationId}?from=${today}&to=${today}&groupBy=${groupBy}`,
        params: { orgId: api.org.organizationId },
        ...of(who),
      });
    const admin = await ask('ann', 'provider');
    expect(admin.json.totals.costMicros).toBeGreaterThan(0);
    expect(admin.json.rows.map(({ key }) => key)).toContain('glm');
    const member = await ask('vic', 'member');
    expect(member.json.totals).toMatchObject({ requests: 0 });
    expect(member.json.totals.costMicros).toBeUndefined();
    const mia = await ask('mia', 'task');
    expect(mia.json.totals.requests).toBeGreaterThan(0);
    expect((await ask('ann', 'member')).json.rows.map(({ key }) => key)).toContain(api.org.mia.uid);
  });

  it('lists the calls themselves, newest first: everybody’s with cost to admins, their own to members', async () => {
    const ask = (as: Person, query = '') =>
      call<Page<UsageCall>>(calls, {
        path: `/api/ai/usage/${api.org.organizationId}/calls${query}`,
        params: { orgId: api.org.organizationId },
        as,
        organizationId: api.org.organizationId,
      });
    await call(generate, post('/api/ai/generate', { ...brief, variants: 1 }, 'owner'));
    const first = (await ask(api.org.ann, '?limit=2')).json;
    expect(first.items[0]).toMatchObject({ userId: api.org.owner.uid, taskType: 'post_text', success: true });
    expect(first.items[0]?.costMicros).toBeGreaterThan(0);
    const second = (await ask(api.org.ann, `?limit=2&cursor=${first.cursor ?? ''}`)).json;
    const times = [...first.items, ...second.items].map(({ at }) => Date.parse(at));
    expect(times).toEqual(times.toSorted((a, b) => b - a));
    expect(new Set([...first.items, ...second.items].map(({ id }) => id)).size).toBe(4);

    const own = (await ask(api.org.mia)).json.items;
    expect(new Set(own.map(({ userId }) => userId))).toEqual(new Set([api.org.mia.uid]));
    expect(own.filter(({ costMicros }) => costMicros !== undefined)).toEqual([]);
    expect((await ask(api.stranger)).status).toBe(404);
  });

  it('settings are for those who manage AI', async () => {
    const at = {
      path: `/api/ai/settings/${api.org.organizationId}`,
      params: { orgId: api.org.organizationId },
    };
    expect((await call(settings, { ...at, ...of('mia') })).status).toBe(403);
    expect((await call(settings, { ...at, ...of('ann') })).json).toMatchObject({ policy: 'hybrid' });
    const wrong = await call(changeSettings, {
      ...at,
      method: 'PUT',
      body: { policy: 'luck' },
      ...of('ann'),
    });
    expect(wrong.json.errors).toMatchObject([{ path: 'body.policy' }]);
  });
});
