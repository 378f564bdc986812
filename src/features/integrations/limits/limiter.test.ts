import { type ChildProcess, fork } from 'node:child_process';
import { describeWithRedis, RedisServer } from '@tests/redis-server';
import { bundled } from '@tests/support/bundle';
import type { Callers } from '@tests/support/limit-caller';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RedisLink } from '@/core/cache/redis';
import { randomIds } from '@/core/ids';
import { FixedClock, systemClock } from '@/core/time/clock';
import { type CallSubject, NO_LIMITS, pauseKey, windowsOf } from './levels';
import { IntegrationRateLimiter, type LimitCall } from './limiter';
import { vendorLimits } from './vendors.data';

const subjectOf = (integrationId: string, more: Partial<CallSubject> = {}): CallSubject => ({
  ...{ vendor: 'hubspot', organizationId: 'org', integrationId, accountId: integrationId, limits: NO_LIMITS },
  ...more,
});
const callOf = (subject: CallSubject, operation = 'call'): LimitCall => ({
  ...{ subject, operation, windows: windowsOf(subject, operation) },
  pauses: [pauseKey(subject, null), pauseKey(subject, operation)],
  concurrent: vendorLimits(subject.vendor).concurrent,
  ...{ lease: randomIds.next(), leaseMs: 30_000, queued: 0 },
});
const report = { factor: 0, scarce: 0, pauseMs: 0, operation: null, quota: null };

async function admitted(limiter: IntegrationRateLimiter, call: LimitCall, times: number): Promise<number> {
  const all = await Promise.all(
    Array.from({ length: times }, () => limiter.admit({ ...call, lease: randomIds.next() })),
  );
  return all.filter((one) => one.admitted).length;
}

/** What must hold with Redis and without. */
function suite(make: () => IntegrationRateLimiter): void {
  it('a call is counted at every level or at none', async () => {
    const limiter = make();
    const subject = subjectOf('int_levels', { organizationId: 'org_levels' });
    const search = callOf(subject, 'search');
    expect(await admitted(limiter, search, 20)).toBe(5);
    const { reading } = await limiter.look(search);
    // tenant, integration, operation, account, and the account's searches.
    expect(reading.usage.map(({ used }) => used)).toEqual([5, 5, 5, 5, 5]);
    expect(await admitted(limiter, callOf(subject), 200)).toBe(105);
  });

  it('an account is one however many connect it, and an organisation’s connections share its own', async () => {
    const limiter = make();
    const accountId = randomIds.next();
    const [one, two] = ['int_one', 'int_two'].map((id) =>
      callOf(subjectOf(id + accountId, { accountId, organizationId: id + accountId })),
    ) as [LimitCall, LimitCall];
    expect([await admitted(limiter, one, 80), await admitted(limiter, two, 80)]).toEqual([80, 30]);
    const organizationId = randomIds.next();
    const limits = { ...NO_LIMITS, tenant: 50 };
    const own = ['a', 'b'].map((id) => callOf(subjectOf(id + organizationId, { organizationId, limits })));
    expect(await admitted(limiter, own[0] as LimitCall, 40)).toBe(40);
    expect(await admitted(limiter, own[1] as LimitCall, 40)).toBe(10);
  });

  it('slows down when the vendor says so, stops while it asks for that, and starts afresh when told', async () => {
    const limiter = make();
    const subject = subjectOf(`int_${randomIds.next()}`);
    const call = callOf(subject);
    expect((await limiter.report(subject, { ...report, factor: 0.7 })).multiplier).toBe(0.7);
    expect((await limiter.report(subject, { ...report, scarce: 0.8 })).multiplier).toBe(0.56);
    expect((await limiter.report(subject, { ...report, scarce: 0.8 })).multiplier).toBe(0.56);
    expect(await admitted(limiter, call, 200)).toBe(61);
    const quota = { limit: 1_000, left: 40, resetAt: null };
    expect(
      (await limiter.report(subject, { ...report, factor: 0.7, pauseMs: 60_000, quota })).multiplier,
    ).toBe(0.5);
    const stopped = await limiter.admit(call);
    expect(stopped.admitted).toBe(false);
    expect(stopped.waitMs).toBeGreaterThan(55_000);
    expect((await limiter.look(call)).reading.quota).toMatchObject({ limit: 1_000, left: 40 });
    await limiter.reset(subject, call.pauses);
    const { reading } = await limiter.look(call);
    expect([reading.multiplier, reading.pausedMs, reading.usage[1]?.used]).toEqual([1, 0, 61]);
    expect(await admitted(limiter, call, 200)).toBe(49);
  });

  it('a pause of one kind of call leaves the others alone', async () => {
    const limiter = make();
    const subject = subjectOf(`int_${randomIds.next()}`);
    await limiter.report(subject, { ...report, factor: 0.7, pauseMs: 5_000, operation: 'search' });
    expect((await limiter.admit(callOf(subject, 'search'))).admitted).toBe(false);
    expect((await limiter.admit(callOf(subject))).admitted).toBe(true);
  });

  it('calls under way are limited where the vendor counts those', async () => {
    const limiter = make();
    const call = callOf(subjectOf(`int_${randomIds.next()}`, { vendor: 'salesforce' }));
    const first = { ...call, lease: 'first' };
    expect((await limiter.admit(first)).admitted).toBe(true);
    expect(await admitted(limiter, call, 40)).toBe(24);
    await limiter.release(first);
    expect(await admitted(limiter, call, 2)).toBe(1);
  });
}

describe('limits in one process', () => {
  const clock = new FixedClock('2026-01-01T00:00:00Z');
  const alone = (instances = 1) =>
    new IntegrationRateLimiter({ redis: null, instances, clock, ids: randomIds });
  suite(() => alone());

  it('each of several takes its part, and says so', async () => {
    const limiter = alone(4);
    const search = callOf(subjectOf('int_part'), 'search');
    expect(await admitted(limiter, search, 20)).toBe(1);
    clock.advance(1_100);
    const again = await limiter.admit(search);
    expect([again.admitted, again.degraded]).toEqual([true, true]);
    expect((await alone().admit(search)).degraded).toBe(false);
  });
});

interface Ended {
  admitted: { at: number; degraded: boolean }[];
  errors: number;
}

describeWithRedis('limits in Redis', () => {
  const server = new RedisServer();
  let link: RedisLink;
  beforeAll(async () => {
    await server.start();
    link = new RedisLink(server.url);
  });
  afterAll(async () => {
    link.close();
    await server.stop();
  });
  suite(() => new IntegrationRateLimiter({ redis: link, instances: 4, clock: systemClock, ids: randomIds }));

  it('names its keys as documented, in one slot, and keeps counters a minute', async () => {
    const limiter = new IntegrationRateLimiter({
      redis: link,
      instances: 1,
      clock: systemClock,
      ids: randomIds,
    });
    const subject = subjectOf('int_keys', { organizationId: 'o', accountId: 'a' });
    await limiter.admit({ ...callOf(subject, 'search'), queued: 3 });
    await limiter.report(subject, { ...report, factor: 0.7 });
    const keys = await link.client.keys('*int_keys*');
    const step = keys.find((key) => key.startsWith('ratelimit:int_keys{hubspot}:search:')) ?? '';
    expect(step).toMatch(/^ratelimit:int_keys\{hubspot\}:search:\d{13}$/);
    expect(await link.client.pttl(step)).toBeGreaterThan(50_000);
    expect(await link.client.pttl(step)).toBeLessThanOrEqual(60_000);
    // One hash tag, one slot: https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/#hash-tags
    const tags = (await link.client.keys('*')).map((key) => /\{([^}]+)\}/.exec(key)?.[1]);
    expect(new Set(tags.filter((tag) => tag !== 'salesforce'))).toEqual(new Set(['hubspot']));
    const pace = await link.client.hgetall('ratelimit_adaptive:int_keys{hubspot}');
    expect(pace).toMatchObject({ multiplier: '0.7', lastUpdated: expect.stringMatching(/^\d{13}$/) });
    // What waits in any process is seen in all.
    expect((await limiter.look(callOf(subject))).queued).toBe(3);
  });

  it('a hundred callers in four processes exceed no level, and an outage neither fails nor adds any', async () => {
    const limits = { tenant: 60, integration: 50, operation: 30, account: 40 } as const;
    const windows = (Object.keys(limits) as (keyof typeof limits)[]).map((level, at) => ({
      ...{ level, operation: null, name: `ratelimit:${level}{t}:search`, max: limits[level], paced: false },
      rule: { limit: limits[level], windowMs: 400 + at * 200 },
    }));
    const told: Callers = {
      ...{ redisUrl: server.url, instances: 4, callers: 25, windows },
      subject: subjectOf('int_many'),
    };
    const bundle = await bundled('tests/support/limit-caller.ts');
    const children = Array.from({ length: 4 }, () => fork(bundle, [JSON.stringify(told)]));
    await Promise.all(children.map((child) => new Promise((resolve) => child.once('message', resolve))));
    const startedAt = Date.now();
    await passed(1_500);
    await server.kill();
    const killedAt = Date.now();
    await passed(2_500);
    const ended = await Promise.all(children.map(end));
    const stoppedAt = Date.now();
    const calls = ended.flatMap((one) => one.admitted).sort((a, b) => a.at - b.at);
    expect(ended.map(({ errors }) => errors)).toEqual([0, 0, 0, 0]);
    for (const { rule } of windows) expect(most(calls, rule.windowMs)).toBeLessThanOrEqual(rule.limit);
    // All that is allowed is used, give or take a step: 40 in 1 000 ms, of which the account is the narrowest.
    const shared = calls.filter(({ degraded }) => !degraded).length;
    const own = calls.length - shared;
    expect(shared).toBeGreaterThan(((killedAt - startedAt) / 1_000) * 40 * 0.5);
    expect(own).toBeGreaterThan(((stoppedAt - killedAt - 1_200) / 1_000) * 40 * 0.4);
    await server.start();
  });

  it('goes back to shared counters, and counts its own for one window more', async () => {
    const clock = new FixedClock('2026-01-01T00:00:00Z');
    const limiter = new IntegrationRateLimiter({ redis: link, instances: 2, clock, ids: randomIds });
    const call = callOf(subjectOf(`int_${randomIds.next()}`));
    await expect.poll(() => link.ready, { timeout: 8_000 }).toBe(true);
    expect(await admitted(limiter, call, 10)).toBe(10);
    await server.kill();
    await expect.poll(() => link.ready).toBe(false);
    const away = await limiter.admit(call);
    expect([away.admitted, away.degraded, away.waitMs]).toEqual([false, true, 11_000]);
    clock.advance(11_000);
    // Half of 110, for two processes.
    expect(await admitted(limiter, call, 100)).toBe(55);
    await server.start();
    await expect.poll(() => link.ready, { timeout: 8_000 }).toBe(true);
    await limiter.look(call);
    expect(await admitted(limiter, call, 100)).toBe(0);
    clock.advance(11_000);
    expect(await admitted(limiter, call, 100)).toBe(100);
  });
});

const passed = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

function end(child: ChildProcess): Promise<Ended> {
  const answer = new Promise<Ended>((resolve) =>
    child.once('message', (message) => resolve(message as Ended)),
  );
  child.send('end');
  return answer;
}

/** The most calls in any stretch of that length. */
function most(calls: readonly { at: number }[], windowMs: number): number {
  let from = 0;
  let found = 0;
  calls.forEach(({ at }, index) => {
    while ((calls[from]?.at ?? at) <= at - windowMs) from += 1;
    found = Math.max(found, index - from + 1);
  });
  return found;
}
