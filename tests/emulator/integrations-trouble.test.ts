import { skewed } from '@tests/fakes/faults';
import { countsOf } from '@tests/support/crm-sync';
import { CRM_TYPES, CrmAccount } from '@tests/support/crm-vendors';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { scheduleIdOf } from '@/features/integrations/sync/repository';

/** `SOAK_RECORDS=10000 SOAK_TIES=2500 SOAK_CYCLES=20` for the long run. */
const RECORDS = Number(process.env.SOAK_RECORDS ?? 120);
const TIES = Number(process.env.SOAK_TIES ?? 120);
/** Edits that are pushed, one after the other. */
const CYCLES = Number(process.env.SOAK_CYCLES ?? 4);
const MINUTE = 60_000;
const LONG = 60_000 + (RECORDS + TIES) * 30;

/** What is promised of a sync, whoever the vendor is and whatever goes wrong. */
describe.each(CRM_TYPES)('%s', (type) => {
  let account: CrmAccount;
  beforeEach(async () => {
    account = await CrmAccount.connected(type);
  });
  afterEach(() => account.end());

  const tick = (milliseconds = MINUTE) => account.clock.advance(milliseconds);
  const both = (body: object = {}) => account.run({ mode: 'bidirectional', ...body });

  it(`${RECORDS} records come once each, and again with not one write`, { timeout: LONG }, async () => {
    const began = Date.now();
    const ids = account.people(RECORDS);
    tick();
    expect(countsOf(await account.run())).toEqual([RECORDS, 0, 0, 0, 0]);
    expect(await account.ids()).toEqual([...ids].sort());
    const first = Date.now() - began;
    const before = await account.moments();
    tick();
    expect(countsOf(await account.run({ full: true }))).toEqual([0, 0, RECORDS, 0, 0]);
    expect(await account.moments()).toEqual(before);
    if (RECORDS > 1_000)
      console.log(`${type}: ${RECORDS} in ${first} ms, again in ${Date.now() - began - first} ms`);
  });

  it(`${TIES} records under one stamp, a page of 100 each time, are met once each`, {
    timeout: LONG,
  }, async () => {
    account.people(3);
    await account.run();
    account.vendor.pageSize(100);
    tick(60 * MINUTE);
    account.people(TIES, new Date(account.clock.now().getTime() - MINUTE));
    expect(countsOf(await account.run())).toEqual([TIES, 0, 3, 0, 0]);
    expect(await account.ids()).toHaveLength(TIES + 3);
  });

  it('what is committed late behind the cursor, while pages are read, is there with the next pass', async () => {
    account.vendor.pageSize(10);
    await account.run();
    tick(60 * MINUTE);
    account.people(30, new Date(account.clock.now().getTime() - MINUTE));
    let late = '';
    let pages = 0;
    account.vendor.onPage(() => {
      pages += 1;
      // Its transaction began before all of them and ends now, when the cursor is past its stamp.
      if (pages === 3)
        late = account.vendor.add({ lastName: 'Late' }, new Date(account.clock.now().getTime() - 5 * MINUTE));
    });
    await account.run();
    account.vendor.onPage(() => undefined);
    // And one that ends only after the pass did.
    const later = account.vendor.add({ lastName: 'Later' }, new Date(account.clock.now().getTime() - MINUTE));
    tick();
    await account.run();
    expect(pages).toBeGreaterThanOrEqual(3);
    for (const id of [late, later]) expect(await account.contact(id)).toMatchObject({ status: 'active' });
    expect(await account.ids()).toHaveLength(32);
  });

  it.each([4 * MINUTE, -4 * MINUTE])(
    'a vendor whose clock is %i ms off loses and doubles nothing',
    async (skew) => {
      await account.end();
      account = await CrmAccount.connected(type, { vendorClock: (ours) => skewed(ours, skew) });
      const [ann = ''] = account.people(5);
      await account.run();
      tick();
      account.vendor.edit(ann, { firstName: 'Anna' });
      account.vendor.add({ lastName: 'New' });
      // One that is ahead has written what is not due yet.
      for (let pass = 0; pass < 2; pass += 1) {
        tick(5 * MINUTE);
        await account.run();
      }
      expect(await account.here(ann)).toMatchObject({ firstName: 'Anna' });
      expect(await account.ids()).toHaveLength(6);
    },
  );

  it('merged and deleted there is one and none here; what is deleted there while it is changed here waits', async () => {
    const [into = '', other = '', gone = '', changed = ''] = account.people(4);
    await both();
    tick(60 * MINUTE);
    await account.edit(changed, { firstName: 'Ours' });
    account.vendor.merge(into, other);
    account.vendor.remove(gone);
    account.vendor.remove(changed);
    tick(2 * MINUTE);
    await both();
    expect(await account.ids()).toEqual([into, changed].sort());
    // Their values are kept, for people who look for them.
    for (const id of [other, gone])
      expect((await account.contact(id))?.fields).toMatchObject({ firstName: 'Ann' });
    expect(await account.contact(changed)).toMatchObject({ sync: 'conflict', fields: { firstName: 'Ours' } });
    const before = await account.moments();
    tick(2 * MINUTE);
    await both();
    expect(await account.moments()).toEqual(before);
  });

  it('calls that are limited in the middle are waited for, by the minute and by the day', async () => {
    account.vendor.pageSize(10);
    const ids = account.people(45);
    account.fake.fault({ on: 'read', kind: 'rate_limit', retryAfterSeconds: 90, skip: 3 });
    let pages = 0;
    const began = account.clock.now().getTime();
    account.vendor.onPage(() => {
      pages += 1;
      if (pages === 4) account.vendor.allowance(false);
    });
    const taskId = await account.begin();
    const signal = new AbortController().signal;
    while (pages < 4) {
      const job = account.jobs.waiting.shift();
      if (job?.runAt && job.runAt > account.clock.now()) account.clock.set(job.runAt);
      await account.world.runner.work(job?.payload as never, signal);
    }
    const [later] = account.jobs.waiting;
    expect((later?.runAt?.getTime() ?? 0) - account.clock.now().getTime()).toBeGreaterThanOrEqual(
      60 * MINUTE,
    );
    account.vendor.allowance(true);
    await account.jobs.drain(account.world);
    expect(account.clock.now().getTime() - began).toBeGreaterThanOrEqual(60 * MINUTE + 90_000);
    expect(countsOf(await account.result(taskId))).toEqual([45, 0, 0, 0, 0]);
    expect(await account.ids()).toEqual([...ids].sort());
  });

  it('a token that ends in the middle is renewed once, and the pass goes on where it was', async () => {
    account.vendor.pageSize(10);
    account.people(45);
    let pages = 0;
    account.vendor.onPage(() => {
      pages += 1;
      if (pages === 2) account.fake.oauth.expireAll();
    });
    const tokens = account.fake.calls('token');
    expect(countsOf(await account.run())).toEqual([45, 0, 0, 0, 0]);
    expect([pages, account.fake.calls('token') - tokens]).toEqual([5, 1]);
  });

  describe('nothing counts as deleted', () => {
    beforeEach(async () => {
      // So few that no guard against losing many stands before them.
      account.people(25);
      account.vendor.pageSize(10);
      await account.run();
      tick();
    });

    const KINDS = ['server_error', 'hollow', 'malformed_body', 'repeat_answer'] as const;
    it('where a page fails, an error comes as a success, an answer is cut, or the list comes round again', async () => {
      const place = async () =>
        (await account.world.syncRepository.checkpoint(account.id, 'contact'))?.highWater;
      const before = [await place(), await account.ids()];
      for (const kind of KINDS) {
        account.fake.fault({ on: 'read', kind, skip: 1, of: account.vendor.lists, times: 1_000 });
        const failed = await account.run({ full: true });
        expect([kind, failed.status, failed.recordsDeleted]).toEqual([kind, 'failed', 0]);
        if (kind === 'repeat_answer') expect(failed.message).toMatch(/circle|order/);
        expect([await place(), await account.ids()]).toEqual(before);
        account.fake.calm();
      }
      tick();
      expect(countsOf(await account.run({ full: true }))).toEqual([0, 0, 25, 0, 0]);
    });

    it('where a list ends too early and says nothing of it', async () => {
      const before = await account.ids();
      account.fake.fault({ on: 'read', kind: 'short_list', skip: 1, of: account.vendor.lists, times: 1 });
      const answer = await account.run({ full: true });
      expect([answer.recordsDeleted, await account.ids()]).toEqual([0, before]);
    });
  });

  it('a list of changes that comes round again is left, and says so', async () => {
    account.people(3);
    await account.run();
    account.vendor.pageSize(10);
    tick(60 * MINUTE);
    account.people(30, new Date(account.clock.now().getTime() - MINUTE));
    account.fake.fault({
      on: 'read',
      kind: 'repeat_answer',
      skip: 1,
      of: account.vendor.lists,
      times: 1_000,
    });
    const failed = await account.run();
    expect([failed.status, failed.message]).toEqual(['failed', expect.stringMatching(/circle|order/)]);
    account.fake.calm();
    tick();
    await account.run();
    expect(await account.ids()).toHaveLength(33);
  });

  it('ten reconnects leave one schedule and one connection', async () => {
    const { id } = account;
    for (let again = 0; again < 10; again += 1) await account.connect();
    expect(account.id).toBe(id);
    const tasks = await account.world.sync.tasks(account.organizationId, { integrationId: id, limit: 50 });
    expect(tasks.items.map((task) => [task.id, task.type])).toEqual([[scheduleIdOf(id), 'scheduled']]);
    expect(account.jobs.waiting).toEqual([]);
  });

  it(`${CYCLES} edits pushed come back as no change`, { timeout: 30_000 + CYCLES * 3_000 }, async () => {
    const [ann = ''] = account.people(1);
    await both();
    const version = (await account.contact(ann))?.version ?? 0;
    for (let cycle = 0; cycle < CYCLES; cycle += 1) {
      tick(2_000);
      await account.edit(ann, { firstName: `Ann${cycle}` });
      const result = await both();
      expect([result.recordsUpdated, result.recordsFailed]).toEqual([0, 0]);
    }
    tick(2_000);
    const before = await account.moments();
    await both();
    expect(await account.moments()).toEqual(before);
    expect(account.vendor.writes()).toBe(CYCLES);
    expect(await account.contact(ann)).toMatchObject({
      version: version + CYCLES,
      fields: { firstName: `Ann${CYCLES - 1}` },
    });
    // The very words that were pushed, written by somebody there, are an edit of theirs.
    for (const firstName of ['Other', `Ann${CYCLES - 1}`]) {
      tick(2_000);
      account.vendor.edit(ann, { firstName });
      tick(2_000);
      await both();
      expect(await account.here(ann)).toMatchObject({ firstName });
    }
    expect(account.vendor.writes()).toBe(CYCLES);
  });
});
