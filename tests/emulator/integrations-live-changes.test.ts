import { FakeSalesforce } from '@tests/fakes/salesforce';
import { FakeSalesforceEvents } from '@tests/fakes/salesforce-events';
import { integrationWorld, TestJobs } from '@tests/support/integrations';
import { liveChanges } from '@tests/support/live-changes';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { FixedClock } from '@/core/time/clock';
import { ChangeRepository } from '@/features/integrations/changes/repository';
import type { ChangeSubscriber } from '@/features/integrations/changes/subscriber';
import { linkIdOf } from '@/features/integrations/sync/repository';
import { core } from '@/server/core';

const HOUR_MS = 3_600_000;
const TOPICS = 4;
const clock = new FixedClock(new Date(Math.floor(Date.now() / 1000) * 1000));
const fake = new FakeSalesforce(clock);
const events = new FakeSalesforceEvents(fake, clock);
const jobs = new TestJobs();
const organizationId = `org-${core.ids.next()}`;
const actor = { organizationId, userId: 'ada', displayName: 'Ada' } as never;
const workers: ChangeSubscriber[] = [];
let world: ReturnType<typeof integrationWorld>;
let live: ReturnType<typeof liveChanges>;
let id: string;
let ann: string;
let ben: string;

/** A process that listens. */
function worker(repository?: ChangeRepository): ChangeSubscriber {
  const made = live.worker(repository);
  workers.push(made);
  return made;
}

async function listening(of: ChangeSubscriber): Promise<ChangeSubscriber> {
  await of.refresh();
  await expect.poll(() => events.subscribers, { interval: 5 }).toBe(TOPICS);
  return of;
}

const record = (entity: string, externalId: string) =>
  core.db.get(world.records.ref(linkIdOf(id, entity, externalId)));
const shown = async () => (await core.db.get(live.repository.connectionRef(id)))?.liveChanges;
const waiting = (type: string) => jobs.waiting.filter((job) => job.type === type);
const heard = (many: number) => expect.poll(() => waiting('sync.refetch').length, { interval: 5 }).toBe(many);
/** Everything that was heard is kept as heard. */
async function settled(): Promise<void> {
  events.keepalive();
  await expect.poll(async () => (await shown())?.state, { interval: 10 }).toBe('live');
}

async function written(): Promise<string[]> {
  const rows = await Promise.all([
    core.db.firestore.collection('crm_records').where('connectionId', '==', id).get(),
    core.db.firestore.collection('record_links').where('integrationId', '==', id).get(),
    core.db.firestore.collection('sync_checkpoints').where('integrationId', '==', id).get(),
  ]);
  return rows.flatMap(({ docs }) => docs.map((doc) => `${doc.ref.path} ${doc.updateTime.toMillis()}`)).sort();
}

beforeAll(async () => {
  await Promise.all([fake.start(), events.start()]);
  world = integrationWorld({ clock, fake, jobs, env: fake.env() });
  live = liveChanges(world, events);
  const begun = await world.service.connect(actor, 'salesforce', { redirectTo: '/integrations' });
  const page = await fetch('authorizationUrl' in begun ? begun.authorizationUrl : '', { redirect: 'manual' });
  const query = Object.fromEntries(new URL(page.headers.get('location') ?? '').searchParams);
  const { redirectTo } = await world.service.callback('salesforce', 'ada', query);
  id = new URL(redirectTo, 'http://x').searchParams.get('connected') ?? '';
  ann = fake.add('Contact', { FirstName: 'Ann', LastName: 'Ito', Email: 'ann@x.test' }).Id;
  ben = fake.add('Contact', { FirstName: 'Ben', LastName: 'Oak', Email: 'ben@x.test' }).Id;
  clock.advance(60_000);
  await world.sync.start(actor, id, { mode: 'pull', full: false, dryRun: false, confirmDeletes: false });
  await live.drain();
  await live.service.set(actor, id, { enabled: true });
});
afterEach(async () => {
  await Promise.all(workers.splice(0).map((one) => one.stop()));
  await live.drain();
});
afterAll(async () => {
  events.stop();
  await fake.stop();
});

describe('live changes', () => {
  it('come here by record, whatever order and however often they are told; our own come back and write nothing', async () => {
    expect(await shown()).toMatchObject({ enabled: true, state: 'waiting', reason: 'no_worker' });
    await listening(worker());
    await settled();
    await live.drain();
    events.unruly = true;
    fake.edit('Contact', ann, { Title: 'CEO' });
    const carl = fake.add('Contact', { FirstName: 'Carl', LastName: 'Fir' }).Id;
    events.publish('Contact', 'CREATE', [carl]);
    events.publish('Contact', 'UPDATE', [ann]);
    await heard(2);
    events.unruly = false;
    expect(await live.drain()).toEqual(['sync.refetch', 'sync.refetch']);
    expect((await record('contact', ann))?.fields).toMatchObject({ jobTitle: 'CEO' });
    expect(await record('contact', carl)).toMatchObject({ title: 'Carl Fir', status: 'active' });

    const known = await record('contact', ann);
    await world.crm.edit(actor, known?.id ?? '', known?.version ?? 0, { fields: { jobTitle: 'Chair' } });
    await live.drain();
    expect(fake.updates.at(-1)).toMatchObject({ id: ann, values: { Title: 'Chair' } });
    const before = await written();
    events.publish('Contact', 'UPDATE', [ann]);
    events.publish('Contact', 'GAP_UPDATE', [carl, ann]);
    await heard(2);
    await live.drain();
    expect(await written()).toEqual(before);

    fake.delete('Contact', carl);
    events.publish('Contact', 'DELETE', [carl]);
    await heard(1);
    // Deletions are a pass's: it knows when there are too many.
    expect(await live.drain()).toEqual(['sync.refetch', 'sync.catch_up', 'sync.inbound']);
    expect(await record('contact', carl)).toMatchObject({ status: 'deleted' });
  });

  it('are neither lost nor doubled when a process dies after enqueueing, before it kept the place', async () => {
    let release = () => undefined as unknown;
    const dead = new Promise<void>((resolve) => {
      release = resolve;
    });
    class Dying extends ChangeRepository {
      override place() {
        return dead;
      }
    }
    const first = await listening(worker(new Dying(core.db)));
    fake.edit('Contact', ann, { Department: 'Sales' });
    fake.edit('Contact', ben, { Title: 'CFO' });
    events.publish('Contact', 'UPDATE', [ann]);
    await heard(1);
    events.publish('Contact', 'UPDATE', [ben]);
    expect(first.listening).toEqual([id]);
    // Nobody takes over before the dead one's lease is over.
    const second = worker();
    await second.refresh();
    await expect.poll(() => second.listening).toEqual([]);
    clock.advance(31_000);
    await second.refresh();
    // Told again from the last place that was kept, both in one.
    await heard(2);
    expect(waiting('sync.refetch').map(({ payload }) => (payload as { ids: string[] }).ids)).toEqual([
      [ann],
      [ann, ben],
    ]);
    await live.drain();
    expect((await record('contact', ben))?.fields).toMatchObject({ jobTitle: 'CFO' });
    const before = await written();
    events.publish('Contact', 'UPDATE', [ann, ben]);
    await heard(1);
    await live.drain();
    expect(await written()).toEqual(before);
    release();
  });

  it('that are too many to be told one by one make a whole pass over that kind of record', async () => {
    await listening(worker());
    await settled();
    await live.drain();
    const lead = fake.add('Lead', { LastName: 'Elm', Company: 'Fern' }).Id;
    events.publish('Lead', 'GAP_OVERFLOW', ['000000000000000AAA']);
    await expect.poll(() => waiting('sync.catch_up').length, { interval: 5 }).toBe(1);
    expect(waiting('sync.catch_up')[0]?.payload).toMatchObject({ entity: 'lead', full: true });
    await live.drain();
    expect(await record('lead', lead)).toMatchObject({ status: 'active' });
    const { items } = await world.sync.tasks(organizationId, { integrationId: id, limit: 1 });
    expect(items[0]).toMatchObject({ type: 'webhook', full: true, entities: ['lead'], status: 'completed' });
  });

  it('that happened longer ago than they are kept, or after a place that is refused, are read by a pass', async () => {
    await listening(worker());
    await settled();
    await workers.splice(0)[0]?.stop();
    await live.drain();
    expect(await shown()).toMatchObject({ state: 'waiting', reason: 'no_worker' });
    fake.edit('Contact', ben, { Title: 'COO' });
    events.publish('Contact', 'UPDATE', [ben]);
    clock.advance(73 * HOUR_MS);
    events.begun.length = 0;
    // The token has ended as well: it is renewed on the way.
    const again = await listening(worker());
    expect(new Set(events.begun.map(({ preset }) => preset))).toEqual(new Set(['LATEST']));
    await live.drain();
    expect((await record('contact', ben))?.fields).toMatchObject({ jobTitle: 'COO' });
    // What happened until the vendor spoke again is read once it has.
    await settled();
    expect(waiting('sync.catch_up').length).toBe(TOPICS);
    await live.drain();
    await again.stop();

    const place = { position: Buffer.alloc(8, 9).toString('base64'), storedAt: clock.now(), catchUp: false };
    await live.repository.place(id, 'contact', place);
    events.begun.length = 0;
    await listening(worker());
    expect(events.begun.filter(({ topic }) => topic.includes('Contact')).map(({ preset }) => preset)).toEqual(
      ['CUSTOM', 'LATEST'],
    );
    expect(waiting('sync.catch_up').map(({ payload }) => payload)).toMatchObject([{ entity: 'contact' }]);
  });

  it('are heard by one process at a time, go on after a broken line, and end with the connection', async () => {
    const [first, second] = [worker(), worker()];
    await Promise.all([first.refresh(), second.refresh()]);
    await expect.poll(() => first.listening.length + second.listening.length, { interval: 5 }).toBe(1);
    await expect.poll(() => events.subscribers, { interval: 5 }).toBe(TOPICS);
    const [holder, other] = first.listening.length > 0 ? [first, second] : [second, first];
    await holder.stop();
    await listening(other);
    await settled();
    await live.drain();

    events.stop();
    fake.edit('Contact', ben, { Title: 'Head' });
    await expect.poll(async () => (await shown())?.reason, { interval: 10 }).toBe('unreachable');
    events.publish('Contact', 'UPDATE', [ben]);
    await events.start();
    await heard(1);
    await live.drain();
    expect((await record('contact', ben))?.fields).toMatchObject({ jobTitle: 'Head' });

    await expect.poll(() => events.subscribers, { interval: 5 }).toBe(TOPICS);
    await world.service.disconnect(actor, id);
    await other.refresh();
    expect(other.listening).toEqual([]);
    await expect.poll(() => events.subscribers, { interval: 5 }).toBe(0);
    expect(await shown()).toMatchObject({ enabled: true, state: 'off' });
    await world.service.delete(actor, id);
    expect(await live.repository.cursor(id, 'contact')).toBeNull();
    jobs.waiting.splice(0);
  });
});
