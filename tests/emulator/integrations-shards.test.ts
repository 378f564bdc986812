import { HubSpotSync } from '@tests/support/hubspot-sync';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { shardLinkIdOf, sharedRecordIdOf } from '@/features/integrations/shards/repository';
import type { ShardRule } from '@/features/integrations/shards/schema';
import { linkIdOf } from '@/features/integrations/sync/repository';
import type { SyncJob } from '@/features/integrations/sync/runner';
import { core } from '@/server/core';

let hub: HubSpotSync;
beforeEach(async () => {
  hub = await HubSpotSync.connected();
});
afterEach(() => hub.end());

const LEAD: ShardRule = {
  key: 'lead',
  kind: 'lead',
  condition: 'stage = "lead"',
  fields: { firstName: 'firstName', email: 'email', stage: 'stage' },
  identity: null,
};
const COMPANY: ShardRule = {
  key: 'employer',
  kind: 'company',
  condition: null,
  fields: { name: 'companyName', 'address.city': 'address.city' },
  identity: 'name',
};
const ACTIVITY: ShardRule = {
  key: 'entered_stage',
  kind: 'activity',
  condition: '$exists(stage)',
  fields: { text: 'stage', note: 'email' },
  identity: null,
};

const save = (shards: ShardRule[], expectedVersion = 0) =>
  hub.world.shards.save(hub.actor, hub.id, 'contact', { shards, expectedVersion });
const shard = (externalId: string, key: string) =>
  core.db.get(hub.world.records.ref(shardLinkIdOf(hub.id, 'contact', externalId, key)));
const employer = (name: string) =>
  core.db.get(hub.world.records.ref(sharedRecordIdOf(hub.id, 'company', name.toLowerCase())));
const person = (values: Record<string, string>) =>
  hub.fake.add('contacts', { firstname: 'Ann', company: 'Fernhill', ...values });
const state = async () => [
  ...(await hub.written('crm_records')),
  ...(await hub.written('record_links')),
  ...(await hub.written('relations')),
];

describe('a contact that is more than a contact', () => {
  it('becomes its shards in one go; what stays writes nothing, what ends goes, a shared one goes last', async () => {
    const before = await hub.world.shards.rules(hub.organizationId, hub.id, 'contact');
    expect(before).toMatchObject({ shards: [], version: 0 });
    const ann = person({ email: 'ann@x.test', lifecyclestage: 'lead' });
    const bob = person({ email: 'bob@x.test', firstname: 'Bob', city: 'Bergen' });
    await hub.run();
    expect((await state()).length).toBe(4);

    await save([LEAD, COMPANY, ACTIVITY]);
    hub.clock.advance(60_000);
    await hub.run();
    const primary = linkIdOf(hub.id, 'contact', ann.id);
    expect(await shard(ann.id, 'lead')).toMatchObject({
      ...{ entity: 'lead', title: 'Ann', status: 'active', derivedFrom: primary },
      fields: { firstName: 'Ann', email: 'ann@x.test', stage: 'lead' },
    });
    expect(await shard(ann.id, 'entered_stage')).toMatchObject({
      ...{ entity: 'activity', relatedTo: primary, title: 'entered_stage' },
    });
    expect([await shard(bob.id, 'lead'), await shard(bob.id, 'entered_stage')]).toEqual([null, null]);
    expect(await employer('Fernhill')).toMatchObject({ entity: 'company', title: 'Fernhill' });
    const link = await core.db.get(
      hub.world.syncRepository.linkById(shardLinkIdOf(hub.id, 'contact', ann.id, 'lead')),
    );
    expect(link).toMatchObject({ role: 'derived', shardKey: 'lead', externalId: ann.id, deleted: false });
    expect(await hub.world.repository.get(hub.organizationId, hub.id)).toMatchObject({ dataCount: 2 });
    expect((await hub.world.crm.get(hub.organizationId, link?.recordId ?? '')).editable).toEqual([]);

    const settled = await state();
    hub.clock.advance(60_000);
    await hub.run({ full: true });
    expect(await state()).toEqual(settled);

    hub.clock.advance(3_600_000);
    hub.fake.edit('contacts', ann.id, { lifecyclestage: 'customer' });
    hub.clock.advance(1_000);
    await hub.run();
    expect(await shard(ann.id, 'lead')).toMatchObject({ status: 'deleted' });
    expect(await shard(ann.id, 'entered_stage')).toMatchObject({ fields: { text: 'customer' } });

    hub.fake.archive('contacts', ann.id);
    await hub.run();
    expect(await shard(ann.id, 'entered_stage')).toMatchObject({ status: 'deleted' });
    expect(await employer('Fernhill')).toMatchObject({ status: 'active' });
    hub.fake.purge('contacts', bob.id);
    hub.clock.advance(3_600_000);
    await hub.run({ full: true });
    expect(await employer('Fernhill')).toMatchObject({ status: 'deleted', fields: {} });
  });

  it('is written whole or not at all, and a rule that is gone takes along what it made', async () => {
    await save([LEAD]);
    const ann = person({ email: 'ann@x.test', lifecyclestage: 'lead' });
    const writeIn = hub.world.records.writeIn.bind(hub.world.records);
    hub.world.records.writeIn = (tx, identity, values, known) => {
      if (identity.derivedFrom) throw new Error('the store broke down');
      writeIn(tx, identity, values, known);
    };
    await hub.begin();
    const job = hub.jobs.waiting[0]?.payload as SyncJob;
    await expect(hub.jobs.drain(hub.world)).rejects.toThrow('broke down');
    expect([await hub.record('contact', ann.id), await shard(ann.id, 'lead')]).toEqual([null, null]);
    hub.world.records.writeIn = writeIn;
    await hub.world.runner.work(job, new AbortController().signal);
    expect(await shard(ann.id, 'lead')).toMatchObject({ status: 'active' });
    await expect(save([], 0)).rejects.toMatchObject({ code: 'stale_version' });
    await save([], 1);
    hub.clock.advance(60_000);
    await hub.run();
    expect(await hub.record('contact', ann.id)).toMatchObject({ status: 'active' });
    expect(await shard(ann.id, 'lead')).toMatchObject({ status: 'deleted' });
  });

  it('follows what is changed here and told the vendor, and ends however its record ends', async () => {
    await save([LEAD]);
    const ann = person({ email: 'ann@x.test', lifecyclestage: 'lead' });
    const bob = person({ email: 'bob@x.test', lifecyclestage: 'lead' });
    await hub.run();
    hub.clock.advance(3_600_000);
    const record = await hub.record('contact', ann.id);
    const { id = '', version = 0 } = record ?? {};
    await hub.world.crm.edit(hub.actor, id, version, { fields: { firstName: 'Anna' } });
    await hub.jobs.drain(hub.world);
    expect(hub.fake.records.contacts.get(ann.id)?.properties.firstname).toBe('Anna');
    expect(await shard(ann.id, 'lead')).toMatchObject({ title: 'Anna', status: 'active' });

    hub.fake.archive('contacts', bob.id);
    await hub.run();
    expect(await shard(bob.id, 'lead')).toMatchObject({ status: 'deleted', title: 'Ann' });
    // As when somebody was removed for good, or a person let the record go: no pass meets it again.
    const { syncRepository, records } = hub.world;
    await syncRepository.commit(async (tx) => {
      const link = await tx.get(syncRepository.linkRef(hub.id, 'contact', bob.id));
      const [known] = await records.getIn(tx, [link?.recordId ?? '']);
      if (!link || !known) throw new Error('not synced');
      records.writeIn(tx, known, { ...known, fields: {}, provenance: {}, deleted: true }, known);
      tx.update(syncRepository.linkById(link.id), { deleted: true, base: {} });
    });
    await hub.world.shardSweep.sweep(() => true);
    expect(await shard(bob.id, 'lead')).toMatchObject({ status: 'deleted', fields: {} });
    expect(await shard(ann.id, 'lead')).toMatchObject({ status: 'active' });
    const { organizationId } = hub;
    const { shards, ...rules } = await hub.world.shards.rules(organizationId, hub.id, 'contact');
    expect([shards, rules.version]).toEqual([[LEAD], 1]);
  });

  it('has rules that are refused with the place of the fault', async () => {
    const faulty = { ...LEAD, condition: 'stage = ', fields: { email: 'nothing' }, identity: 'name' };
    await expect(save([COMPANY, COMPANY, faulty])).rejects.toMatchObject({
      faults: [
        { path: 'body.shards.1.key' },
        { path: 'body.shards.2.fields.email' },
        { path: 'body.shards.2.identity' },
        { path: 'body.shards.2.condition' },
      ],
    });
  });
});

describe('what belongs together', () => {
  const relations = () =>
    hub.world.relationRepository
      .from(hub.id, 'contact', [...hub.fake.records.contacts.keys()])
      .then((rows) => rows.map(({ toExternalId, status, to }) => ({ toExternalId, status, to })));

  it('is linked when both are here, waits for what is not, is told after a day, and ends with its end', async () => {
    const ann = person({ email: 'ann@x.test' });
    const bob = person({ email: 'bob@x.test' });
    const fernhill = hub.fake.add('companies', { name: 'Fernhill' });
    const nameless = hub.fake.add('companies', { domain: 'late.test' });
    const { associations } = hub.fake;
    associations.pageSize = 1;
    for (const { id } of [ann, bob]) associations.add(['contacts', id], ['companies', fernhill.id]);
    associations.add(['companies', nameless.id], ['contacts', ann.id]);
    await hub.run({ entities: ['contact', 'company'] });
    const to = linkIdOf(hub.id, 'company', fernhill.id);
    const linked = { toExternalId: fernhill.id, status: 'linked', to };
    const waiting = { toExternalId: nameless.id, status: 'pending', to: null };
    expect(await relations()).toEqual(expect.arrayContaining([linked, linked, waiting]));
    const settled = await hub.written('relations');
    await hub.run({ full: true });
    expect(await hub.written('relations')).toEqual(settled);

    const told = async () =>
      (await core.db.firestore.collection('outbox').where('event', '==', 'relations_pending').get()).docs
        .map((doc) => JSON.parse(doc.get('payload')))
        .flatMap(({ integrationId, missing }) => (integrationId === hub.id ? missing : []));
    await hub.world.relations.report(() => true);
    expect(await told()).toEqual([]);
    hub.clock.advance(25 * 3_600_000);
    await hub.world.relations.report(() => true);
    await hub.world.relations.report(() => true);
    expect(await told()).toEqual([1]);
    const connection = await hub.world.sync.connection(hub.organizationId, hub.id);
    expect(connection.missingRelations).toBe(1);

    hub.fake.edit('companies', nameless.id, { name: 'Late' });
    associations.remove(['contacts', bob.id], ['companies', fernhill.id]);
    hub.fake.edit('contacts', bob.id, { jobtitle: 'Free' });
    hub.clock.advance(1_000);
    await hub.run({ entities: ['contact', 'company'] });
    const arrived = { ...waiting, status: 'linked', to: linkIdOf(hub.id, 'company', nameless.id) };
    const now = await relations();
    expect(now).toHaveLength(2);
    expect(now).toEqual(expect.arrayContaining([linked, arrived]));
    expect((await hub.world.sync.connection(hub.organizationId, hub.id)).missingRelations).toBe(0);
  });
});
