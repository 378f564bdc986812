import { randomUUID } from 'node:crypto';
import { describeWithRedis, RedisServer } from '@tests/redis-server';
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { RedisLink } from '@/core/cache/redis';
import type { PayloadOf } from '@/core/events/event-type';
import { type Clock, FixedClock } from '@/core/time/clock';
import { aiBudgetThreshold } from '@/features/ai/events';
import { MemoryHealthBoard } from '@/features/ai/health';
import { RedisHealthBoard } from '@/features/ai/health-redis';
import type { QuotaLimits } from '@/features/ai/model';
import { NOTHING, QuotaService, type SettleLimits } from '@/features/ai/quota';
import { RedisQuotaStore } from '@/features/ai/quota-redis';
import { FirestoreQuotaStore } from '@/features/ai/quota-repository';
import { core } from '@/server/core';

const one = { tokens: 10, requests: 1, costMicros: 7 };
const none: QuotaLimits = { tokens: null, requests: null, costMicros: null };
const requests = (organization: number | null, member: number | null = null): SettleLimits => ({
  organization: { ...none, requests: organization },
  member: { ...none, requests: member },
});

describeWithRedis('quotas in Redis', () => {
  const server = new RedisServer();
  let link: RedisLink;
  let clock: FixedClock;
  let record: FirestoreQuotaStore;
  let quota: QuotaService;
  let owner: { organizationId: string; userId: string };
  beforeAll(async () => {
    await server.start();
    link = new RedisLink(server.url);
  });
  afterAll(async () => {
    link.close();
    await server.stop();
  });
  beforeEach(() => {
    clock = new FixedClock(new Date('2026-05-10T12:00:00Z'));
    record = new FirestoreQuotaStore(core.db, core.outbox, clock);
    quota = new QuotaService(new RedisQuotaStore(link, record), clock);
    owner = { organizationId: randomUUID(), userId: randomUUID() };
  });
  const claim = (limits: SettleLimits, who = owner) => quota.claim(randomUUID(), who, one, limits);
  const outcomes = async (many: number, limits: SettleLimits) => {
    const settled = await Promise.allSettled(Array.from({ length: many }, () => claim(limits)));
    return settled.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  };

  it('100 at once with a quota of 10: exactly 10 pass; what was used reaches the record', async () => {
    const passed = await outcomes(100, requests(10));
    expect(passed).toHaveLength(10);
    expect((await quota.state(owner)).organization.held).toEqual({
      tokens: 100,
      requests: 10,
      costMicros: 70,
    });
    await Promise.all(
      passed.slice(0, 4).map((held) => held.settle({ tokens: 3, requests: 1, costMicros: 2 })),
    );
    await Promise.all(passed.slice(4).map((held) => held.release()));
    const state = await quota.state(owner);
    expect(state.organization).toEqual({ used: { tokens: 12, requests: 4, costMicros: 8 }, held: NOTHING });
    expect(state.member).toEqual(state.organization);
    const period = '2026-05';
    expect((await record.state({ ...owner, period })).organization.used).toEqual(state.organization.used);
    expect(await outcomes(100, requests(10))).toHaveLength(6);
  });

  it('the member’s own ceiling is claimed with the organisation’s, both or neither', async () => {
    expect(await outcomes(20, requests(10, 3))).toHaveLength(3);
    expect((await quota.state(owner)).organization.held.requests).toBe(3);
    await expect(claim(requests(10, 3))).rejects.toMatchObject({
      code: 'ai_quota_exceeded',
      message: /Your own/,
    });
    const other = { ...owner, userId: randomUUID() };
    for (let index = 0; index < 7; index += 1) await claim(requests(10, 100), other);
    await expect(claim(requests(10, 100), other)).rejects.toMatchObject({ message: /organisation/ });
  });

  it('settling or giving back twice counts once', async () => {
    const held = await claim(requests(10));
    await held.settle(one);
    await held.settle(one);
    await held.release();
    expect((await quota.state(owner)).organization).toEqual({ used: one, held: NOTHING });
  });

  it('gives overdue claims back with the next one', async () => {
    await outcomes(10, requests(10));
    await expect(claim(requests(10))).rejects.toMatchObject({ code: 'ai_quota_exceeded' });
    clock.set(new Date('2026-05-10T12:11:00Z'));
    await claim(requests(10));
    expect((await quota.state(owner)).organization.held.requests).toBe(1);
  });

  it('a Redis that lost its memory takes what was used from the record', async () => {
    for (const held of await outcomes(8, requests(10))) await held.settle(one);
    await link.client.flushall();
    expect(await outcomes(10, requests(10))).toHaveLength(2);
  });

  it('without Redis the record decides; back again, Redis learns of it', async () => {
    expect(await outcomes(4, requests(10))).toHaveLength(4);
    for (const held of await outcomes(2, requests(10))) await held.settle(one);
    const away = new QuotaService(new RedisQuotaStore(new RedisLink('redis://127.0.0.1:1'), record), clock);
    const there = await away.claim(randomUUID(), owner, one, requests(10));
    expect((await record.state({ ...owner, period: '2026-05' })).organization.held.requests).toBe(1);
    await there.settle(one);
    const late = randomUUID();
    await away.claim(late, owner, one, requests(10));
    await quota.store.settle(late, { ...owner, period: '2026-05' }, one, requests(10));
    expect((await quota.state(owner)).organization.used.requests).toBe(4);
  });

  it('announces thresholds once each', async () => {
    const append = vi.spyOn(core.outbox, 'append');
    for (const held of await outcomes(10, requests(10))) await held.settle(one);
    const told = append.mock.calls.flatMap(([, event, payload]) =>
      event.name === aiBudgetThreshold.name ? [payload as PayloadOf<typeof aiBudgetThreshold>] : [],
    );
    append.mockRestore();
    // A transaction that is repeated tells again; only what it commits counts.
    const percents = told.filter(({ userId }) => userId === null).map(({ percent }) => percent);
    expect([...new Set(percents)]).toEqual([50, 80, 100]);
    expect(told.filter(({ userId }) => userId !== null)).toEqual([]);
  });
});

describeWithRedis('health shared by instances', () => {
  const server = new RedisServer();
  let links: RedisLink[];
  const provider = 'openai' as const;
  beforeAll(async () => {
    await server.start();
    links = [new RedisLink(server.url), new RedisLink(server.url)];
    // Without a connection each instance goes by what it saw itself, which is not what is tried here.
    await vi.waitFor(() => expect(links.every((link) => link.ready)).toBe(true), { timeout: 10_000 });
  });
  afterAll(async () => {
    for (const link of links) link.close();
    await server.stop();
  });
  beforeEach(() => links[0]?.attempt((client) => client.flushall()));
  const boards = (clock: Clock = core.clock) =>
    links.map((link) => new RedisHealthBoard(link, new MemoryHealthBoard(clock))) as [
      RedisHealthBoard,
      RedisHealthBoard,
    ];
  const timeout = { kind: 'timeout' } as const;

  it('three failures seen by any of them open the circuit for all; stragglers do not lengthen it', async () => {
    const [a, b] = boards();
    const candidate = { key: 'x', provider };
    await a.failed(candidate, timeout);
    await b.failed(candidate, timeout);
    expect((await b.provider(candidate.provider)).breaker).toBe('closed');
    await a.failed(candidate, timeout);
    expect((await b.provider(candidate.provider)).breaker).toBe('open');
    const wait = (await b.facts([candidate])).get('x')?.breakerMs ?? 0;
    expect(wait).toBeGreaterThan(25_000);
    await b.failed(candidate, timeout);
    expect((await b.facts([candidate])).get('x')?.breakerMs).toBeLessThanOrEqual(wait);
  });

  it('failures of one millisecond are told apart, whoever saw them', async () => {
    const [a, b] = boards(new FixedClock(new Date('2026-05-04T09:00:00Z')));
    for (const board of [a, b, a]) await board.failed({ key: 'x', provider }, timeout);
    expect((await b.provider(provider)).breaker).toBe('open');
  });

  it('half open, one probe goes through; failing doubles the wait, succeeding closes it', async () => {
    const [a, b] = boards();
    const candidate = { key: 'x', provider };
    const over = () => links[0]?.client.del(`aih:{${candidate.provider}:platform}:open`);
    for (let index = 0; index < 3; index += 1) await a.failed(candidate, timeout);
    await over();
    expect((await b.facts([candidate])).get('x')).toMatchObject({ breaker: 'half_open' });
    expect(
      (await Promise.all([a.claimProbe(candidate), b.claimProbe(candidate)])).filter(Boolean),
    ).toHaveLength(1);
    expect((await b.facts([candidate])).get('x')).toMatchObject({ breaker: 'open' });
    await a.failed(candidate, timeout);
    expect((await b.facts([candidate])).get('x')?.breakerMs).toBeGreaterThan(50_000);
    await over();
    expect(await b.claimProbe(candidate)).toBe(true);
    await b.succeeded(candidate);
    expect((await a.facts([candidate])).has('x')).toBe(false);
  });

  it('a rate limit cools the one model, the longer wait stays; a broken key takes the provider out', async () => {
    const [a, b] = boards();
    const mini = { key: 'openai/mini', provider };
    const large = { key: 'openai/large', provider };
    await a.failed(mini, { kind: 'rate_limit', retryAfterMs: 40_000 });
    await b.failed(mini, { kind: 'rate_limit', retryAfterMs: 1_000 });
    const facts = await b.facts([mini, large]);
    expect(facts.get(mini.key)?.cooldownMs).toBeGreaterThan(30_000);
    expect(facts.has(large.key)).toBe(false);
    await a.failed(large, { kind: 'auth_expired' });
    expect((await b.facts([large])).get(large.key)?.outMs).toBeGreaterThan(0);
    expect((await b.provider(provider)).cooldownUntil).toBeInstanceOf(Date);
  });

  it('without Redis each goes by what it saw itself', async () => {
    const board = new RedisHealthBoard(
      new RedisLink('redis://127.0.0.1:1'),
      new MemoryHealthBoard(core.clock),
    );
    const candidate = { key: 'x', provider };
    for (let index = 0; index < 3; index += 1) await board.failed(candidate, timeout);
    expect((await board.facts([candidate])).get('x')).toMatchObject({ breaker: 'open' });
    expect((await board.provider(candidate.provider)).breaker).toBe('open');
  });
});
