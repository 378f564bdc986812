import { randomUUID } from 'node:crypto';
import { call } from '@tests/support/accounts';
import { Timestamp } from 'firebase-admin/firestore';
import { beforeEach, describe, expect, it } from 'vitest';
import { GET, POST } from '@/app/api/cron/[task]/route';
import { NotFoundError } from '@/core/errors';
import { CronRegistry, CronService } from '@/core/jobs/cron';
import type { CronName } from '@/core/jobs/cron-schedules';
import { purgeExpired } from '@/core/jobs/retention';
import { FixedClock } from '@/core/time/clock';
import { core } from '@/server/core';

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

describe('scheduled tasks', () => {
  // Nobody else's test runs this task; its lock and record are shared by all who do.
  const TASK: CronName = 'tools-health';
  let registry: CronRegistry;
  const service = (clock = core.clock) => new CronService(core.db, core.locks, clock, core.ids, registry);
  beforeEach(async () => {
    registry = new CronRegistry();
    await core.db.firestore.doc(`cron_runs/${TASK}`).delete();
  });

  it('do their work once when called twice at once', async () => {
    let runs = 0;
    registry.on(TASK, 'room.step', async () => {
      runs += 1;
      await pause(300);
      return { found: 2 };
    });
    const reports = await Promise.all(Array.from({ length: 5 }, () => service().run(TASK)));
    expect(runs).toBe(1);
    expect(reports.filter(({ ran }) => ran)).toMatchObject([{ counts: { 'room.step.found': 2 } }]);
    expect((await service().run(TASK)).ran).toBe(true);
  });

  it('run one slot once among several workers, also one after the other', async () => {
    let runs = 0;
    registry.on(TASK, 'room.step', async () => {
      runs += 1;
      return undefined;
    });
    const slot = new Date('2026-03-01T00:15:00Z');
    expect((await service().run(TASK, slot)).ran).toBe(true);
    expect((await service().run(TASK, slot)).ran).toBe(false);
    // A call from outside in between neither counts as a slot nor forgets it.
    await service().run(TASK);
    expect((await service().run(TASK, slot)).ran).toBe(false);
    expect((await service().run(TASK, new Date('2026-03-01T00:30:00Z'))).ran).toBe(true);
    expect(runs).toBe(3);
  });

  it('go on after a step that failed, and say which one', async () => {
    registry.on(TASK, 'first', () => Promise.reject(new Error('broken')));
    registry.on(TASK, 'second', async () => ({ done: 1 }));
    expect(await service().run(TASK)).toMatchObject({
      ran: true,
      failedSteps: ['first'],
      counts: { 'second.done': 1 },
    });
  });

  it('hand out growing fences', async () => {
    const fences: number[] = [];
    registry.on(TASK, 'room.step', async ({ fence }) => {
      fences.push(fence);
      return undefined;
    });
    await service().run(TASK);
    await service().run(TASK);
    expect(fences[1]).toBeGreaterThan(fences[0] ?? Number.POSITIVE_INFINITY);
  });

  it('run on their schedule in a worker, once per slot, and stop', async () => {
    const clock = new FixedClock('2026-03-01T00:15:30Z');
    let runs = 0;
    registry.on(TASK, 'room.step', async () => {
      runs += 1;
      return undefined;
    });
    const workers = [service(clock), service(clock)];
    for (const worker of workers) worker.start();
    await expect.poll(() => runs, { timeout: 5_000 }).toBe(1);
    await pause(2_200);
    expect(runs).toBe(1);
    clock.set('2026-03-01T00:30:00Z');
    await expect.poll(() => runs, { timeout: 5_000 }).toBe(2);
    await Promise.all(workers.map((worker) => worker.stop()));
    clock.set('2026-03-01T00:45:00Z');
    await pause(1_200);
    expect(runs).toBe(2);
  });

  it('a task that does not exist is not found', async () => {
    await expect(service().run('nothing')).rejects.toThrow(NotFoundError);
  });
});

describe('/api/cron/[task]', () => {
  it.each([
    ['GET', GET],
    ['POST', POST],
  ])('%s runs the task for whoever knows the secret', async (method, handler) => {
    const request = { path: '/api/cron/outbox', method };
    expect((await call(handler, request)).status).toBe(401);
    const wrong = { ...request, headers: { authorization: 'Bearer wrong-secret-of-some-length' } };
    expect((await call(handler, wrong)).status).toBe(401);
    const answer = await call(handler, { ...request, as: { cron: true } });
    expect(answer.status).toBe(200);
    expect(answer.json).toMatchObject({ failedSteps: [] });
  });

  it('answers 404 for an unknown task', async () => {
    expect((await call(GET, { path: '/api/cron/nothing', as: { cron: true } })).status).toBe(404);
  });

  it('drains the queue and sweeps the outbox with counts', async () => {
    const ran: number[] = [];
    const { z } = await import('zod');
    const type = `test.${randomUUID()}`;
    core.jobRegistry.register(
      type,
      z.object({ n: z.number() }),
      async ({ payload: { n } }) => void ran.push(n),
    );
    await core.jobs.enqueue({ type, payload: { n: 1 }, runAt: new Date(Date.now() + 50) });
    await expect
      .poll(
        async () => {
          await call(POST, { path: '/api/cron/jobs', as: { cron: true } });
          return ran;
        },
        { timeout: 20_000 },
      )
      .toEqual([1]);
  }, 30_000);
});

describe('retention', () => {
  it('deletes what expired more than a day ago, and nothing else', async () => {
    const name = `expiring_${randomUUID()}`;
    const now = new Date();
    const hours = (count: number) => Timestamp.fromMillis(now.getTime() + count * 3600_000);
    const collection = core.db.firestore.collection(name);
    for (let index = 0; index < 5; index += 1) await collection.add({ expiresAt: hours(-25 - index) });
    await collection.doc('young').set({ expiresAt: hours(-23) });
    await collection.doc('open').set({ expiresAt: null });
    const below = `people/{id}/test_${name}`;
    const others = ['ada', 'bob'].map((id) => core.db.firestore.collection(`people/${id}/test_${name}`));
    for (const other of others) await other.add({ expiresAt: hours(-25) });
    const counts = await purgeExpired(core.db, [name, below], { now, open: () => true });
    expect(counts).toEqual({ [name]: 5, [below]: 2 });
    expect((await collection.get()).docs.map(({ id }) => id).sort()).toEqual(['open', 'young']);
  });
});
