import {
  ownDatabase,
  type PublishingParts,
  PublishingWorld,
  type TestChannelSpec,
} from '@tests/support/publishing';
import { until } from '@tests/support/until';

ownDatabase('bench');

import { newContext, runInContext } from '@/core/http/context';
import type { Run } from '@/features/publishing/schema';
import { DEFAULT_TIMING } from '@/features/publishing/timing';
import { type BenchRow, percentile } from './harness';

/** How long the network takes for a post. Milliseconds. */
const LATENCY_MS = 1_000;

/** Publishing at its instant, how fast a crowd of posts goes out, and what one post costs the database. */
export async function run(): Promise<BenchRow[]> {
  const rows: BenchRow[] = [await writesPerPost(), await idleSweep(), await dueToCall()];
  rows.push(await drain(1_000, 100));
  rows.push(...(await crowdedMinute(1_000, 50)));
  rows.push(await twoWorkers());
  return rows;
}

async function inWorld<T>(work: (world: PublishingWorld) => Promise<T>): Promise<T> {
  const world = await new PublishingWorld().start();
  try {
    return await work(world);
  } finally {
    await world.stop();
  }
}

const build = (world: PublishingWorld): PublishingParts => world.build({ timing: DEFAULT_TIMING });

async function writesPerPost(): Promise<BenchRow> {
  return inWorld(async (world) => {
    const parts = build(world);
    const { postId, runIds } = await world.post(parts, { channels: [world.channel()] });
    const run = (await world.run(runIds[0] ?? '')) as Run;
    const context = newContext('bench');
    await runInContext(context, () => parts.executor.execute(run));
    await until(async () => (await world.postDocument(postId))?.status === 'published');
    await until(async () => {
      const open = await world.db.firestore.collection('outbox').where('status', '==', 'pending').get();
      return open.empty;
    });
    const value = context.documentWrites;
    return {
      name: 'Firestore writes of one text post: run, lane, attempt, event, delivery, post',
      unit: 'writes',
      value,
      target: 8,
      pass: value <= 8,
      facts: { reads: context.documentReads },
    };
  });
}

async function idleSweep(): Promise<BenchRow> {
  return inWorld(async (world) => {
    const context = newContext('bench');
    await runInContext(context, () => build(world).dispatcher().sweep(new Date()));
    const value = context.documentReads;
    return {
      name: 'queries of an idle sweep',
      unit: 'queries',
      value,
      target: 3,
      pass: value <= 3,
      facts: {},
    };
  });
}

/** Posts due at moments spread over ten seconds, with a worker running. */
async function dueToCall(): Promise<BenchRow> {
  return inWorld(async (world) => {
    const parts = build(world);
    const channels = Array.from({ length: 20 }, () => world.channel());
    const dispatcher = parts.dispatcher();
    const turning = dispatcher.turn();
    const due = new Map<string, number>();
    const start = Date.now() + 8_000;
    await inChunks(100, 10, async (index) => {
      const text = `due ${index}`;
      const dueAt = new Date(start + index * 100);
      due.set(text, dueAt.getTime());
      await world.post(parts, { text, channels: [channels[index % 20] as TestChannelSpec], dueAt });
    });
    await until(() => world.proxy.arrivals.length >= 100, 60_000);
    dispatcher.stop();
    await turning;
    const waits = world.proxy.arrivals.map(({ text, at }) => at - (due.get(text) ?? 0));
    const value = percentile(waits, 0.95);
    const early = waits.filter((wait) => wait < 0).length;
    return {
      name: 'due → call to the network, worker running (p95)',
      unit: 'ms',
      value,
      target: 1_000,
      pass: value <= 1_000 && early === 0,
      facts: { p50: percentile(waits, 0.5), early, posts: waits.length },
    };
  });
}

/** @returns seconds from the moment they were due until the last one was over. */
async function drained(
  world: PublishingWorld,
  posts: number,
  channelCount: number,
  workers: readonly { parts: PublishingParts; concurrency: number }[],
): Promise<number> {
  world.proxy.fixedLatency = LATENCY_MS;
  const channels = Array.from({ length: channelCount }, () => world.channel());
  const planner = build(world);
  // Far enough away that all are planned before the first is due; then the clock decides.
  const dueAt = new Date(Date.now() + 5_000 + posts * 40);
  await inChunks(posts, 20, async (index) => {
    const channel = channels[index % channelCount] as TestChannelSpec;
    await world.post(planner, { text: `drain ${index}`, channels: [channel], dueAt });
  });
  const dispatchers = workers.map(({ parts, concurrency }) => parts.dispatcher({ concurrency }));
  const turning = dispatchers.map((dispatcher) => dispatcher.turn());
  await until(() => world.network.posts().length >= posts, 600_000, 'the drain');
  const seconds = (Date.now() - dueAt.getTime()) / 1_000;
  for (const dispatcher of dispatchers) dispatcher.stop();
  await Promise.all(turning);
  return seconds;
}

async function drain(posts: number, channels: number): Promise<BenchRow> {
  return inWorld(async (world) => {
    const concurrency = 24;
    const seconds = await drained(world, posts, channels, [{ parts: build(world), concurrency }]);
    const ideal = (posts * LATENCY_MS) / 1_000 / concurrency;
    const value = seconds / ideal;
    const published = world.network.posts().length;
    return {
      name: `${posts} runs due at once on ${channels} channels ÷ ideal (calls × latency ÷ concurrency)`,
      unit: 'ratio',
      value,
      target: 1.5,
      pass: value <= 1.5 && published === posts && world.proxy.mostOverlap() === 1,
      facts: { seconds, ideal, published, overlap: world.proxy.mostOverlap() },
    };
  });
}

/** A busy minute: posts due all through it, a few accounts among them, each allowing one call at a time. */
async function crowdedMinute(posts: number, channelCount: number): Promise<BenchRow[]> {
  return inWorld(async (world) => {
    world.proxy.fixedLatency = 300;
    const parts = build(world);
    const channels = Array.from({ length: channelCount }, () => world.channel());
    const due = new Map<string, number>();
    const start = Date.now() + 10_000 + posts * 40;
    await inChunks(posts, 20, async (index) => {
      const text = `minute ${index}`;
      const dueAt = new Date(start + (index * 60_000) / posts);
      due.set(text, dueAt.getTime());
      await world.post(parts, { text, channels: [channels[index % channelCount] as TestChannelSpec], dueAt });
    });
    const dispatcher = parts.dispatcher();
    const turning = dispatcher.turn();
    await until(() => world.proxy.arrivals.length >= posts / 4, 300_000, 'a quarter of the minute');
    const early = residentMegabytes();
    await until(() => world.network.posts().length >= posts, 300_000, 'the minute');
    const late = residentMegabytes();
    const over = (Date.now() - start) / 1_000;
    dispatcher.stop();
    await turning;
    const waits = world.proxy.arrivals.map(({ text, at }) => at - (due.get(text) ?? 0));
    const value = percentile(waits, 0.95);
    const growth = late - early;
    const once = world.network.posts().length === posts && world.proxy.mostOverlap() === 1;
    const name = `${posts} posts due in one minute on ${channelCount} accounts`;
    return [
      {
        name: `${name}: due → call to the network (p95)`,
        unit: 'ms',
        value,
        target: 1_000,
        pass: value <= 1_000 && once && Math.min(...waits) >= 0,
        facts: { p50: percentile(waits, 0.5), seconds: over, overlap: world.proxy.mostOverlap() },
      },
      {
        name: `${name}: memory that the last three quarters added`,
        unit: 'MB',
        value: growth,
        target: 64,
        pass: growth <= 64,
        facts: { early, late },
      },
    ];
  });
}

/** After what nobody needs any more is gone, where the process may ask for that. */
function residentMegabytes(): number {
  globalThis.gc?.();
  return process.memoryUsage().rss / 2 ** 20;
}

async function twoWorkers(): Promise<BenchRow> {
  const seconds: number[] = [];
  for (const count of [1, 2]) {
    const workers = (world: PublishingWorld) =>
      Array.from({ length: count }, () => ({ parts: build(world), concurrency: 6 }));
    seconds.push(await inWorld((world) => drained(world, 120, 40, workers(world))));
  }
  const [one = Number.NaN, two = Number.NaN] = seconds;
  const value = one / two;
  return {
    name: 'throughput of two workers ÷ one',
    unit: 'ratio',
    value,
    target: 1.8,
    better: 'higher',
    pass: value >= 1.8,
    facts: { one, two },
  };
}

async function inChunks(count: number, size: number, work: (index: number) => Promise<void>): Promise<void> {
  for (let from = 0; from < count; from += size) {
    await Promise.all(Array.from({ length: Math.min(size, count - from) }, (_, index) => work(from + index)));
  }
}
