import { countsOf, HubSpotSync } from '@tests/support/hubspot-sync';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SyncBody } from '@/features/integrations/sync/schema';
import { core } from '@/server/core';

let hub: HubSpotSync;
beforeEach(async () => {
  hub = await HubSpotSync.connected();
});
afterEach(() => hub.end());

describe('a first sync', () => {
  it('brings records with where each value comes from; a second one writes nothing', async () => {
    const [ann] = hub.contacts(120);
    hub.fake.add('companies', { name: 'Fernhill', domain: 'fernhill.test', numberofemployees: '12' });
    hub.fake.add('deals', { dealname: 'Spring', amount: '1200.50', closedate: '2026-12-01T00:00:00Z' });
    hub.fake.add('deals', { amount: '1' });
    const entities: SyncBody['entities'] = ['contact', 'company', 'deal'];
    await expect(hub.run({ entities: ['lead'] })).rejects.toMatchObject({ status: 400 });
    const first = await hub.run({ entities });
    expect([first.status, ...countsOf(first)]).toEqual(['partial', 122, 0, 0, 0, 1]);
    expect(first.faults).toMatchObject([{ entity: 'deal', message: expect.stringContaining('dealname') }]);
    const stored = await hub.record('contact', ann?.id ?? '');
    expect(stored).toMatchObject({ title: 'Ann No0', subtitle: 'c0@x.test', status: 'active' });
    expect(stored?.externalUrl).toBe(
      `https://app.hubspot.com/contacts/${hub.fake.portalId}/record/0-1/${ann?.id}`,
    );
    expect(stored?.fields).toMatchObject({ email: 'c0@x.test', firstName: 'Ann' });
    expect(stored?.provenance.email).toMatchObject({ source: 'external', actor: 'hubspot', history: [] });
    const before = [await hub.written('crm_records'), await hub.written('record_links')];
    hub.clock.advance(60_000);
    const again = await hub.run({ full: true, entities });
    expect([again.recordsUnchanged, again.recordsCreated, again.recordsUpdated]).toEqual([122, 0, 0]);
    expect([await hub.written('crm_records'), await hub.written('record_links')]).toEqual(before);
    expect(await hub.world.repository.get(hub.organizationId, hub.id)).toMatchObject({
      dataCount: 122,
      errorCount: 0,
    });
    // One kind alone: all that is here counts.
    hub.clock.advance(3_600_000);
    hub.contacts(1);
    hub.clock.advance(1_000);
    await hub.run();
    expect(await hub.world.repository.get(hub.organizationId, hub.id)).toMatchObject({ dataCount: 123 });
  });

  it('begins by itself once per connection, and reconnecting leaves one schedule', async () => {
    hub.contacts(3);
    await hub.world.sync.startFirst(hub.organizationId, hub.id, `evt-${hub.id}`);
    await hub.world.sync.startFirst(hub.organizationId, hub.id, `evt-${hub.id}`);
    expect(await hub.jobs.drain(hub.world)).toEqual(['sync.inbound']);
    await hub.world.sync.startFirst(hub.organizationId, hub.id, `evt-${hub.id}`);
    for (let again = 0; again < 10; again += 1)
      await hub.world.service.connect(hub.actor, 'hubspot', {
        apiKey: hub.fake.apiKey,
      });
    const tasks = await hub.world.sync.tasks(hub.organizationId, { integrationId: hub.id, limit: 50 });
    expect(tasks.items.map(({ type }) => type).sort()).toEqual(['manual', 'scheduled']);
    expect(hub.jobs.waiting).toEqual([]);
  });
});

describe('what changes at the vendor', () => {
  it('comes here, with its past; what is archived is kept as deleted, what vanished is erased', async () => {
    const all = hub.contacts(4);
    const ids = all.map((one) => one.id);
    await hub.run();
    hub.clock.advance(3_600_000);
    hub.fake.edit('contacts', ids[0] ?? '', { firstname: 'Anna' });
    hub.fake.archive('contacts', ids[1] ?? '');
    hub.fake.purge('contacts', ids[2] ?? '');
    hub.clock.advance(1_000);
    // The fourth is met again: what lies within ten minutes of the last pass always is.
    expect(countsOf(await hub.run())).toEqual([0, 1, 1, 1, 0]);
    const edited = await hub.record('contact', ids[0] ?? '');
    expect(edited?.provenance.firstName?.history).toMatchObject([{ value: 'Ann', actor: 'hubspot' }]);
    expect(await hub.record('contact', ids[1] ?? '')).toMatchObject({
      status: 'deleted',
      fields: { firstName: 'Ann' },
    });
    expect(await hub.record('contact', ids[2] ?? '')).toMatchObject({ status: 'active' });
    hub.clock.advance(3_600_000);
    expect((await hub.run({ full: true })).recordsDeleted).toBe(1);
    expect(await hub.record('contact', ids[2] ?? '')).toMatchObject({
      status: 'deleted',
      fields: {},
      provenance: {},
    });
  });

  it('merged there is one here too: its values stay in the past, and it never comes back', async () => {
    const [into = '', other = '', later = ''] = hub.contacts(3).map(({ id }) => id);
    await hub.run();
    hub.clock.advance(3_600_000);
    hub.fake.merge('contacts', into, other);
    hub.clock.advance(1_000);
    expect((await hub.run()).recordsDeleted).toBe(1);
    expect(await hub.record('contact', other)).toMatchObject({
      status: 'deleted',
      fields: { firstName: 'Ann' },
    });
    const [link] = await hub.world.syncRepository.links(hub.id, 'contact', [into]);
    expect(link).toMatchObject({ aliases: [other], deleted: false });
    const before = [await hub.written('crm_records'), await hub.written('record_links')];
    await hub.run();
    expect([await hub.written('crm_records'), await hub.written('record_links')]).toEqual(before);
    // Found by its absence alone, as where the merge was long ago: kept, not erased.
    hub.fake.merge('contacts', into, later);
    hub.clock.advance(20 * 60_000);
    await hub.run({ full: true });
    expect(await hub.record('contact', later)).toMatchObject({
      status: 'deleted',
      fields: { firstName: 'Ann' },
    });
    expect(await hub.record('contact', into)).toMatchObject({ status: 'active' });
  });

  it('removed for good is erased as soon as it is said, also what was only deleted before; what is there stays', async () => {
    const [gone = '', archived = '', there = ''] = hub.contacts(3).map(({ id }) => id);
    await hub.run();
    hub.clock.advance(60_000);
    hub.fake.archive('contacts', archived);
    await hub.run();
    for (const id of [gone, archived]) hub.fake.purge('contacts', id);
    const told = [gone, archived, there, '404'];
    const signal = new AbortController().signal;
    const erase = (organizationId: string) =>
      hub.world.erasure.erase(organizationId, hub.id, 'contact', told, signal);
    expect(await erase('org-of-somebody-else')).toBe(0);
    expect(await erase(hub.organizationId)).toBe(2);
    for (const id of [gone, archived])
      expect(await hub.record('contact', id)).toMatchObject({
        ...{ status: 'deleted', fields: {}, provenance: {}, externalUrl: null },
      });
    expect(await hub.record('contact', there)).toMatchObject({ status: 'active' });
    const [link] = await hub.world.syncRepository.links(hub.id, 'contact', [gone]);
    expect(link).toMatchObject({ base: {}, lastPushed: null });
  });

  it('at one moment, more than a page holds, and late behind the cursor, is here once each', async () => {
    hub.contacts(5);
    await hub.run();
    hub.clock.advance(3_600_000);
    const stamp = new Date(hub.clock.now().getTime() - 60_000);
    const ties = Array.from({ length: 250 }, (_, index) =>
      hub.fake.add('contacts', { email: `t${index}@x.test`, lastname: `T${index}` }, stamp),
    );
    expect(countsOf(await hub.run())).toEqual([250, 0, 5, 0, 0]);
    // Committed only now, under a stamp that the last pass has gone past.
    const late = hub.fake.add(
      'contacts',
      { email: 'late@x.test' },
      new Date(hub.clock.now().getTime() - 30_000),
    );
    hub.clock.advance(60_000);
    expect((await hub.run()).recordsCreated).toBe(1);
    expect(await hub.record('contact', late.id)).toMatchObject({ status: 'active' });
    const rows = await core.db.firestore.collection('crm_records').where('connectionId', '==', hub.id).get();
    expect(rows.size).toBe(5 + ties.length + 1);
  });

  it('under another mapping is looked at anew, whole', async () => {
    hub.contacts(3);
    await hub.run();
    const rules = await hub.world.mappings.entity(hub.organizationId, 'hubspot', 'contact');
    const rule = rules.find(({ internalField }) => internalField === 'firstName');
    hub.clock.advance(60_000);
    await core.db.update(hub.world.mappings.ref(rule?.id ?? ''), { internalField: 'givenName', version: 2 });
    const answer = await hub.run();
    await core.db.update(hub.world.mappings.ref(rule?.id ?? ''), { internalField: 'firstName', version: 3 });
    expect(answer.recordsUpdated).toBe(3);
  });
});

describe('before it happens', () => {
  it('a dry run says what the real run then does, and writes nothing', async () => {
    const all = hub.contacts(30);
    await hub.run();
    hub.clock.advance(60_000);
    hub.fake.edit('contacts', all[0]?.id ?? '', { jobtitle: 'CEO' });
    hub.fake.archive('contacts', all[1]?.id ?? '');
    hub.fake.add('contacts', { email: 'new@x.test' });
    hub.clock.advance(1_000);
    const before = [
      await hub.written('crm_records'),
      await hub.written('record_links'),
      await hub.written('sync_checkpoints'),
    ];
    const dry = await hub.run({ dryRun: true });
    expect([
      await hub.written('crm_records'),
      await hub.written('record_links'),
      await hub.written('sync_checkpoints'),
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
    const real = await hub.run();
    expect(countsOf(dry)).toEqual(countsOf(real));
    expect(countsOf(real)).toEqual([1, 1, 28, 1, 0]);
  });

  it('losing very many records waits for an admin’s word', async () => {
    const all = hub.contacts(120);
    await hub.run();
    hub.clock.advance(60_000);
    for (const one of all.slice(0, 60)) hub.fake.archive('contacts', one.id);
    const held = await hub.run();
    expect([held.status, held.heldDeletes, held.recordsDeleted]).toEqual(['partial', 60, 0]);
    expect((await hub.world.sync.connection(hub.organizationId, hub.id)).heldDeletes).toBe(60);
    const done = await hub.run({ confirmDeletes: true });
    expect([done.recordsDeleted, done.heldDeletes]).toEqual([60, 0]);
  });
});
