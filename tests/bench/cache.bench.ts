import { RedisServer } from '@tests/redis-server';
import { CacheManager } from '@/core/cache/cache-manager';
import { RedisLink } from '@/core/cache/redis';
import { type BenchRow, median } from './harness';

export const emulators = false;

const HOUR = { ttlSeconds: 3600 };

/** A hit in the process's memory, and a stampede on one key: in one process, and over three that share a Redis. */
export async function run(): Promise<BenchRow[]> {
  return [await memoryHit(), await stampede(1, null), await stampedeOverRedis()];
}

async function memoryHit(): Promise<BenchRow> {
  const cache = new CacheManager();
  const keys = Array.from({ length: 100 }, (_, index) => `org_${index}_dashboard_overview_7d`);
  const load = async () => ({ followers: 1, posts: [1, 2, 3] });
  for (const key of keys) await cache.getOrLoad(key, load, HOUR);
  const perHit: number[] = [];
  for (let round = 0; round < 200; round += 1) {
    const startedAt = performance.now();
    for (const key of keys) await cache.getOrLoad(key, load, HOUR);
    perHit.push(((performance.now() - startedAt) * 1000) / keys.length);
  }
  const value = median(perHit);
  return {
    name: 'cache hit in memory (p50)',
    unit: 'µs',
    value,
    target: 5,
    pass: value <= 5,
    facts: { hits: 20_000 },
  };
}

async function stampede(instances: number, url: string | null): Promise<BenchRow> {
  const links = Array.from({ length: instances }, () => (url ? new RedisLink(url) : null));
  const caches = links.map((redis) => new CacheManager({ redis }));
  let loads = 0;
  const load = async () => {
    loads += 1;
    await new Promise((resolve) => setTimeout(resolve, 50));
    return 'value';
  };
  const startedAt = performance.now();
  await Promise.all(
    Array.from({ length: 1_000 }, (_, index) =>
      caches[index % instances]?.getOrLoad('org_1_a_x', load, HOUR),
    ),
  );
  const milliseconds = performance.now() - startedAt;
  for (const cache of caches) cache.close();
  for (const link of links) link?.close();
  const where = instances === 1 ? 'one process' : `${instances} instances on one Redis`;
  return {
    name: `1 000 concurrent misses of one key, ${where}`,
    unit: 'loads',
    value: loads,
    target: 1,
    pass: loads === 1,
    facts: { milliseconds },
  };
}

async function stampedeOverRedis(): Promise<BenchRow> {
  const server = await new RedisServer().start();
  try {
    return await stampede(3, server.url);
  } finally {
    await server.stop();
  }
}
