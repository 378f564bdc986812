import { describeWithRedis, RedisServer } from '@tests/redis-server';
import { jobQueueConformance } from '@tests/support/job-conformance';
import { newAddress, openQueue } from '@tests/support/job-queues';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';

describeWithRedis('job queue on BullMQ', () => {
  const server = new RedisServer();
  beforeAll(async () => {
    await server.start();
  });
  afterAll(() => server.stop());
  jobQueueConformance('bullmq', () => server.url);

  it('takes and runs jobs while Redis is away, and what it held before once Redis is back', async () => {
    const own = await new RedisServer().start({ persist: true });
    const { queue, registry, close } = openQueue(newAddress('bullmq', own.url), { fallback: true });
    const ran: number[] = [];
    registry.register('work', z.object({ n: z.number() }), async ({ payload: { n } }) => void ran.push(n));
    const drain = () => queue.drain({ until: new Date(Date.now() + 5_000) });
    await queue.enqueue({ type: 'work', payload: { n: 1 } });
    await own.kill();
    const startedAt = Date.now();
    await queue.enqueue({ type: 'work', payload: { n: 2 } });
    expect(Date.now() - startedAt).toBeLessThan(3_000);
    await drain();
    expect(ran).toEqual([2]);
    await own.start({ persist: true });
    await expect
      .poll(
        async () => {
          await drain();
          return ran;
        },
        { timeout: 20_000 },
      )
      .toEqual([2, 1]);
    await close();
    await own.stop();
  }, 40_000);
});
