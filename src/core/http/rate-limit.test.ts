import { describeWithRedis, RedisServer } from '@tests/redis-server';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RedisLink } from '@/core/cache/redis';
import { FixedClock } from '@/core/time/clock';
import { RateLimiter, type RateWindow, slide } from './rate-limit';
import { RATE_LIMITS } from './rate-limits';

const at = (text: string) => new Date(text).getTime();

describe('sliding window', () => {
  it('never admits more than the limit in any minute that starts with a window, nor twice it in any 60 s', () =>
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20 }),
        fc.array(fc.integer({ min: 0, max: 9_000 }), { maxLength: 300 }),
        (limit, gaps) => {
          let window: RateWindow | undefined;
          let now = at('2026-01-01T00:00:00Z');
          const admitted: number[] = [];
          for (const gap of gaps) {
            now += gap;
            const step = slide(window, limit, now);
            window = step.window;
            if (step.verdict.allowed) admitted.push(now);
          }
          for (const start of admitted) {
            const within = admitted.filter((time) => time >= start && time < start + 60_000).length;
            expect(within).toBeLessThanOrEqual(start % 60_000 === 0 ? limit : 2 * limit);
          }
        },
      ),
    ));

  it('its promised wait is right: refused before, admitted then', () =>
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 30 }),
        fc.integer({ min: 0, max: 59_999 }),
        fc.nat(30),
        (limit, offset, before) => {
          const base = at('2026-01-01T00:00:00Z');
          let window: RateWindow | undefined;
          for (let count = 0; count < before; count += 1) window = slide(window, limit, base + 30_000).window;
          const now = base + 60_000 + offset;
          let verdict = slide(window, limit, now).verdict;
          for (let count = 0; count < 100 && verdict.allowed; count += 1) {
            const step = slide(window, limit, now);
            window = step.window;
            verdict = step.verdict;
          }
          const then = now + verdict.resetSeconds * 1000;
          expect(slide(window, limit, then).verdict.allowed).toBe(true);
          if (verdict.resetSeconds > 1)
            expect(slide(window, limit, then - 1_001).verdict.allowed).toBe(false);
        },
      ),
    ));

  it('lets a caller go on steadily just below the limit', () => {
    let window: RateWindow | undefined;
    for (let second = 0; second < 300; second += 1) {
      const step = slide(window, 60, at('2026-01-01T00:00:00Z') + second * 1_050);
      window = step.window;
      expect(step.verdict.allowed).toBe(true);
    }
  });
});

describe('in memory', () => {
  it('counts per class and per caller', async () => {
    const limiter = new RateLimiter(null, new FixedClock('2026-01-01T00:00:00Z'));
    for (let count = 0; count < RATE_LIMITS.auth.perMinute; count += 1) {
      expect(await limiter.consume('auth', 'ip:1')).toMatchObject({
        allowed: true,
        limit: 10,
        remaining: 9 - count,
      });
    }
    expect(await limiter.consume('auth', 'ip:1')).toMatchObject({ allowed: false, remaining: 0 });
    expect((await limiter.consume('auth', 'ip:2')).allowed).toBe(true);
    expect((await limiter.consume('read', 'ip:1')).allowed).toBe(true);
  });
});

describeWithRedis('in Redis', () => {
  const server = new RedisServer();
  beforeAll(async () => void (await server.start()));
  afterAll(() => server.stop());

  it('holds the limit across instances, exactly, under concurrency', async () => {
    const links = [1, 2, 3].map(() => new RedisLink(server.url));
    const limiters = links.map((link) => new RateLimiter(link));
    const verdicts = await Promise.all(
      Array.from({ length: 45 }, (_, index) => limiters[index % 3]?.consume('ai', 'user:a')),
    );
    // The minute may turn while the test runs, which admits a few more; never fewer, and never all.
    const admitted = verdicts.filter((verdict) => verdict?.allowed).length;
    expect(admitted).toBeGreaterThanOrEqual(30);
    expect(admitted).toBeLessThanOrEqual(31);
    const refused = verdicts.find((verdict) => !verdict?.allowed);
    expect(refused).toMatchObject({ limit: 30, remaining: 0 });
    expect(refused?.resetSeconds).toBeGreaterThan(0);
    for (const link of links) link.close();
  });

  it('goes on in memory when Redis dies, quickly, and returns to it', async () => {
    const link = new RedisLink(server.url);
    const limiter = new RateLimiter(link);
    expect((await limiter.consume('read', 'user:b')).remaining).toBe(599);
    await server.kill();
    const startedAt = performance.now();
    for (let count = 0; count < 20; count += 1) {
      expect((await limiter.consume('read', 'user:b')).allowed).toBe(true);
    }
    expect(performance.now() - startedAt).toBeLessThan(1_500);
    await server.start();
    await expect.poll(() => link.ready, { timeout: 8_000 }).toBe(true);
    // A fresh server has counted nothing: 599 left again, where memory would say less.
    expect((await limiter.consume('read', 'user:b')).remaining).toBe(599);
    link.close();
  });
});
