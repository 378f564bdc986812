import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { env } from '@/core/config/env';
import { Db } from '@/core/db/db';
import { adminFirestore } from '@/core/db/firebase';
import { randomIds } from '@/core/ids';
import { LockService } from '@/core/locks/locks';
import { FixedClock, systemClock } from '@/core/time/clock';

const db = new Db(adminFirestore(env()));
const locks = new LockService(db, systemClock, randomIds);
const name = () => `test_${randomUUID()}`;
const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

describe('locks', () => {
  it('have one holder among many who ask at once', async () => {
    const lock = name();
    const asked = await Promise.all(Array.from({ length: 20 }, () => locks.acquire(lock, 10_000)));
    expect(asked.filter(Boolean)).toHaveLength(1);
  });

  it('are free again after release, with a greater fence', async () => {
    const lock = name();
    const first = await locks.acquire(lock, 10_000);
    expect(await locks.acquire(lock, 10_000)).toBeNull();
    expect(await first?.release()).toBe(true);
    const second = await locks.acquire(lock, 10_000);
    expect(second?.fence).toBeGreaterThan(first?.fence ?? Number.POSITIVE_INFINITY);
  });

  it('fence grows even when clocks go backwards', async () => {
    const lock = name();
    const clock = new FixedClock('2026-06-01T12:00:00Z');
    const service = new LockService(db, clock, randomIds);
    const first = await service.acquire(lock, 1_000);
    await first?.release();
    clock.set('2026-06-01T11:00:00Z');
    const second = await service.acquire(lock, 1_000);
    expect(second?.fence).toBe((first?.fence ?? 0) + 1);
  });

  it('go over to another when their time is out, and the late holder can neither renew nor release', async () => {
    const lock = name();
    const clock = new FixedClock('2026-06-01');
    const service = new LockService(db, clock, randomIds);
    const dead = await service.acquire(lock, 5_000);
    clock.advance(4_999);
    expect(await service.acquire(lock, 5_000)).toBeNull();
    clock.advance(1);
    const heir = await service.acquire(lock, 5_000);
    expect(heir?.fence).toBeGreaterThan(dead?.fence ?? Number.POSITIVE_INFINITY);
    expect(await dead?.renew()).toBe(false);
    expect(await dead?.release()).toBe(false);
    expect(await heir?.renew()).toBe(true);
  });

  it('a renewed one stays', async () => {
    const lock = name();
    const clock = new FixedClock('2026-06-01');
    const service = new LockService(db, clock, randomIds);
    const held = await service.acquire(lock, 5_000);
    clock.advance(4_000);
    expect(await held?.renew()).toBe(true);
    clock.advance(4_000);
    expect(await service.acquire(lock, 5_000)).toBeNull();
    expect(held?.leaseUntil).toEqual(new Date('2026-06-01T00:00:09Z'));
  });

  it('withLock runs one at a time, waits when told to, and releases after a failure', async () => {
    const lock = name();
    let running = 0;
    let peak = 0;
    const work = async () => {
      running += 1;
      peak = Math.max(peak, running);
      await pause(60);
      running -= 1;
      return 'done';
    };
    const patient = { ttlMs: 5_000, waitMs: 10_000 };
    const results = await Promise.all([1, 2, 3, 4].map(() => locks.withLock(lock, patient, work)));
    expect(results).toEqual(Array.from({ length: 4 }, () => ({ acquired: true, value: 'done' })));
    expect(peak).toBe(1);

    await expect(
      locks.withLock(lock, patient, async () => {
        throw new Error('work failed');
      }),
    ).rejects.toThrow('work failed');
    expect((await locks.withLock(lock, { ttlMs: 5_000 }, work)).acquired).toBe(true);
  });

  it('withLock keeps a lock for longer than its time to live by renewing it', async () => {
    const lock = name();
    const long = locks.withLock(lock, { ttlMs: 600 }, () => pause(1_500));
    await pause(1_200);
    expect(await locks.acquire(lock, 600)).toBeNull();
    await long;
  });

  it('withLock tells work when the lock was lost', async () => {
    const lock = name();
    const outcome = await locks.withLock(lock, { ttlMs: 300 }, async (held, signal) => {
      // Another takes it, as after a process was stopped for longer than its lease.
      await held.release();
      await locks.acquire(lock, 60_000);
      await expect.poll(() => signal.aborted, { timeout: 2_000 }).toBe(true);
      return signal.reason as Error;
    });
    expect(outcome).toMatchObject({ acquired: true, value: { message: `The lock ${lock} was lost.` } });
    expect(await locks.acquire(lock, 300)).toBeNull();
  });
});
