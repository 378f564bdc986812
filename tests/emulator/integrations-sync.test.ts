import { FakeHubSpot } from '@tests/fakes/hubspot';
import { call, type Person, team } from '@tests/support/accounts';
import { type IntegrationWorld, integrationWorld, TestJobs } from '@tests/support/integrations';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { POST as note } from '@/app/api/crm/records/[id]/activities/route';
import { GET as readRecord } from '@/app/api/crm/records/[id]/route';
import { GET as listRecords } from '@/app/api/crm/records/route';
import { PUT as schedule } from '@/app/api/integrations/[id]/schedule/route';
import { GET as status } from '@/app/api/integrations/[id]/status/route';
import { POST as sync } from '@/app/api/integrations/[id]/sync/route';
import { GET as results } from '@/app/api/sync/results/route';
import type { Tx } from '@/core/db/db';
import { FixedClock } from '@/core/time/clock';
import type { CrmRecord } from '@/features/crm/repository';
import type { RecordView } from '@/features/crm/schema';
import { linkIdOf, SyncRepository, scheduleIdOf } from '@/features/integrations/sync/repository';
import type { ResultView, SyncBody } from '@/features/integrations/sync/schema';
import { core } from '@/server/core';

const start = new Date(Math.floor(Date.now() / 1000) * 1000);
const clock = new FixedClock(start);
let fake: FakeHubSpot;
let world: IntegrationWorld;
let jobs: TestJobs;
let organizationId: string;
let admin: Person;
let viewer: Person;
let stranger: { owner: Person; organizationId: string };
let id: string;

/** Dies right after the commit of this number, before anything else is done. */
class DyingRepository extends SyncRepository {
  commits = 0;
  dieAfter = Number.POSITIVE_INFINITY;
  override async commit<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    const done = await super.commit(work);
    this.commits += 1;
    if (this.commits === this.dieAfter) throw new Error('the process was killed');
    return done;
  }
}

const another = (more: Partial<Parameters<typeof integrationWorld>[0]> = {}) =>
  integrationWorld({ clock, fake, jobs, ...more });

beforeAll(async () => {
  const made = await team({ ada: 'admin', vic: 'viewer' });
  ({ organizationId } = made);
  admin = made.ada;
  viewer = made.vic;
  stranger = await team();
});
beforeEach(async () => {
  fake = new FakeHubSpot(clock);
  await fake.start();
  jobs = new TestJobs();
  world = another({ serve: true });
  const answer = await world.service.connect(
    { organizationId, userId: admin.uid, displayName: 'Ada' } as never,
    'hubspot',
    { apiKey: fake.apiKey },
  );
  if (!('integration' in answer)) throw new Error('not connected');
  id = answer.integration.id;
});
afterEach(async () => {
  await fake.stop();
  // Sweeps look at every organisation's schedules.
  await core.db.delete(world.syncRepository.taskRef(scheduleIdOf(id)));
});
afterAll(() => clock.set(start));

const run = async (body: Partial<SyncBody> = {}, using = world): Promise<ResultView> => {
  const { taskId } = await using.sync.start({ organizationId, userId: admin.uid } as never, id, {
    ...{ mode: 'pull', full: false, dryRun: false, confirmDeletes: false },
    ...body,
  });
  await jobs.drain(using);
  return resultOf(taskId);
};
async function resultOf(taskId: string): Promise<ResultView> {
  const { items } = await world.sync.results(organizationId, { integrationId: id, limit: 100 });
  const found = items.find((one) => one.taskId === taskId);
  if (!found) throw new Error('no result');
  return found;
}
const counts = (result: ResultView) => [
  result.recordsCreated,
  result.recordsUpdated,
  result.recordsUnchanged,
  result.recordsDeleted,
  result.recordsFailed,
];
const record = async (entity: string, externalId: string) =>
  core.db.get(world.records.ref(linkIdOf(id, entity, externalId)));
/** Every document of this connection with the moment of its last write. */
async function written(collection: string): Promise<string[]> {
  const field = collection === 'crm_records' ? 'connectionId' : 'integrationId';
  const found = await core.db.firestore.collection(collection).where(field, '==', id).get();
  return found.docs.map((doc) => `${doc.id} ${doc.updateTime.toDate().toISOString()}`).sort();
}
const contacts = (many: number, at = clock.now()) =>
  Array.from({ length: many }, (_, index) =>
    fake.add('contacts', { email: `c${index}@x.test`, firstname: 'Ann', lastname: `No${index}` }, at),
  );

describe('a first sync', () => {
  it('brings records with where each value comes from; a second one writes nothing', async () => {
    const [ann] = contacts(120);
    fake.add('companies', { name: 'Fernhill', domain: 'fernhill.test', numberofemployees: '12' });
    fake.add('deals', { dealname: 'Spring', amount: '1200.50', closedate: '2026-12-01T00:00:00Z' });
    fake.add('deals', { amount: '1' });
    const first = await run();
    expect([first.status, ...counts(first)]).toEqual(['partial', 122, 0, 0, 0, 1]);
    expect(first.faults).toMatchObject([{ entity: 'deal', message: expect.stringContaining('dealname') }]);
    const stored = await record('contact', ann?.id ?? '');
    expect(stored).toMatchObject({ title: 'Ann No0', subtitle: 'c0@x.test', status: 'active' });
    expect(stored?.fields).toMatchObject({ email: 'c0@x.test', firstName: 'Ann' });
    expect(stored?.provenance.email).toMatchObject({ source: 'external', actor: 'hubspot', history: [] });
    const before = [await written('crm_records'), await written('record_links')];
    clock.advance(60_000);
    const again = await run({ full: true });
    expect([again.recordsUnchanged, again.recordsCreated, again.recordsUpdated]).toEqual([122, 0, 0]);
    expect([await written('crm_records'), await written('record_links')]).toEqual(before);
    expect(await world.repository.get(organizationId, id)).toMatchObject({ dataCount: 122, errorCount: 0 });
  });

  it('begins by itself once per connection, and reconnecting leaves one schedule', async () => {
    contacts(3);
    await world.sync.startFirst(organizationId, id, `evt-${id}`);
    await world.sync.startFirst(organizationId, id, `evt-${id}`);
    expect(await jobs.drain(world)).toBe(1);
    await world.sync.startFirst(organizationId, id, `evt-${id}`);
    for (let again = 0; again < 3; again += 1)
      await world.service.connect({ organizationId, userId: admin.uid } as never, 'hubspot', {
        apiKey: fake.apiKey,
      });
    const tasks = await world.sync.tasks(organizationId, { integrationId: id, limit: 50 });
    expect(tasks.items.map(({ type }) => type).sort()).toEqual(['manual', 'scheduled']);
    expect(jobs.waiting).toEqual([]);
  });
});

describe('what changes at the vendor', () => {
  it('comes here, with its past; what is archived is kept as deleted, what vanished is erased', async () => {
    const all = contacts(4);
    const ids = all.map((one) => one.id);
    await run();
    clock.advance(3_600_000);
    fake.edit('contacts', ids[0] ?? '', { firstname: 'Anna' });
    fake.archive('contacts', ids[1] ?? '');
    fake.purge('contacts', ids[2] ?? '');
    clock.advance(1_000);
    // The fourth is met again: what lies within ten minutes of the last pass always is.
    expect(counts(await run())).toEqual([0, 1, 1, 1, 0]);
    const edited = await record('contact', ids[0] ?? '');
    expect(edited?.provenance.firstName?.history).toMatchObject([{ value: 'Ann', actor: 'hubspot' }]);
    expect(await record('contact', ids[1] ?? '')).toMatchObject({
      status: 'deleted',
      fields: { firstName: 'Ann' },
    });
    expect(await record('contact', ids[2] ?? '')).toMatchObject({ status: 'active' });
    clock.advance(3_600_000);
    expect((await run({ full: true })).recordsDeleted).toBe(1);
    expect(await record('contact', ids[2] ?? '')).toMatchObject({
      status: 'deleted',
      fields: {},
      provenance: {},
    });
  });

  it('at one moment, more than a page holds, and late behind the cursor, is here once each', async () => {
    contacts(5);
    await run();
    clock.advance(3_600_000);
    const stamp = new Date(clock.now().getTime() - 60_000);
    const ties = Array.from({ length: 250 }, (_, index) =>
      fake.add('contacts', { email: `t${index}@x.test`, lastname: `T${index}` }, stamp),
    );
    expect(counts(await run())).toEqual([250, 0, 5, 0, 0]);
    // Committed only now, under a stamp that the last pass has gone past.
    const late = fake.add('contacts', { email: 'late@x.test' }, new Date(clock.now().getTime() - 30_000));
    clock.advance(60_000);
    expect((await run()).recordsCreated).toBe(1);
    expect(await record('contact', late.id)).toMatchObject({ status: 'active' });
    const rows = await core.db.firestore.collection('crm_records').where('connectionId', '==', id).get();
    expect(rows.size).toBe(5 + ties.length + 1);
  });

  it('under another mapping is looked at anew, whole', async () => {
    contacts(3);
    await run();
    const rules = await world.mappings.entity(organizationId, 'hubspot', 'contact');
    const rule = rules.find(({ internalField }) => internalField === 'firstName');
    clock.advance(60_000);
    await core.db.update(world.mappings.ref(rule?.id ?? ''), { internalField: 'givenName', version: 2 });
    const answer = await run();
    await core.db.update(world.mappings.ref(rule?.id ?? ''), { internalField: 'firstName', version: 3 });
    expect(answer.recordsUpdated).toBe(3);
  });
});

describe('trouble', () => {
  it('of a passing kind in the middle is waited out, and the pass goes on where it was', async () => {
    contacts(250);
    fake.fault({ on: 'read', kind: 'rate_limit', retryAfterSeconds: 90, skip: 2, times: 1 });
    const before = clock.now().getTime();
    const answer = await run({ entities: ['contact'] });
    expect([answer.status, ...counts(answer)]).toEqual(['success', 250, 0, 0, 0, 0]);
    expect(clock.now().getTime() - before).toBeGreaterThanOrEqual(90_000);
    expect(fake.pages.list).toBe(3);
  });

  it('that stays fails the pass: nothing counts as deleted, and the next one begins where this one began', async () => {
    const all = contacts(150);
    await run({ entities: ['contact'] });
    clock.advance(60_000);
    fake.purge('contacts', all[0]?.id ?? '');
    fake.fault({ on: 'read', kind: 'server_error', skip: 1, times: 1_000 });
    const failed = await run({ full: true, entities: ['contact'] });
    expect([failed.status, failed.recordsDeleted]).toEqual(['failed', 0]);
    expect(await record('contact', all[0]?.id ?? '')).toMatchObject({ status: 'active' });
    const mark = (await world.syncRepository.checkpoint(id, 'contact'))?.highWater;
    expect(mark?.getTime()).toBeLessThan(clock.now().getTime() - 59_000);
    fake.calm();
    clock.advance(60_000);
    expect((await run({ full: true, entities: ['contact'] })).recordsDeleted).toBe(1);
  });

  it('such as a list that leads in a circle ends the pass', async () => {
    const all = contacts(150);
    fake.beforePage = () => {
      // The vendor hands the same page out again and again.
      for (const one of all.splice(0, 100)) fake.records.contacts.set(`${Number(one.id) + 10_000}`, one);
    };
    const failed = await run({ entities: ['contact'] });
    expect(failed.status).toBe('failed');
    expect(failed.message).toMatch(/circle|order/);
  });

  it('of a process that dies after saving a page leaves each record once, and every count right', async () => {
    contacts(250);
    const dying = new DyingRepository(core.db);
    dying.dieAfter = 1;
    const { taskId } = await world.sync.start({ organizationId, userId: admin.uid } as never, id, {
      ...{ mode: 'pull', full: false, dryRun: false, confirmDeletes: false },
      entities: ['contact'],
    });
    const [job] = jobs.waiting;
    const doomed = another({ syncRepository: dying });
    await expect(doomed.runner.work(job?.payload as never, new AbortController().signal)).rejects.toThrow(
      'killed',
    );
    expect((await written('record_links')).length).toBeGreaterThan(0);
    await jobs.drain(world);
    expect(counts(await resultOf(taskId))).toEqual([250, 0, 0, 0, 0]);
    expect((await written('crm_records')).length).toBe(250);
  });

  it('of a job that is lost is found by the hourly task', async () => {
    contacts(3);
    const { taskId } = await world.sync.start({ organizationId, userId: admin.uid } as never, id, {
      ...{ mode: 'pull', full: false, dryRun: false, confirmDeletes: false },
    });
    jobs.waiting.length = 0;
    clock.advance(16 * 60_000);
    await world.sync.sweep(() => true);
    await jobs.drain(world);
    expect((await resultOf(taskId)).recordsCreated).toBe(3);
  });
});

describe('several at once', () => {
  it('runners and processes do a task once, and a part that was done is not done again', async () => {
    contacts(120);
    const { taskId } = await world.sync.start({ organizationId, userId: admin.uid } as never, id, {
      ...{ mode: 'pull', full: false, dryRun: false, confirmDeletes: false },
      entities: ['contact'],
    });
    const job = jobs.waiting.shift();
    const others = [world, another(), another()];
    await Promise.all(
      others.map((one) => one.runner.work(job?.payload as never, new AbortController().signal)),
    );
    await jobs.drain(world);
    await world.runner.work(job?.payload as never, new AbortController().signal);
    expect(counts(await resultOf(taskId))).toEqual([120, 0, 0, 0, 0]);
    expect((await written('sync_results')).length).toBe(1);
  });

  it('a run without time goes on part by part to the same end', async () => {
    contacts(250);
    const hurried = another({ budgetMs: 0 });
    const answer = await run({ entities: ['contact'] }, hurried);
    expect(counts(answer)).toEqual([250, 0, 0, 0, 0]);
    expect((await world.syncRepository.task(answer.taskId))?.part).toBeGreaterThan(3);
  });

  it('two sweeps claim a due slot once; missed slots are one; a running sync is not doubled', async () => {
    contacts(2);
    clock.advance(5 * 3_600_000);
    const mine = async () => (await world.syncRepository.task(scheduleIdOf(id)))?.run;
    await Promise.all([world.sync.sweep(() => true), another().sync.sweep(() => true)]);
    expect(await mine()).toBe(1);
    await expect(
      world.sync.start({ organizationId, userId: admin.uid } as never, id, {
        ...{ mode: 'pull', full: false, dryRun: false, confirmDeletes: false },
      }),
    ).rejects.toMatchObject({ code: 'conflict' });
    await jobs.drain(world);
    await world.sync.sweep(() => true);
    expect([await mine(), (await written('crm_records')).length]).toEqual([1, 2]);
    const next = (await world.syncRepository.task(scheduleIdOf(id)))?.nextScheduled;
    expect((next?.getTime() ?? 0) - clock.now().getTime()).toBeLessThanOrEqual(3_600_000);
  });
});

describe('before it happens', () => {
  it('a dry run says what the real run then does, and writes nothing', async () => {
    const all = contacts(30);
    await run({ entities: ['contact'] });
    clock.advance(60_000);
    fake.edit('contacts', all[0]?.id ?? '', { jobtitle: 'CEO' });
    fake.archive('contacts', all[1]?.id ?? '');
    fake.add('contacts', { email: 'new@x.test' });
    clock.advance(1_000);
    const before = [
      await written('crm_records'),
      await written('record_links'),
      await written('sync_checkpoints'),
    ];
    const dry = await run({ dryRun: true, entities: ['contact'] });
    expect([
      await written('crm_records'),
      await written('record_links'),
      await written('sync_checkpoints'),
    ]).toEqual(before);
    expect(dry.diffs).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          change: 'update',
          fields: [{ field: 'jobTitle', before: null, after: 'CEO' }],
        }),
        expect.objectContaining({ change: 'create' }),
        expect.objectContaining({ change: 'delete', externalId: all[1]?.id }),
      ]),
    );
    const real = await run({ entities: ['contact'] });
    expect(counts(dry)).toEqual(counts(real));
    expect(counts(real)).toEqual([1, 1, 28, 1, 0]);
  });

  it('losing very many records waits for an admin’s word', async () => {
    const all = contacts(120);
    await run({ entities: ['contact'] });
    clock.advance(60_000);
    for (const one of all.slice(0, 60)) fake.archive('contacts', one.id);
    const held = await run({ entities: ['contact'] });
    expect([held.status, held.heldDeletes, held.recordsDeleted]).toEqual(['partial', 60, 0]);
    expect((await world.sync.connection(organizationId, id)).heldDeletes).toBe(60);
    const done = await run({ entities: ['contact'], confirmDeletes: true });
    expect([done.recordsDeleted, done.heldDeletes]).toEqual([60, 0]);
  });
});

describe('over the API', () => {
  it('records are found by their words, by their organisation alone, and remember what happened', async () => {
    const [ann] = contacts(2);
    fake.add('contacts', { email: 'zoe@x.test', firstname: 'Zoë', lastname: 'Müller' });
    await run();
    const search = async (q: string, as = viewer, org = organizationId) =>
      (
        await call<{ items: CrmRecord[] }>(listRecords, {
          path: `/api/crm/records?q=${encodeURIComponent(q)}&limit=100`,
          as,
          organizationId: org,
        })
      ).json.items.filter(({ connectionId }) => connectionId === id);
    expect((await search('muller zoe')).map(({ title }) => title)).toEqual(['Zoë Müller']);
    expect(await search('muller ann')).toEqual([]);
    expect(await search('muller', stranger.owner, stranger.organizationId)).toEqual([]);
    const recordId = linkIdOf(id, 'contact', ann?.id ?? '');
    const path = `/api/crm/records/${recordId}`;
    const theirs = { as: stranger.owner, organizationId: stranger.organizationId };
    expect((await call(readRecord, { path, ...theirs })).status).toBe(404);
    const activity = { path: `${path}/activities`, body: { kind: 'comment', text: 'Hello' } };
    expect((await call(note, { ...activity, ...theirs })).status).toBe(404);
    expect((await call(note, { ...activity, as: viewer, organizationId })).status).toBe(403);
    const noted = await call<RecordView>(note, { ...activity, as: admin, organizationId });
    expect([noted.status, noted.json.activityCount]).toEqual([201, 1]);
  });

  it('syncing is for those who may, of their own connections; the answer comes at once', async () => {
    const path = `/api/integrations/${id}/sync`;
    const theirs = { as: stranger.owner, organizationId: stranger.organizationId };
    const asked = (body: object, who: object = { as: admin, organizationId }) =>
      call(sync, { path, body, ...who });
    expect((await asked({}, theirs)).status).toBe(404);
    expect((await asked({}, { as: viewer, organizationId })).status).toBe(403);
    expect((await asked({ entities: ['ticket'] })).status).toBe(400);
    const begun = await asked({ full: true });
    expect([begun.status, begun.json.taskId]).toEqual([202, expect.stringMatching(/^sync_/)]);
    expect((await asked({})).status).toBe(409);
    await jobs.drain(world);
    const state = await call(status, { path: `/api/integrations/${id}/status`, as: viewer, organizationId });
    expect(state.json).toMatchObject({ taskId: null, lastStatus: 'success' });
    const listed = await call<{ items: ResultView[] }>(results, {
      path: `/api/sync/results?integrationId=${id}`,
      as: admin,
      organizationId,
    });
    expect(listed.json.items).toHaveLength(1);
    const plan = { path: `/api/integrations/${id}/schedule`, body: { enabled: false, everyHours: 6 } };
    expect((await call(schedule, { ...plan, ...theirs })).status).toBe(404);
    expect((await call(schedule, { ...plan, as: admin, organizationId })).status).toBe(200);
    expect(await world.syncRepository.task(scheduleIdOf(id))).toMatchObject({
      enabled: false,
      everyHours: 6,
    });
  });

  it('ends with the connection, and goes with it when that is deleted', async () => {
    contacts(3);
    await run();
    const actor = { organizationId, userId: admin.uid } as never;
    await world.service.disconnect(actor, id);
    expect((await world.syncRepository.task(scheduleIdOf(id)))?.enabled).toBe(false);
    await expect(run()).rejects.toMatchObject({ code: 'conflict' });
    expect((await written('crm_records')).length).toBe(3);
    await world.service.delete(actor, id);
    expect(jobs.waiting).toMatchObject([{ type: 'sync.forget' }]);
    await world.setup.forgetRecords(id, new AbortController().signal);
    for (const collection of [
      'crm_records',
      'record_links',
      'sync_tasks',
      'sync_results',
      'sync_checkpoints',
    ])
      expect(await written(collection)).toEqual([]);
  });
});
