import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { ExternalServiceError } from '@/core/errors';
import type { JobRequest } from '@/core/jobs/job-queue';
import { FixedClock } from '@/core/time/clock';
import { DataAggregator } from '@/features/analytics/aggregator';
import { MetricsPuller, type Pulled } from '@/features/analytics/puller';
import { AnalyticsRepository } from '@/features/analytics/repository';
import { type Measured, rollupId, rollupModel, subjectModel } from '@/features/analytics/schema';
import { core } from '@/server/core';

const repository = new AnalyticsRepository(core.db);
const DAY = 24 * 3600_000;
const today = new Date();
const noon = new Date(`${today.toISOString().slice(0, 10)}T12:00:00Z`);
const at = (days: number, hours = 0) => new Date(noon.getTime() + days * DAY + hours * 3600_000);
const dayOf = (date: Date) => date.toISOString().slice(0, 10);

let organizationId: string;
let clock: FixedClock;
let aggregator: DataAggregator;

beforeEach(() => {
  organizationId = `o${randomUUID().replaceAll('-', '')}`;
  clock = new FixedClock(at(0));
  aggregator = new DataAggregator(repository, core.bus, clock);
});

const post = (publishedAt: Date, connectionId = 'c1') => ({
  runId: `run-${randomUUID()}`,
  postId: `p-${randomUUID()}`,
  organizationId,
  connectionId,
  platform: 'sandbox' as const,
  permalink: null,
  publishedAt,
});
const next = { nextPullAt: null, step: 1 };
const record = (runId: string, bucket: string, measuredAt: Date, metrics: Measured) =>
  aggregator.record(runId, { bucket, measuredAt, metrics }, next);
const rollup = (connectionId: string | null, period: string) =>
  core.db.get(core.db.doc(rollupModel, rollupId(organizationId, connectionId, period)));

/** Everything the roll-ups of these months say, without timestamps. */
async function picture(months: string[]) {
  const maps = await Promise.all(months.map((month) => repository.rollupsOfMonth(organizationId, month)));
  return Object.fromEntries(
    maps
      .flatMap((map) => [...map])
      .map(([id, { data }]) => {
        const { sums, days, channels, followers } = data;
        return [id, { sums, days, channels, followers }] as const;
      })
      .sort(([a], [b]) => a.localeCompare(b)),
  );
}

describe('roll-ups', () => {
  it('count a publication once, however often it is delivered', async () => {
    const one = post(at(0));
    await Promise.all([aggregator.published(one), aggregator.published(one), aggregator.published(one)]);
    await aggregator.published(one);
    const day = dayOf(at(0));
    expect((await rollup(null, day))?.sums).toEqual({ posts: 1 });
    expect((await rollup('c1', day))?.sums).toEqual({ posts: 1 });
    expect((await rollup(null, day.slice(0, 7)))?.channels).toEqual({
      c1: { [day.slice(8)]: { sums: { posts: 1 } } },
    });
  });

  it('add what grew, on the day it was measured, once per bucket', async () => {
    const one = post(at(-1));
    await aggregator.published(one);
    await record(one.runId, 'h1', at(-1, 1), { impressions: 100, likes: 4, shares: null });
    await Promise.all([
      record(one.runId, 'd1', at(0), { impressions: 150, likes: 3, shares: null }),
      record(one.runId, 'd1', at(0), { impressions: 150, likes: 3, shares: null }),
    ]);
    expect((await rollup(null, dayOf(at(-1))))?.sums).toEqual({
      posts: 1,
      impressions: 100,
      likes: 4,
      engagements: 4,
    });
    // A like was taken back; shares are not reported and stay absent.
    expect((await rollup('c1', dayOf(at(0))))?.sums).toEqual({ impressions: 50, likes: -1, engagements: -1 });
    const subject = await core.db.get(core.db.doc(subjectModel, one.runId));
    expect(subject).toMatchObject({ latest: { impressions: 150, likes: 3, shares: null }, engagements: 3 });
  });

  it('keep a late point without counting it twice', async () => {
    const one = post(at(-1));
    await aggregator.published(one);
    await record(one.runId, 'h3', at(-1, 3), { impressions: 80 });
    expect(await record(one.runId, 'h1', at(-1, 1), { impressions: 30 })).toBe(true);
    expect((await rollup(null, dayOf(at(-1))))?.sums).toEqual({ posts: 1, impressions: 80 });
  });

  it('stay exact when many posts are measured at once', { timeout: 60_000 }, async () => {
    const posts = Array.from({ length: 24 }, (_, index) => post(at(0), `c${index % 3}`));
    await Promise.all(posts.map((one) => aggregator.published(one)));
    await Promise.all(
      posts.map((one, index) => record(one.runId, 'm15', at(0, 1), { impressions: index, likes: 1 })),
    );
    const day = await rollup(null, dayOf(at(0)));
    expect(day?.sums).toEqual({ posts: 24, impressions: 276, likes: 24, engagements: 24 });
    const month = await rollup(null, dayOf(at(0)).slice(0, 7));
    const dd = dayOf(at(0)).slice(8);
    expect(month?.days[dd]?.sums).toEqual(day?.sums);
    const channels = Object.values(month?.channels ?? {}).map((days) => days[dd]?.sums.impressions ?? 0);
    expect(channels.reduce((sum, value) => sum + value, 0)).toBe(276);
  });

  it('come out the same when they are rebuilt from the points, and repair what was damaged', {
    timeout: 60_000,
  }, async () => {
    const months = [...new Set([dayOf(at(-20)).slice(0, 7), dayOf(at(0)).slice(0, 7)])];
    await aggregator.connected({ connectionId: 'c1', organizationId, platform: 'sandbox' });
    const posts = Array.from({ length: 6 }, (_, index) => post(at(-20 + 3 * index), `c${index % 2}`));
    for (const one of posts) await aggregator.published(one);
    for (const [index, one] of posts.entries())
      for (let step = 1; step <= 4; step += 1)
        await record(one.runId, `d${step}`, at(-20 + 3 * index + step), {
          impressions: 10 * step * (index + 1),
          likes: step + index,
          reach: null,
        });
    // Followers belong to the channel, not to a post.
    const followers = `${organizationId}-channel`;
    await aggregator.connected({ connectionId: followers, organizationId, platform: 'sandbox' });
    await record(followers, dayOf(at(-1)), at(-1), { followers: 512 });

    const before = await picture(months);
    expect(Object.keys(before).length).toBeGreaterThan(20);
    expect(await aggregator.rebuild(organizationId, months)).toEqual({ rollups: 0 });

    const damaged = core.db.doc(rollupModel, rollupId(organizationId, null, dayOf(at(-10))));
    await core.db.update(damaged, { sums: { impressions: 999_999 } });
    await core.db.delete(core.db.doc(rollupModel, rollupId(organizationId, 'c1', dayOf(at(0)).slice(0, 7))));
    const repaired = await aggregator.rebuild(organizationId, months);
    expect(repaired.rollups).toBe(2);
    expect(await picture(months)).toEqual(before);
  });
});

describe('measuring', () => {
  /** A network with numbers that grow by the hour, and faults on demand. */
  function setUp() {
    const planned: JobRequest[] = [];
    const state = { answer: null as null | Pulled | Error, asked: 0 };
    const since = at(0);
    const puller = new MetricsPuller(
      repository,
      aggregator,
      {
        post: async () => {
          state.asked += 1;
          if (state.answer instanceof Error) throw state.answer;
          const hours = (clock.now().getTime() - since.getTime()) / 3600_000;
          return state.answer ?? { kind: 'measured', metrics: { impressions: Math.floor(hours * 10) } };
        },
        channel: async () => ({ kind: 'measured', metrics: { followers: 42 } }),
      },
      {
        enqueue: async (request) => {
          planned.push(request);
          return { jobId: 'j', created: true };
        },
      },
      clock,
    );
    return { puller, planned, state, since };
  }
  const subject = (id: string) => core.db.get(core.db.doc(subjectModel, id));

  it('follows the schedule, plans the next time, and asks nothing before it', async () => {
    const { puller, planned, state, since } = setUp();
    const one = post(since);
    const first = await aggregator.published(one);
    expect(first?.getTime()).toBeGreaterThanOrEqual(since.getTime() + 15 * 60_000);
    expect(await puller.pull(one.runId)).toBe(false);
    expect(state.asked).toBe(0);
    clock.set(first ?? since);
    expect(await Promise.all([puller.pull(one.runId), puller.pull(one.runId)])).toContain(true);
    expect(await subject(one.runId)).toMatchObject({ step: 1, latest: { impressions: 2 }, failures: 0 });
    expect(planned.at(-1)).toMatchObject({
      type: 'analytics.pull',
      payload: { subjectId: one.runId },
      concurrencyKey: 'metrics_c1',
      runAt: (await subject(one.runId))?.nextPullAt,
    });
    clock.set(at(95));
    expect(await puller.pull(one.runId)).toBe(true);
    expect(await subject(one.runId)).toMatchObject({ nextPullAt: null, latest: { impressions: 22_800 } });
    expect((await rollup(null, dayOf(at(95))))?.sums).toEqual({ impressions: 22_798 });
  });

  it('backs off after a failure, keeps what it had, and goes on', async () => {
    const { puller, planned, state, since } = setUp();
    const one = post(since);
    clock.set((await aggregator.published(one)) ?? since);
    state.answer = new ExternalServiceError('503', {
      provider: 'sandbox',
      kind: 'unavailable',
      retryable: true,
    });
    expect(await puller.pull(one.runId)).toBe(false);
    const failed = await subject(one.runId);
    expect(failed).toMatchObject({ failures: 1, step: 0, stopped: null });
    expect(failed?.nextPullAt?.getTime()).toBe(clock.now().getTime() + 15 * 60_000);
    expect(planned).toHaveLength(1);
    state.answer = null;
    clock.set(failed?.nextPullAt ?? since);
    expect(await puller.pull(one.runId)).toBe(true);
    expect(await subject(one.runId)).toMatchObject({ failures: 0, step: 1 });
  });

  it('ends for a post that is gone and for a network without numbers', async () => {
    const { puller, state, since } = setUp();
    for (const kind of ['gone', 'unsupported'] as const) {
      const one = post(since);
      clock.set((await aggregator.published(one)) ?? since);
      state.answer = { kind };
      await puller.pull(one.runId);
      expect(await subject(one.runId)).toMatchObject({ nextPullAt: null, stopped: kind });
      clock.set(since);
    }
  });

  it('is swept up where jobs were lost; channels are measured daily until they are disconnected', async () => {
    const { puller } = setUp();
    const channel = `ch-${organizationId}`;
    await aggregator.connected({ connectionId: channel, organizationId, platform: 'sandbox' });
    clock.set(at(0, 1));
    const swept = await puller.sweep({ until: at(1), limit: 500 });
    expect(swept.measured).toBeGreaterThanOrEqual(1);
    expect((await rollup(channel, dayOf(at(0))))?.followers).toBe(42);
    const measured = await subject(channel);
    expect(dayOf(measured?.nextPullAt ?? at(0))).toBe(dayOf(at(1)));
    await aggregator.disconnected(channel);
    expect(await subject(channel)).toMatchObject({ nextPullAt: null, stopped: 'disconnected' });
    await aggregator.connected({ connectionId: channel, organizationId, platform: 'sandbox' });
    expect(await subject(channel)).toMatchObject({ stopped: null, latest: { followers: 42 } });
  });
});
