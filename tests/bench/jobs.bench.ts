import { RedisServer } from '@tests/redis-server';
import { newAddress, openQueue, type QueueAddress } from '@tests/support/job-queues';
import { z } from 'zod';
import { type BenchRow, percentile } from './harness';

const COUNT = 300;
const LATE = 40;

/** How fast the queue gets through jobs that do nothing, and how late it begins one that comes due while a worker runs. */
export async function run(): Promise<BenchRow[]> {
  const server = await new RedisServer().start();
  try {
    // The emulator is slower than Firestore and shares its machine with us: a floor, no measure of the product's limit.
    return [
      ...(await measure(newAddress('firestore', null), 20)),
      ...(await measure(newAddress('bullmq', server.url), 300)),
    ];
  } finally {
    await server.stop();
  }
}

async function measure(address: QueueAddress, perSecond: number): Promise<BenchRow[]> {
  const { queue, registry, close } = openQueue(address);
  const started = new Map<number, number>();
  registry.register(
    'noop',
    z.object({ n: z.number() }),
    async ({ payload: { n } }) => void started.set(n, Date.now()),
  );
  await Promise.all(Array.from({ length: COUNT }, (_, n) => queue.enqueue({ type: 'noop', payload: { n } })));
  const startedAt = performance.now();
  while (started.size < COUNT)
    await queue.drain({ until: new Date(Date.now() + 60_000), limit: COUNT, concurrency: 16 });
  const seconds = (performance.now() - startedAt) / 1000;
  const value = COUNT / seconds;

  started.clear();
  queue.start({ concurrency: 16 });
  const due = new Map<number, number>();
  for (let n = 0; n < LATE; n += 1) {
    const runAt = new Date(Date.now() + 1_000 + n * 97);
    due.set(n, runAt.getTime());
    await queue.enqueue({ type: 'noop', payload: { n }, runAt });
  }
  while (started.size < LATE) await new Promise((resolve) => setTimeout(resolve, 50));
  const delays = [...due].map(([n, at]) => ((started.get(n) ?? 0) - at) / 1000);
  const p95 = percentile(delays, 0.95);
  const earliest = Math.min(...delays);
  await close();
  return [
    {
      name: `job queue, ${address.driver}: jobs done by one process`,
      unit: 'jobs/s',
      value,
      target: perSecond,
      better: 'higher',
      pass: value >= perSecond,
      facts: { jobs: COUNT, seconds },
    },
    {
      name: `job queue, ${address.driver}: due → started, worker running (p95)`,
      unit: 's',
      value: p95,
      target: 1,
      // A job that begins before its time is as wrong as a late one.
      pass: p95 <= 1 && earliest >= 0,
      facts: { jobs: LATE, earliestSeconds: earliest },
    },
  ];
}
