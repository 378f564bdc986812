import { describeWithRedis, RedisServer } from '@tests/redis-server';
import { jobQueueConformance } from '@tests/support/job-conformance';
import { afterAll, beforeAll } from 'vitest';

describeWithRedis('job queue on BullMQ', () => {
  const server = new RedisServer();
  beforeAll(async () => {
    await server.start();
  });
  afterAll(() => server.stop());
  jobQueueConformance('bullmq', () => server.url);
});
