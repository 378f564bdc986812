import { describeWithRedis, RedisServer } from '@tests/redis-server';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { FixedClock } from '@/core/time/clock';
import { CacheManager } from './cache-manager';
import { cacheKey, parseKey, parsePattern } from './keys';
import { RedisLink } from './redis';

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));
const HOUR = { ttlSeconds: 3600 };

/** A loader that counts its calls. */
function counting<T>(value: T | (() => T), milliseconds = 0) {
  const calls = { count: 0 };
  const load = async () => {
    calls.count += 1;
    if (milliseconds) await pause(milliseconds);
    return typeof value === 'function' ? (value as () => T)() : value;
  };
  return { calls, load };
}

describe('keys', () => {
  it('name owner and area', () => {
    expect(parseKey('org_42_dashboard_overview_7d')).toMatchObject({ group: 'org_42', area: 'dashboard' });
    expect(parseKey(cacheKey.user('a_b', 'settings'))).toMatchObject({ group: 'user_a~b', area: 'settings' });
    expect(parseKey(cacheKey.app('prices'))).toMatchObject({ group: 'app', area: 'prices' });
    expect(parsePattern('org_42_*')).toEqual({ group: 'org_42', area: null });
    expect(parsePattern('org_42_dashboard_*')).toEqual({ group: 'org_42', area: 'dashboard' });
    expect(parsePattern('org_42_dashboard_x')).toEqual({ group: 'org_42', area: 'dashboard' });
  });

  it.each(['dashboard', 'org_42', 'org__x', 'team_1_x', ''])('%j says not whose data it is', (key) => {
    expect(() => parseKey(key)).toThrow(RangeError);
  });
  it.each(['*', 'org_*', 'org_42*', 'o*g_42_*'])('pattern %j would reach too far', (pattern) => {
    expect(() => parsePattern(pattern)).toThrow(RangeError);
  });
});

describe('memory alone', () => {
  it.each([[0], [''], [false], [null], [undefined], [Number.NaN], [new Date(5)], [{ a: [1] }]])(
    'keeps %j as a value',
    async (value) => {
      const cache = new CacheManager();
      const { calls, load } = counting(value);
      await cache.getOrLoad('org_1_a_x', load, HOUR);
      expect(await cache.getOrLoad('org_1_a_x', load, HOUR)).toEqual(value);
      expect(await cache.get('org_1_a_x')).toMatchObject({ value });
      expect(calls.count).toBe(1);
      expect(await cache.get('org_1_a_y')).toBeUndefined();
    },
  );

  it('loads once for 1 000 who ask at once, and again for those who ask after an error', async () => {
    const cache = new CacheManager();
    const { calls, load } = counting('value', 20);
    const answers = await Promise.all(
      Array.from({ length: 1000 }, () => cache.getOrLoad('org_1_a_x', load, HOUR)),
    );
    expect(new Set(answers)).toEqual(new Set(['value']));
    expect(calls.count).toBe(1);

    const failing = counting(() => {
      throw new Error('no');
    }, 5);
    const results = await Promise.allSettled(
      Array.from({ length: 50 }, () => cache.getOrLoad('org_1_a_y', failing.load, HOUR)),
    );
    expect(results.every((result) => result.status === 'rejected')).toBe(true);
    expect(failing.calls.count).toBe(1);
    expect(await cache.getOrLoad('org_1_a_y', async () => 'later', HOUR)).toBe('later');
  });

  it('forgets after the time to live', async () => {
    const clock = new FixedClock('2026-01-01');
    const cache = new CacheManager({ clock });
    const { calls, load } = counting('v');
    await cache.getOrLoad('org_1_a_x', load, { ttlSeconds: 60 });
    clock.advance(59_999);
    await cache.getOrLoad('org_1_a_x', load, { ttlSeconds: 60 });
    expect(calls.count).toBe(1);
    clock.advance(1);
    await cache.getOrLoad('org_1_a_x', load, { ttlSeconds: 60 });
    expect(calls.count).toBe(2);
  });

  it('invalidates a group, an area, and nothing else', async () => {
    const cache = new CacheManager();
    const keys = ['org_1_a_x', 'org_1_b_x', 'org_11_a_x', 'user_1_a_x'];
    const fill = () => Promise.all(keys.map((key) => cache.set(key, key, HOUR)));
    const kept = async () =>
      (await Promise.all(keys.map(async (key) => ((await cache.get(key)) ? key : '')))).filter(Boolean);
    await fill();
    await cache.invalidate('org_1_a_*');
    expect(await kept()).toEqual(['org_1_b_x', 'org_11_a_x', 'user_1_a_x']);
    await fill();
    await cache.invalidate('org_1_*');
    expect(await kept()).toEqual(['org_11_a_x', 'user_1_a_x']);
  });

  it('never keeps or hands on what was being loaded when it was invalidated', async () => {
    const cache = new CacheManager();
    let truth = 'old';
    const load = async () => {
      const read = truth;
      await pause(20);
      return read;
    };
    const before = cache.getOrLoad('org_1_a_x', load, HOUR);
    await pause(5);
    truth = 'new';
    await cache.invalidate('org_1_*');
    const after = cache.getOrLoad('org_1_a_x', load, HOUR);
    expect(await before).toBe('old');
    expect(await after).toBe('new');
    expect(await cache.get('org_1_a_x')).toEqual(expect.objectContaining({ value: 'new' }));
  });

  it('stays within its bounds', async () => {
    const cache = new CacheManager({ maxEntries: 100, maxBytes: 50_000 });
    for (let index = 0; index < 500; index += 1) await cache.set(`org_1_a_${index}`, index, HOUR);
    expect(await cache.get('org_1_a_0')).toBeUndefined();
    expect(await cache.get('org_1_a_499')).toMatchObject({ value: 499 });
    for (let index = 0; index < 20; index += 1) await cache.set(`org_2_a_${index}`, 'x'.repeat(10_000), HOUR);
    expect(await cache.get('org_2_a_0')).toBeUndefined();
    expect(await cache.get('org_2_a_19')).toBeDefined();
  });

  it('shares objects that nobody can change', async () => {
    const cache = new CacheManager();
    const value = await cache.getOrLoad('org_1_a_x', async () => ({ list: [{ n: 1 }] }), HOUR);
    expect(() => value.list.push({ n: 2 })).toThrow(TypeError);
  });
});

describeWithRedis('with Redis', () => {
  const server = new RedisServer();
  beforeAll(async () => void (await server.start()));
  afterAll(() => server.stop());
  const open: (() => void)[] = [];
  afterEach(() => {
    for (const close of open.splice(0)) close();
  });

  function instance(clock?: FixedClock) {
    const link = new RedisLink(server.url);
    const cache = new CacheManager({ redis: link, ...(clock ? { clock } : {}) });
    open.push(() => {
      cache.close();
      link.close();
    });
    return { cache, link };
  }

  it('shares values between instances, with the time they have left', async () => {
    const clock = new FixedClock(new Date());
    const [one, two] = [instance(clock), instance(clock)];
    const { calls, load } = counting({ at: new Date(7), none: null });
    await one.cache.getOrLoad('org_1_a_shared', load, { ttlSeconds: 100 });
    clock.advance(60_000);
    expect(await two.cache.getOrLoad('org_1_a_shared', load, { ttlSeconds: 100 })).toEqual({
      at: new Date(7),
      none: null,
    });
    clock.advance(39_000);
    expect(await two.cache.get('org_1_a_shared')).toBeDefined();
    clock.advance(1_001);
    expect(await two.cache.get('org_1_a_shared')).toBeUndefined();
    expect(calls.count).toBe(1);
  });

  it('loads once among three instances with 1 000 waiting', async () => {
    const caches = [instance(), instance(), instance()];
    const { calls, load } = counting('v', 100);
    const answers = await Promise.all(
      Array.from({ length: 1000 }, (_, index) => caches[index % 3]?.cache.getOrLoad('org_2_a_x', load, HOUR)),
    );
    expect(new Set(answers)).toEqual(new Set(['v']));
    expect(calls.count).toBe(1);
  });

  it('lets the next one load at once when the loader of another instance fails', async () => {
    const [one, two] = [instance(), instance()];
    const failing = one.cache.getOrLoad(
      'org_3_a_x',
      async () => {
        await pause(100);
        throw new Error('no');
      },
      HOUR,
    );
    await pause(30);
    const startedAt = performance.now();
    const other = two.cache.getOrLoad('org_3_a_x', async () => 'fine', HOUR);
    await expect(failing).rejects.toThrow('no');
    expect(await other).toBe('fine');
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });

  it('an invalidation reaches the memory of the other instances and the shared copy', async () => {
    const [one, two, late] = [instance(), instance(), instance()];
    await expect.poll(() => [one, two].every(({ link }) => link.ready)).toBe(true);
    await pause(50);
    await one.cache.set('org_4_a_x', 'old', HOUR);
    expect(await two.cache.get('org_4_a_x')).toMatchObject({ value: 'old' });
    await one.cache.invalidate('org_4_*');
    await expect.poll(() => two.cache.get('org_4_a_x'), { timeout: 1_000 }).toBeUndefined();
    expect(await late.cache.get('org_4_a_x')).toBeUndefined();
    await two.cache.set('org_4_a_x', 'new', HOUR);
    expect(await one.cache.get('org_4_a_x')).toMatchObject({ value: 'new' });
  });

  it('goes on without Redis when it dies mid-way, reports it, and uses it again later', async () => {
    const { cache, link } = instance();
    await pause(100);
    const { calls, load } = counting('v');
    await cache.getOrLoad('org_5_a_x', load, HOUR);
    expect(cache.status()[1]).toEqual({ layer: 'redis', state: 'up' });
    await server.kill();
    for (let index = 0; index < 50; index += 1) await cache.getOrLoad(`org_5_b_${index}`, load, HOUR);
    expect(calls.count).toBe(51);
    expect(await cache.get('org_5_a_x')).toBeDefined();
    await cache.invalidate('org_5_a_*');
    expect(await cache.get('org_5_a_x')).toBeUndefined();
    await expect.poll(() => cache.status()[1]).toEqual({ layer: 'redis', state: 'down' });
    await server.start();
    await expect.poll(() => link.ready, { timeout: 8_000 }).toBe(true);
    await cache.set('org_5_c_x', 'shared again', HOUR);
    expect(await instance().cache.get('org_5_c_x')).toMatchObject({ value: 'shared again' });
  });

  it('an invalidation made while Redis was away holds when it comes back with its old data', async () => {
    const keeping = new RedisServer();
    await keeping.start({ persist: true });
    const link = new RedisLink(keeping.url);
    const cache = new CacheManager({ redis: link });
    const other = new RedisLink(keeping.url);
    const elsewhere = new CacheManager({ redis: other });
    await cache.set('org_6_a_x', 'old', HOUR);
    expect(await elsewhere.get('org_6_a_x')).toBeDefined();
    await keeping.kill();
    await cache.invalidate('org_6_*');
    await keeping.start({ persist: true });
    await expect.poll(() => link.ready && other.ready, { timeout: 8_000 }).toBe(true);
    expect(await cache.get('org_6_a_x')).toBeUndefined();
    await expect.poll(() => elsewhere.get('org_6_a_x'), { timeout: 2_000 }).toBeUndefined();
    for (const each of [cache, elsewhere]) each.close();
    for (const each of [link, other]) each.close();
    await keeping.stop();
  });
});
