import { FakeGitHub } from '@tests/fakes/github';
import type { FakeNetwork } from '@tests/fakes/platforms/server';
import { FakeSalesforce } from '@tests/fakes/salesforce';
import { type Person, team } from '@tests/support/accounts';
import { CrmSync, wholeSecond } from '@tests/support/crm-sync';
import { HubSpotSync } from '@tests/support/hubspot-sync';
import { opened, type Registrar, send } from '@tests/support/inbound-webhooks';
import { VendorSync } from '@tests/support/vendor-sync';
import { WEBHOOK_SENDERS, type WebhookSender } from '@tests/support/webhook-senders';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { InboundProcessor } from '@/features/integrations/inbound/processor';
import {
  type CreatedInboundView,
  inboundEventModel,
  inboundRegistrationModel,
} from '@/features/integrations/inbound/schema';
import { scheduleIdOf } from '@/features/integrations/sync/repository';
import { core } from '@/server/core';

let organizationId: string;
let admin: Person;
let stranger: { as: Person; organizationId: string };
beforeAll(async () => {
  const made = await team({ ada: 'admin' });
  [organizationId, admin] = [made.organizationId, made.ada];
  const other = await team();
  stranger = { as: other.owner, organizationId: other.organizationId };
});

type Vendor = 'hubspot' | 'salesforce' | 'github';
let deliveries = 0;

/** An address of ours that a vendor sends to. */
class Address {
  constructor(
    readonly type: Vendor,
    readonly webhook: CreatedInboundView,
  ) {}

  static async opened(
    type: Vendor,
    integrationId: string | null,
    who: Registrar = { as: admin, organizationId },
  ) {
    const body = { providerId: type, integrationId, ...WEBHOOK_SENDERS[type]?.registration };
    return new Address(type, await opened(who, body));
  }

  /** Brings a delivery to the route, and does what it asks for. The same number is the same delivery. */
  async deliver(raw: string, delivery = ++deliveries): Promise<void> {
    const { headers } = WEBHOOK_SENDERS[this.type] as WebhookSender;
    const { webhookUrl: url, secret, id } = this.webhook;
    const sent = headers(raw, delivery, { url, secret: secret ?? '' });
    expect((await send(url.split('/').at(-2) ?? '', raw, sent)).status).toBe(200);
    const events = core.db.collection(inboundEventModel).where('registrationId', '==', id);
    const kept = await core.db.find(events.where('status', '==', 'received'));
    for (const event of kept) await InboundProcessor.getInstance().process(event.id, true);
    const failed = await core.db.find(events.where('status', '==', 'failed'));
    expect(failed.map(({ error }) => error)).toEqual([]);
  }
}

/** What the vendor is asked for meanwhile. */
async function askedOf(fake: FakeNetwork, work: () => Promise<unknown>): Promise<string[]> {
  const before = fake.log.length;
  await work();
  return fake.log.slice(before).map(({ path }) => path);
}

describe('what HubSpot delivers', () => {
  let hub: HubSpotSync;
  let address: Address;
  const drain = () => hub.jobs.drain(hub.world);
  const word = (subscriptionType: string, objectId: string | undefined, more: object = {}) => ({
    ...{ eventId: 1_000 + deliveries, subscriptionType, objectId: Number(objectId) },
    ...{ portalId: hub.fake.portalId, occurredAt: hub.clock.now().getTime(), attemptNumber: 0, ...more },
  });
  const deliver = (...words: object[]) => address.deliver(JSON.stringify(words));
  const contact = (firstname: string) =>
    hub.fake.add('contacts', { firstname, lastname: 'Ito', email: `${firstname.toLowerCase()}@x.test` });
  const title = async (id: string) => (await hub.record('contact', id))?.title;
  const waiting = () => hub.jobs.waiting.map(({ type }) => type);

  beforeAll(async () => {
    hub = await HubSpotSync.connected(organizationId, admin.uid, true);
    address = await Address.opened('hubspot', hub.id);
    await hub.run({ entities: ['contact', 'company'] });
    await hub.schedule(true);
  });
  afterEach(() => hub.clock.advance(31_000));
  afterAll(() => hub.end());

  it('is asked for by its id and nothing else is read; delivered again, it is one job', async () => {
    const ann = contact('Ann');
    const told = word('contact.creation', ann.id, { changeFlag: 'CREATED' });
    await deliver(told);
    await deliver({ ...told, attemptNumber: 1 });
    await deliver(word('ticket.creation', '5'));
    expect(hub.jobs.waiting).toMatchObject([{ type: 'sync.refetch', payload: { ids: [ann.id] } }]);
    const pages = { ...hub.fake.pages };
    const asked = await askedOf(hub.fake, drain);
    expect(asked[0]).toBe('read /crm/v3/objects/contacts/batch/read');
    expect(asked.filter((path) => !path.endsWith('/batch/read'))).toEqual([]);
    expect(hub.fake.pages).toEqual(pages);
    expect(await title(ann.id)).toBe('Ann Ito');
    expect(await hub.written('crm_records')).toHaveLength(1);
  });

  it('in whatever order, is what HubSpot has now', async () => {
    const ben = contact('Ben');
    const renamed = (value: string) =>
      word('object.propertyChange', ben.id, {
        ...{ objectTypeId: '0-1', propertyName: 'firstname', propertyValue: value },
      });
    hub.fake.edit('contacts', ben.id, { firstname: 'Benjamin' });
    await deliver(renamed('Benjamin'));
    await drain();
    await deliver(renamed('Ben'));
    expect(await drain()).toEqual(['sync.refetch']);
    expect(await title(ben.id)).toBe('Benjamin Ito');
  });

  it('as changed on both sides goes by the strategy, and what it decided goes back', async () => {
    const kim = contact('Kim');
    await deliver(word('contact.creation', kim.id));
    await drain();
    await core.db.update(hub.world.syncRepository.connectionRef(hub.id), {
      conflictPolicy: { strategy: 'internal_wins', expression: null, entities: {} },
    });
    const { id, version } = (await hub.record('contact', kim.id)) ?? { id: '', version: 0 };
    await hub.world.crm.edit(hub.actor, id, version, { fields: { firstName: 'Kimberly' } });
    // The push that this asked for was lost.
    hub.jobs.waiting.splice(0);
    hub.fake.edit('contacts', kim.id, { firstname: 'Kimi', jobtitle: 'CEO' });
    await deliver(
      word('contact.propertyChange', kim.id, { propertyName: 'firstname', propertyValue: 'Kimi' }),
    );
    await drain();
    expect((await hub.record('contact', kim.id))?.fields).toMatchObject({
      ...{ firstName: 'Kimberly', jobTitle: 'CEO' },
    });
    expect(hub.fake.records.contacts.get(kim.id)?.properties).toMatchObject({ firstname: 'Kimberly' });
  });

  it('as deleted or merged is gone here after a pass, and what stays is there once', async () => {
    const [cyd, dan, eve] = [contact('Cyd'), contact('Dan'), contact('Eve')];
    await deliver(...[cyd, dan, eve].map(({ id }) => word('contact.creation', id)));
    await drain();
    const before = (await hub.written('crm_records')).length;
    hub.fake.archive('contacts', cyd.id);
    await deliver(word('contact.deletion', cyd.id, { changeFlag: 'DELETED' }));
    expect(await drain()).toEqual(['sync.refetch', 'sync.catch_up', 'sync.inbound']);
    expect(await hub.record('contact', cyd.id)).toMatchObject({ status: 'deleted' });
    hub.fake.merge('contacts', dan.id, eve.id);
    const merged = { primaryObjectId: Number(dan.id), mergedObjectIds: [Number(eve.id)] };
    await deliver(word('contact.merge', dan.id, merged));
    await drain();
    expect(await hub.record('contact', eve.id)).toMatchObject({ status: 'deleted' });
    expect(await title(dan.id)).toBe('Dan Ito');
    // Named by an id that is no more, it is known by its own: what people here wrote is still theirs.
    const { id, version = 0 } = (await hub.record('contact', dan.id)) ?? { id: '' };
    await hub.world.crm.edit(hub.actor, id, version, { fields: { jobTitle: 'CTO' } });
    hub.jobs.waiting.splice(0);
    hub.fake.edit('contacts', dan.id, { firstname: 'Daniel' });
    await deliver(...[eve, dan].map((one) => word('contact.propertyChange', one.id)));
    expect(await drain()).toEqual(['sync.refetch']);
    expect(hub.fake.records.contacts.get(dan.id)?.properties).toMatchObject({
      ...{ firstname: 'Daniel', jobtitle: 'CTO' },
    });
    expect(await hub.record('contact', dan.id)).toMatchObject({ title: 'Daniel Ito', version: version + 2 });
    expect(await hub.written('crm_records')).toHaveLength(before);
  });

  it('of a record that was made from here, and nobody heard of it, is that record', async () => {
    const fields = { email: 'hal@x.test', firstName: 'Hal', lastName: 'Fir' };
    const made = await hub.world.crm.create(hub.actor, { entity: 'contact', connectionId: hub.id, fields });
    hub.fake.fault({ on: 'commit', kind: 'accept_then_reset' });
    await expect(drain()).rejects.toMatchObject({ outcome: 'unknown' });
    hub.jobs.waiting.splice(0);
    const before = (await hub.written('crm_records')).length;
    const { id } = hub.fake.creations.at(-1) ?? { id: '' };
    await deliver(word('contact.creation', id));
    await drain();
    const record = await core.db.get(hub.world.records.ref(made.id));
    expect(record).toMatchObject({ sync: 'synced', externalId: id });
    expect(await hub.written('crm_records')).toHaveLength(before);
  });

  it('is nothing to what syncs by hand, to no connection, and to another organisation’s', async () => {
    const fay = contact('Fay');
    const told = JSON.stringify([word('contact.creation', fay.id)]);
    await hub.schedule(false);
    await address.deliver(told);
    await hub.schedule(true);
    await (await Address.opened('hubspot', null)).deliver(told);
    const foreign = await Address.opened('hubspot', null, stranger);
    const ref = core.db.doc(inboundRegistrationModel, foreign.webhook.id);
    await core.db.update(ref, { integrationId: hub.id });
    await foreign.deliver(told);
    expect(await askedOf(hub.fake, drain)).toEqual([]);
    expect(await hub.record('contact', fay.id)).toBeNull();
    // Where its words cannot be told, it is looked at what changed.
    await deliver({ eventId: 1 });
    expect(new Set(waiting())).toEqual(new Set(['sync.catch_up']));
    await drain();
    expect(await title(fay.id)).toBe('Fay Ito');
  });
});

it('a message of Salesforce has its record read again', async () => {
  const clock = wholeSecond();
  const fake = new FakeSalesforce(clock);
  const force = new CrmSync('salesforce', fake, clock, organizationId);
  await fake.start();
  force.world = force.another({ serve: true });
  await force.connect();
  try {
    const { Id } = fake.add('Contact', { FirstName: 'Gil', LastName: 'Elm' });
    clock.advance(60_000);
    await force.run();
    await force.schedule(true);
    fake.edit('Contact', Id, { Title: 'CFO' });
    const address = await Address.opened('salesforce', force.id);
    // Its body carries the id as people see it, and what was so when it was written.
    const sObject = `<sObject xsi:type="sf:Contact" xmlns:sf="urn:sobject.enterprise.soap.sforce.com"><sf:Id>${Id.slice(0, 15)}</sf:Id><sf:Title>CEO</sf:Title></sObject>`;
    const raw = WEBHOOK_SENDERS.salesforce?.body(77, 0) ?? '';
    await address.deliver(
      raw
        .replace('</Notification>', `${sObject}</Notification>`)
        .replace(
          '<soapenv:Envelope',
          '<soapenv:Envelope xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"',
        ),
    );
    expect(await force.jobs.drain(force.world)).toEqual(['sync.refetch']);
    expect((await force.record('contact', Id))?.fields).toMatchObject({ jobTitle: 'CFO' });
  } finally {
    await force.end();
  }
});

it('an event of GitHub has its issue read again', async () => {
  const clock = wholeSecond();
  const fake = new FakeGitHub(clock);
  await fake.start();
  try {
    const github = new VendorSync('github', fake, clock, organizationId);
    github.world = github.another({ serve: true });
    await github.connect();
    const issue = fake.addIssue('acme/site');
    const { repository, syncRepository } = github.world;
    await core.db.update(repository.ref(github.id), { settings: { repositories: ['acme/site'] } });
    await github.run();
    const schedule = syncRepository.taskRef(scheduleIdOf(github.id));
    await core.db.update(schedule, { enabled: true });
    Object.assign(issue, { title: 'It is mended', updatedAt: clock.now() });
    const address = await Address.opened('github', github.id);
    const told = {
      action: 'edited',
      issue: { number: issue.number },
      repository: { full_name: 'Acme/Site' },
    };
    const asked = await askedOf(fake, async () => {
      await address.deliver(JSON.stringify(told));
      expect(await github.jobs.drain(github.world)).toEqual(['sync.refetch']);
    });
    expect(asked).toEqual([`read /repos/acme/site/issues/${issue.number}`]);
    expect(await github.record('issue', `acme/site#${issue.number}`)).toMatchObject({
      title: 'It is mended',
    });
    await core.db.update(schedule, { enabled: false });
  } finally {
    await fake.stop();
  }
});
