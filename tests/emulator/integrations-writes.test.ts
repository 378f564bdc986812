import { FakeSalesforce } from '@tests/fakes/salesforce';
import { call, type Person, team } from '@tests/support/accounts';
import { HubSpotSync } from '@tests/support/hubspot-sync';
import { integrationWorld, TestJobs } from '@tests/support/integrations';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { POST as createRecord } from '@/app/api/crm/records/route';
import { GET as targets } from '@/app/api/crm/targets/route';
import { FixedClock } from '@/core/time/clock';
import type { RecordDetailView, RecordTarget } from '@/features/crm/schema';
import { core } from '@/server/core';

let organizationId: string;
let admin: Person;
let member: Person;
let viewer: Person;
let stranger: { as: Person; organizationId: string };
let hub: HubSpotSync;

beforeAll(async () => {
  const made = await team({ ada: 'admin', mel: 'member', vic: 'viewer' });
  ({ organizationId } = made);
  [admin, member, viewer] = [made.ada, made.mel, made.vic];
  const other = await team();
  stranger = { as: other.owner, organizationId: other.organizationId };
  hub = await HubSpotSync.connected(organizationId, admin.uid, true);
});
afterAll(() => hub.end());
afterEach(() => hub.fake.calm());

const add = (entity: string, fields: object, who: object = { as: member, organizationId }) =>
  call<RecordDetailView>(createRecord, {
    path: '/api/crm/records',
    body: { entity, connectionId: hub.id, fields },
    ...who,
  });
const stored = (id: string) => core.db.get(hub.world.records.ref(id));
const drain = () => hub.jobs.drain(hub.world);

describe('a new record', () => {
  it('is made here and at HubSpot once; whoever may not, and what cannot be, is refused where it stands', async () => {
    const path = '/api/crm/targets?entity=company';
    const listed = await call<{ items: RecordTarget[] }>(targets, { path, as: member, organizationId });
    expect(listed.json.items).toMatchObject([{ connectionId: hub.id, platform: 'hubspot' }]);
    expect(listed.json.items[0]?.fields[0]).toEqual({ field: 'name', type: 'string', required: true });
    const fern = { name: 'Fernhill', domain: 'fernhill.test', employees: 12 };
    expect((await add('company', fern, stranger)).status).toBe(404);
    expect((await add('company', fern, { as: viewer, organizationId })).status).toBe(403);
    const bad = await add('company', { domain: 'x.test', shoe: 1 });
    expect([bad.status, JSON.stringify(bad.json)]).toEqual([400, expect.stringContaining('fields.shoe')]);
    const bare = await add('company', { domain: 'x.test' });
    expect([bare.status, JSON.stringify(bare.json)]).toEqual([400, expect.stringContaining('fields.name')]);
    expect((await add('lead', { name: 'x' })).status).toBe(400);
    const answer = await add('company', fern);
    expect([answer.status, answer.json.sync, answer.json.externalId]).toEqual([201, 'due', '']);
    expect(answer.json.provenance.name).toMatchObject({ source: 'internal', actor: member.uid });
    await drain();
    const made = hub.fake.creations.at(-1);
    expect(made?.properties).toEqual({ name: 'Fernhill', domain: 'fernhill.test', numberofemployees: '12' });
    const record = await stored(answer.json.id);
    expect(record).toMatchObject({ sync: 'synced', externalId: made?.id, title: 'Fernhill' });
    expect(record?.externalUrl).toContain(made?.id);
    // Changed there it comes to the same record, and changed here it goes there.
    hub.clock.advance(60_000);
    hub.fake.edit('companies', made?.id ?? '', { industry: 'TOYS' });
    hub.clock.advance(1_000);
    const result = await hub.run({ mode: 'bidirectional', entities: ['company'] });
    expect([result.recordsCreated, result.recordsUpdated]).toEqual([0, 1]);
    const changed = await stored(answer.json.id);
    expect(changed?.fields).toMatchObject({ industry: 'TOYS', employees: 12 });
    await hub.world.crm.edit(hub.actor, answer.json.id, changed?.version ?? 0, { fields: { name: 'Fern' } });
    await drain();
    expect(hub.fake.records.companies.get(made?.id ?? '')?.properties.name).toBe('Fern');
    const before = [await hub.written('crm_records'), await hub.written('record_links')];
    await hub.run({ mode: 'bidirectional', entities: ['company'], full: true });
    expect([await hub.written('crm_records'), await hub.written('record_links')]).toEqual(before);
  });

  it('that HubSpot has already is linked to it, unless it is here under another entry; a refusal is said and mended', async () => {
    const ann = hub.fake.add('contacts', { email: 'ann@x.test', firstname: 'Ann', city: 'Ulm' });
    const first = await add('contact', { email: 'ann@x.test', jobTitle: 'CEO' });
    await drain();
    expect(await stored(first.json.id)).toMatchObject({
      ...{ sync: 'synced', externalId: ann.id },
      fields: { email: 'ann@x.test', firstName: 'Ann', 'address.city': 'Ulm', jobTitle: 'CEO' },
    });
    expect(hub.fake.records.contacts.get(ann.id)?.properties.jobtitle).toBe('CEO');
    const second = await add('contact', { email: 'ann@x.test', firstName: 'Anna' });
    await drain();
    expect(await stored(second.json.id)).toMatchObject({
      ...{ sync: 'refused', externalId: '', syncMessage: expect.stringContaining('another entry') },
    });
    const { version } = second.json;
    await hub.world.crm.edit(hub.actor, second.json.id, version, { fields: { email: 'anna@x.test' } });
    await drain();
    expect(await stored(second.json.id)).toMatchObject({ sync: 'synced', syncMessage: null });
    expect([...hub.fake.records.contacts.values()].map(({ properties }) => properties.email)).toEqual([
      ...['ann@x.test', 'anna@x.test'],
    ]);
  });

  it('whose process dies between its making there and its link here is neither made nor read a second time', async () => {
    const rows = async () => (await hub.written('crm_records')).length;
    const before = await rows();
    for (const [fields, entity, kind] of [
      [{ email: 'k@x.test', firstName: 'Kim' }, 'contact', 'contacts'],
      [{ name: 'Autumn', amount: '5' }, 'deal', 'deals'],
    ] as const) {
      const { json } = await add(entity, fields);
      // HubSpot took it, and its search does not know it yet.
      hub.fake.searchKnowsUntil = new Date(hub.clock.now().getTime() - 1);
      hub.fake.fault({ on: 'commit', kind: 'accept_then_reset' });
      await expect(drain()).rejects.toMatchObject({ outcome: 'unknown' });
      expect(await stored(json.id)).toMatchObject({ sync: 'due', externalId: '' });
      const many = hub.fake.records[kind].size;
      // The next thing that happens is that everything is read.
      const taskId = await hub.begin({ mode: 'pull', entities: [entity], full: true });
      const [job] = hub.jobs.waiting.splice(0);
      await hub.world.runner.work(job?.payload as never, new AbortController().signal);
      hub.fake.searchKnowsUntil = null;
      await drain();
      expect((await hub.result(taskId)).recordsCreated).toBe(0);
      await hub.run({ mode: 'bidirectional', entities: [entity] });
      expect(await stored(json.id)).toMatchObject({
        sync: 'synced',
        externalId: expect.stringMatching(/^\d+$/),
      });
      expect(hub.fake.records[kind].size).toBe(many);
    }
    expect(await rows()).toBe(before + 2);
  });
});

it('whom somebody had removed for good at HubSpot is removed here when its webhook says so', async () => {
  const made = await add('contact', { email: 'gone@x.test', firstName: 'Gil' });
  await drain();
  const { externalId = '' } = (await stored(made.json.id)) ?? {};
  hub.fake.purge('contacts', externalId);
  const told = [
    { subscriptionType: 'contact.propertyChange', objectId: 1 },
    { subscriptionType: 'contact.privacyDeletion', objectId: Number(externalId) },
  ];
  const body = async () => new TextEncoder().encode(JSON.stringify(told));
  const event = { id: 'event', organizationId, providerId: 'hubspot', topic: 'contact.propertyChange' };
  await hub.world.told.consume(event as never, { integrationId: hub.id } as never, body);
  expect(await stored(made.json.id)).toMatchObject({ status: 'deleted', fields: {}, provenance: {} });
  // That this connection syncs by hand alone has no bearing on it.
  expect(hub.jobs.waiting).toEqual([]);
});

describe('Salesforce, both ways', () => {
  const clock = new FixedClock(new Date(Math.floor(Date.now() / 1000) * 1000));
  const fake = new FakeSalesforce(clock);
  const jobs = new TestJobs();
  const org = `org-${core.ids.next()}`;
  const actor = { organizationId: org, userId: 'ada', displayName: 'Ada' } as never;
  let world: ReturnType<typeof integrationWorld>;
  let id: string;

  beforeAll(async () => {
    await fake.start();
    world = integrationWorld({ clock, fake, jobs, env: fake.env() });
    const begun = await world.service.connect(actor, 'salesforce', { redirectTo: '/integrations' });
    const page = await fetch('authorizationUrl' in begun ? begun.authorizationUrl : '', {
      redirect: 'manual',
    });
    const query = Object.fromEntries(new URL(page.headers.get('location') ?? '').searchParams);
    const { redirectTo } = await world.service.callback('salesforce', 'ada', query);
    id = new URL(redirectTo, 'http://x').searchParams.get('connected') ?? '';
  });
  afterAll(() => fake.stop());

  async function sync() {
    const body = { mode: 'bidirectional' as const, full: false, dryRun: false, confirmDeletes: false };
    await world.sync.start(actor, id, { ...body, entities: ['contact'] });
    await jobs.drain(world);
    clock.advance(60_000);
  }
  const recordOf = async (externalId: string) => {
    const [link] = await world.syncRepository.links(id, 'contact', [externalId]);
    const found = await core.db.get(world.records.ref(link?.recordId ?? ''));
    if (!found) throw new Error('no record');
    return found;
  };
  const edit = async (externalId: string, fields: Record<string, string>) => {
    const { id: recordId, version } = await recordOf(externalId);
    await world.crm.edit(actor, recordId, version, { fields });
  };

  it('edits go out once and come back as no change; a limit in the middle leaves the rest due; validations are said', async () => {
    const [ann, ben] = ['Ann', 'Ben'].map((FirstName) => fake.add('Contact', { FirstName, LastName: 'Ito' }));
    clock.advance(60_000);
    await sync();
    const [a, b] = [ann?.Id ?? '', ben?.Id ?? ''];
    await edit(a, { firstName: 'Anna', 'address.city': 'Oslo' });
    await jobs.drain(world);
    expect(fake.updates).toEqual([{ id: a, values: { FirstName: 'Anna', MailingCity: 'Oslo' } }]);
    const before = (await recordOf(a)).updatedAt.getTime();
    clock.advance(60_000);
    await sync();
    expect((await recordOf(a)).updatedAt.getTime()).toBe(before);
    expect(fake.updates).toHaveLength(1);
    const { version } = await recordOf(a);
    for (let cycle = 0; cycle < 20; cycle += 1) {
      await edit(a, { firstName: `Ann${cycle}` });
      jobs.waiting.splice(0);
      await sync();
    }
    await sync();
    expect([(await recordOf(a)).version, fake.updates.length]).toEqual([version + 20, 21]);
    // Both sides, different fields: both survive. The same field: the strategy's, here the vendor's.
    await core.db.update(world.syncRepository.connectionRef(id), {
      conflictPolicy: { strategy: 'external_wins', expression: null, entities: {} },
    });
    await edit(b, { firstName: 'Benno', jobTitle: 'CTO' });
    jobs.waiting.splice(0);
    fake.edit('Contact', b, { FirstName: 'Benjamin', Phone: '+4930123456' });
    clock.advance(60_000);
    await sync();
    expect((await recordOf(b)).fields).toMatchObject({
      firstName: 'Benjamin',
      jobTitle: 'CTO',
      phone: '+4930123456',
    });
    expect(fake.records.Contact.get(b)?.values).toMatchObject({ FirstName: 'Benjamin', Title: 'CTO' });
    // A limit: nothing is lost, and what is due goes out afterwards.
    await edit(a, { firstName: 'A1' });
    fake.fault({ on: 'commit', kind: 'rate_limit', times: 1 });
    await expect(jobs.drain(world)).rejects.toMatchObject({ kind: 'rate_limit' });
    expect((await recordOf(a)).sync).toBe('due');
    // One record is locked by somebody, the other is not valid.
    fake.refused = ({ FirstName }) =>
      FirstName === 'A1'
        ? { statusCode: 'UNABLE_TO_LOCK_ROW', message: 'unable to obtain exclusive access' }
        : { statusCode: 'FIELD_CUSTOM_VALIDATION_EXCEPTION', message: 'Not on Mondays' };
    await edit(b, { firstName: 'B1' });
    await expect(jobs.drain(world)).rejects.toMatchObject({ vendorCode: 'later' });
    expect([(await recordOf(a)).sync, (await recordOf(b)).syncMessage]).toEqual(['due', 'Not on Mondays']);
    fake.refused = () => null;
    await sync();
    expect([(await recordOf(a)).sync, fake.records.Contact.get(a)?.values.FirstName]).toEqual([
      'synced',
      'A1',
    ]);
    // Deleted there while it was changed here.
    await edit(a, { firstName: 'A2' });
    fake.delete('Contact', a);
    await jobs.drain(world);
    expect(await recordOf(a)).toMatchObject({ status: 'deleted' });
  });

  it('a new record is made once, though its answer is lost', async () => {
    const made = await world.crm.create(actor, {
      ...{ entity: 'contact', connectionId: id },
      fields: { lastName: 'New', email: 'new@x.test' },
    });
    fake.fault({ on: 'commit', kind: 'accept_then_reset' });
    await expect(jobs.drain(world)).rejects.toMatchObject({ outcome: 'unknown' });
    clock.advance(60_000);
    await sync();
    expect(await core.db.get(world.records.ref(made.id))).toMatchObject({ sync: 'synced', title: 'New' });
    expect(fake.creations).toHaveLength(1);
    const rows = await core.db.firestore.collection('crm_records').where('connectionId', '==', id).get();
    expect(rows.size).toBe(3);
  });
});
