import { countsOf, HubSpotSync } from '@tests/support/hubspot-sync';
import { FieldValue } from 'firebase-admin/firestore';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Tx } from '@/core/db/db';
import { SyncRepository, scheduleIdOf } from '@/features/integrations/sync/repository';
import { core } from '@/server/core';

/** Something happens before one of its commits goes out. */
class EventfulRepository extends SyncRepository {
  begun = 0;
  constructor(
    readonly nth: number,
    readonly happens: () => Promise<void>,
  ) {
    super(core.db);
  }
  override commit<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    this.begun += 1;
    const eventful = this.begun === this.nth;
    return super.commit(async (tx) => {
      const made = await work(tx);
      if (eventful) await this.happens();
      return made;
    });
  }
}

let hub: HubSpotSync;
beforeEach(async () => {
  hub = await HubSpotSync.connected();
});
afterEach(() => hub.end());

describe('trouble', () => {
  it('of a passing kind in the middle is waited out, and the pass goes on where it was', async () => {
    hub.contacts(250);
    hub.fake.fault({ on: 'read', kind: 'rate_limit', retryAfterSeconds: 90, skip: 2, times: 1 });
    const before = hub.clock.now().getTime();
    const answer = await hub.run();
    expect([answer.status, ...countsOf(answer)]).toEqual(['success', 250, 0, 0, 0, 0]);
    expect(hub.clock.now().getTime() - before).toBeGreaterThanOrEqual(90_000);
    expect(hub.fake.pages.list).toBe(3);
  });

  it('of the database leaves nothing of what was made ready after it, and all of that comes with the next try', async () => {
    hub.contacts(650);
    // Its second commit is slow and fails, while the third is made ready.
    const failing = new EventfulRepository(2, async () => {
      await new Promise((later) => setTimeout(later, 1_000));
      throw new Error('the database went away');
    });
    const taskId = await hub.begin({}, hub.another({ syncRepository: failing }));
    const job = hub.jobs.waiting[0]?.payload as never;
    const { runner } = hub.another({ syncRepository: failing });
    await expect(runner.work(job, new AbortController().signal)).rejects.toThrow('went away');
    expect(failing.begun).toBe(3);
    const pass = (await hub.world.syncRepository.checkpoint(hub.id, 'contact'))?.pass;
    const written = await Promise.all(['crm_records', 'record_links'].map((one) => hub.written(one)));
    expect(written.map(({ length }) => length)).toEqual([200, 200]);
    expect(pass?.counts).toMatchObject({ processed: 200, created: 200 });
    await hub.jobs.drain(hub.world);
    expect(countsOf(await hub.result(taskId))).toEqual([650, 0, 0, 0, 0]);
    expect(await hub.written('crm_records')).toHaveLength(650);
  });

  it('of a job that is lost is found by the hourly task', async () => {
    hub.contacts(3);
    const taskId = await hub.begin();
    hub.jobs.waiting.length = 0;
    hub.clock.advance(16 * 60_000);
    await hub.world.sync.sweep(() => true);
    await hub.jobs.drain(hub.world);
    expect((await hub.result(taskId)).recordsCreated).toBe(3);
  });
});

describe('several at once', () => {
  it('runners and processes do a task once, and a part that was done is not done again', async () => {
    hub.contacts(120);
    const taskId = await hub.begin();
    const job = hub.jobs.waiting.shift();
    const others = [hub.world, hub.another(), hub.another()];
    await Promise.all(
      others.map((one) => one.runner.work(job?.payload as never, new AbortController().signal)),
    );
    await hub.jobs.drain(hub.world);
    await hub.world.runner.work(job?.payload as never, new AbortController().signal);
    expect(countsOf(await hub.result(taskId))).toEqual([120, 0, 0, 0, 0]);
    expect((await hub.written('sync_results')).length).toBe(1);
  });

  it('a worker that was overtaken writes nothing more, though it did not read the place again', async () => {
    hub.contacts(650);
    const place = core.db.firestore.doc(`sync_checkpoints/${hub.id}_contact`);
    const overtaken = new EventfulRepository(3, async () => {
      await place.update({ version: FieldValue.increment(1) });
    });
    const taskId = await hub.begin();
    const job = hub.jobs.waiting[0]?.payload as never;
    const { runner } = hub.another({ syncRepository: overtaken });
    await runner.work(job, new AbortController().signal);
    const pass = (await hub.world.syncRepository.checkpoint(hub.id, 'contact'))?.pass;
    expect(pass?.counts).toMatchObject({ processed: 400, created: 400 });
    const written = await Promise.all(['crm_records', 'record_links'].map((one) => hub.written(one)));
    expect(written.map(({ length }) => length)).toEqual([400, 400]);
    await hub.jobs.drain(hub.world);
    expect(countsOf(await hub.result(taskId))).toEqual([650, 0, 0, 0, 0]);
  });

  it('a run without time goes on part by part to the same end', async () => {
    hub.contacts(250);
    const hurried = hub.another({ budgetMs: 0 });
    const answer = await hub.run({}, hurried);
    expect(countsOf(answer)).toEqual([250, 0, 0, 0, 0]);
    expect((await hub.world.syncRepository.task(answer.taskId))?.part).toBeGreaterThan(3);
  });

  it('two sweeps claim a due slot once; missed slots are one; a running sync is not doubled', async () => {
    hub.contacts(2);
    await hub.schedule(true);
    hub.clock.advance(5 * 3_600_000);
    const mine = async () => (await hub.world.syncRepository.task(scheduleIdOf(hub.id)))?.run;
    const before = (await mine()) ?? 0;
    await Promise.all([hub.world.sync.sweep(() => true), hub.another().sync.sweep(() => true)]);
    expect(await mine()).toBe(before + 1);
    await expect(hub.begin()).rejects.toMatchObject({ code: 'conflict' });
    await hub.jobs.drain(hub.world);
    await hub.world.sync.sweep(() => true);
    expect([await mine(), (await hub.written('crm_records')).length]).toEqual([before + 1, 2]);
    const next = (await hub.world.syncRepository.task(scheduleIdOf(hub.id)))?.nextScheduled;
    expect((next?.getTime() ?? 0) - hub.clock.now().getTime()).toBeLessThanOrEqual(3_600_000);
  });

  it('words of the vendor that something changed are one sync, after the one that runs, and only where it syncs by itself', async () => {
    const word = (organizationId = hub.organizationId) => hub.world.sync.nudge(organizationId, hub.id);
    const [ann] = hub.contacts(1);
    await word();
    await hub.jobs.drain(hub.world);
    expect(await hub.written('sync_results')).toEqual([]);
    await hub.schedule(true);
    await hub.begin();
    hub.clock.advance(60_000);
    for (let again = 0; again < 3; again += 1) await word();
    await word('org-of-somebody-else');
    const [running, ...nudges] = hub.jobs.waiting.splice(0);
    expect(nudges).toHaveLength(1);
    // Its time comes while the first sync still runs: it is put off, not lost.
    hub.clock.set(nudges[0]?.runAt ?? hub.clock.now());
    await hub.world.sync.nudged(hub.id);
    expect(hub.jobs.waiting).toHaveLength(1);
    if (running) hub.jobs.waiting.unshift(running);
    hub.fake.edit('contacts', ann?.id ?? '', { firstname: 'Anna' });
    await hub.jobs.drain(hub.world);
    expect((await hub.written('sync_results')).length).toBe(2);
    expect(await hub.record('contact', ann?.id)).toMatchObject({ title: 'Anna No0' });
  });
});
