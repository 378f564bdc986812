import { randomUUID } from 'node:crypto';
import { describeWithRedis, RedisServer } from '@tests/redis-server';
import { describe, expect, it } from 'vitest';
import { CacheManager } from '@/core/cache/cache-manager';
import { RedisLink } from '@/core/cache/redis';
import { env } from '@/core/config/env';
import { Db } from '@/core/db/db';
import { adminFirestore } from '@/core/db/firebase';
import { newContext, runInContext } from '@/core/http/context';
import { FixedClock } from '@/core/time/clock';

const db = new Db(adminFirestore(env()));
const HOUR = { ttlSeconds: 3600 };
const org = () => `org_${randomUUID()}`;

describe('the cache in Firestore', () => {
  it('outlives the process and fills the memory of the next one', async () => {
    const group = org();
    const value = { at: new Date(7), list: [1, null], none: undefined };
    await new CacheManager({ db }).set(`${group}_a_x`, value, HOUR);
    const next = new CacheManager({ db });
    const counted = newContext('r');
    await runInContext(counted, async () => {
      expect(await next.get(`${group}_a_x`)).toMatchObject({ value });
      const reads = counted.documentReads;
      expect(reads).toBeLessThanOrEqual(3);
      expect(await next.get(`${group}_a_x`)).toMatchObject({ value });
      expect(counted.documentReads).toBe(reads);
    });
  });

  it('respects the time the value has left', async () => {
    const group = org();
    const clock = new FixedClock(new Date());
    await new CacheManager({ db, clock }).set(`${group}_a_x`, 1, { ttlSeconds: 100 });
    clock.advance(99_000);
    const next = new CacheManager({ db, clock });
    expect(await next.get(`${group}_a_x`)).toMatchObject({ value: 1 });
    clock.advance(1_001);
    expect(await next.get(`${group}_a_x`)).toBeUndefined();
  });

  it('an invalidation is seen by another instance within seconds, even without Redis', async () => {
    const group = org();
    const clock = new FixedClock(new Date());
    const [one, two] = [new CacheManager({ db, clock }), new CacheManager({ db, clock })];
    await one.set(`${group}_a_x`, 'old', HOUR);
    expect(await two.get(`${group}_a_x`)).toBeDefined();
    await one.invalidate(`${group}_*`);
    expect(await one.get(`${group}_a_x`)).toBeUndefined();
    clock.advance(16_000);
    expect(await two.get(`${group}_a_x`)).toBeUndefined();
  });

  it('a hundred invalidations of one group at once all hold and cost a few writes', async () => {
    const group = org();
    const cache = new CacheManager({ db });
    await cache.set(`${group}_a_x`, 'old', HOUR);
    const counted = newContext('r');
    await runInContext(counted, () =>
      Promise.all(Array.from({ length: 100 }, () => cache.invalidate(`${group}_*`))),
    );
    expect(counted.documentWrites).toBeLessThanOrEqual(3);
    expect(await new CacheManager({ db }).get(`${group}_a_x`)).toBeUndefined();
  });

  it('does not store what a document cannot hold, and still serves it from memory', async () => {
    const group = org();
    const cache = new CacheManager({ db });
    await cache.set(`${group}_a_big`, 'x'.repeat(1_000_000), HOUR);
    expect(await cache.get(`${group}_a_big`)).toBeDefined();
    expect(await new CacheManager({ db }).get(`${group}_a_big`)).toBeUndefined();
  });

  it('leaves Firestore alone for fast keys', async () => {
    const group = org();
    const counted = newContext('r');
    await runInContext(counted, async () => {
      const cache = new CacheManager({ db });
      await cache.getOrLoad(`${group}_a_x`, async () => 1, { ttlSeconds: 60, layers: 'fast' });
    });
    expect([counted.documentReads, counted.documentWrites]).toEqual([0, 0]);
  });
});

describeWithRedis('with Redis above it', () => {
  it('serves from Firestore while Redis is down, and not what was invalidated meanwhile', async () => {
    const server = await new RedisServer().start();
    const group = org();
    const link = new RedisLink(server.url);
    const cache = new CacheManager({ db, redis: link });
    await cache.set(`${group}_a_x`, 'kept', HOUR);
    await cache.set(`${group}_b_x`, 'voided', HOUR);
    await server.kill();
    const other = new RedisLink(server.url);
    const fresh = new CacheManager({ db, redis: other });
    expect(await fresh.get(`${group}_a_x`)).toMatchObject({ value: 'kept' });
    await cache.invalidate(`${group}_b_*`);
    expect(await new CacheManager({ db, redis: other }).get(`${group}_b_x`)).toBeUndefined();
    for (const each of [cache, fresh]) each.close();
    for (const each of [link, other]) each.close();
    await server.stop();
  });
});
