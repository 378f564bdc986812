import { dedupWorld } from '@tests/support/dedup';
import { HubSpotSync } from '@tests/support/hubspot-sync';
import { FieldValue } from 'firebase-admin/firestore';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { candidateIdOf } from '@/features/crm/dedup/repository';
import { shardLinkIdOf, sharedRecordIdOf } from '@/features/integrations/shards/repository';
import type { ShardRule } from '@/features/integrations/shards/schema';
import { linkIdOf } from '@/features/integrations/sync/repository';
import { core } from '@/server/core';

let hub: HubSpotSync;
let world: ReturnType<typeof dedupWorld>;
beforeEach(async () => {
  hub = await HubSpotSync.connected();
  world = dedupWorld(hub);
});
afterEach(() => hub.end());

const contact = (vendor: { id: string }) => linkIdOf(hub.id, 'contact', vendor.id);
const record = (id: string) => core.db.get(hub.world.records.ref(id));
const shardInto = (...shards: ShardRule[]) =>
  hub.world.shards.save(hub.actor, hub.id, 'contact', { shards, expectedVersion: 0 });

/** Merges as they were stored before they named all their records. */
async function age(): Promise<void> {
  const merges = core.db.firestore.collection('dedup_merges');
  const { docs } = await merges.where('organizationId', '==', hub.organizationId).get();
  for (const { ref } of docs) await ref.update({ recordIds: FieldValue.delete() });
}

/** Two as a search would have found them, made one. @returns their pair. */
async function merge(survivorId: string, loserId: string): Promise<string> {
  const { repository, service } = world;
  const { organizationId } = hub;
  const recordIds = [survivorId, loserId].sort();
  const records = await Promise.all(recordIds.map(record));
  const id = candidateIdOf(organizationId, survivorId, loserId);
  const [left, right] = records.map((one) => JSON.stringify(one?.fields));
  await core.db.create(repository.candidateRef(id), {
    ...{ organizationId, entity: 'contact', recordIds, survivorId, score: 0.8, version: 1 },
    ...{ titles: records.map((one) => one?.title ?? ''), platforms: ['hubspot', 'hubspot'] },
    evidence: [
      {
        ...{ field: 'name', method: 'fuzzy', weight: 1, similarity: 0.8, strong: false },
        ...{ left: left ?? '', right: right ?? '' },
      },
    ],
    ...{ status: 'open', undone: false, foundAt: hub.clock.now(), decidedAt: null, decidedBy: null },
    ...{ mergeId: null, undoUntil: null },
  });
  const entity = records[0]?.entity === 'company' ? ('company' as const) : ('contact' as const);
  await core.db.update(repository.candidateRef(id), { entity });
  await service.resolve(hub.actor, id, { action: 'merge', survivorId });
  return id;
}

async function eraseAtOnce(...gone: { id: string }[]): Promise<void> {
  for (const { id } of gone) hub.fake.purge('contacts', id);
  const ids = gone.map(({ id }) => id);
  await hub.world.erasure.erase(hub.organizationId, hub.id, 'contact', ids, new AbortController().signal);
  await hub.world.shardSweep.sweep(() => true);
}

const KEPT = [
  ...['crm_records', 'record_links', 'relations', 'sync_conflicts', 'sync_checkpoints', 'sync_tasks'],
  ...['sync_results', 'dedup_merges', 'dedup_candidates', 'dead_letters', 'audit_log'],
  'dedup_runs',
];
/** Collections that still know a word. */
async function tracesOf(word: string): Promise<string[]> {
  const found = await Promise.all(
    KEPT.map(async (name) => {
      const mine = core.db.firestore.collection(name).where('organizationId', '==', hub.organizationId);
      const { docs } = await mine.get();
      return docs.filter((doc) => JSON.stringify(doc.data()).toLowerCase().includes(word)).map(() => name);
    }),
  );
  return [...new Set(found.flat())].sort();
}
const EVERYWHERE = ['crm_records', 'dedup_candidates', 'dedup_merges', 'record_links'];

const ASSISTANT: ShardRule = {
  ...{ key: 'assistant', kind: 'contact', condition: null, identity: null },
  fields: { firstName: 'jobTitle', 'address.city': 'address.city' },
};
const EMPLOYER: ShardRule = {
  ...{ key: 'employer', kind: 'company', condition: null, identity: 'name' },
  fields: { name: 'companyName', 'address.city': 'address.city' },
};

describe('what is erased at the vendor', () => {
  it('leaves nothing when it was one of two: what the other one says stays, until that is erased too', async () => {
    const ann = hub.fake.add('contacts', { firstname: 'Ann', company: 'Kestrel', city: 'Ulmenhausen' });
    const bea = hub.fake.add('contacts', {
      firstname: 'Brunhild',
      jobtitle: 'Brunhild CTO',
      city: 'Ulmenhausen',
    });
    await hub.run();
    const pair = await merge(contact(ann), contact(bea));
    expect(await tracesOf('brunhild')).toEqual(EVERYWHERE);
    await eraseAtOnce(bea);
    expect(await tracesOf('brunhild')).toEqual([]);
    const left = await record(contact(ann));
    expect(left).toMatchObject({ status: 'active', title: 'Ann', fields: { 'address.city': 'Ulmenhausen' } });
    expect(await core.db.get(world.repository.candidateRef(pair))).toMatchObject({ undoUntil: null });
    await expect(world.service.undo(hub.actor, pair)).rejects.toMatchObject({ status: 409 });
    await eraseAtOnce(ann);
    expect([await tracesOf('kestrel'), await tracesOf('ulmenhausen')]).toEqual([[], []]);
    expect(await record(contact(ann))).toMatchObject({ status: 'deleted', fields: {}, provenance: {} });
  });

  it('leaves nothing in merges on top of its own, in merges that were undone, nor where all go at once', async () => {
    const named = (firstname: string) =>
      hub.fake.add('contacts', { firstname, lastname: `${firstname}sen`, company: `${firstname} AG` });
    const [a, b, c] = [named('Anselm'), named('Brunhild'), named('Chlodwig')];
    const [d, e] = [named('Dietlinde'), named('Edeltraud')];
    await hub.run();
    await merge(contact(b), contact(a));
    await merge(contact(c), contact(b));
    await merge(contact(d), contact(c));
    await world.service.undo(hub.actor, await merge(contact(d), contact(e)));
    await eraseAtOnce(a, e);
    expect([await tracesOf('anselm'), await tracesOf('edeltraud')]).toEqual([[], []]);
    expect(await record(contact(d))).toMatchObject({ status: 'active' });
    await eraseAtOnce(b, c, d);
    for (const word of ['brunhild', 'chlodwig', 'dietlinde']) expect(await tracesOf(word)).toEqual([]);
    expect(await record(contact(d))).toMatchObject({ status: 'deleted', fields: {} });
  });

  it('leaves nothing in merges that do not name all their records yet; such merges can still be undone', async () => {
    const [a, b, c] = ['Anselm', 'Brunhild', 'Chlodwig'].map((firstname) =>
      hub.fake.add('contacts', { firstname, company: `${firstname} AG` }),
    );
    if (!a || !b || !c) throw new Error('three were added');
    await hub.run();
    const first = await merge(contact(b), contact(a));
    await age();
    expect((await world.service.undo(hub.actor, first)).kept).toEqual([]);
    expect((await record(contact(a)))?.fields).toMatchObject({ companyName: 'Anselm AG' });
    await world.service.resolve(hub.actor, first, { action: 'merge', survivorId: contact(b) });
    await merge(contact(c), contact(b));
    await age();
    for (const [gone, word] of [[a, 'anselm'] as const, [b, 'brunhild'] as const]) {
      await eraseAtOnce(gone);
      expect(await tracesOf(word)).toEqual([]);
    }
    expect(await record(contact(c))).toMatchObject({ status: 'active', title: 'Chlodwig' });
  });

  it('leaves nothing in what a search only tried out', async () => {
    const [, bea] = [
      hub.fake.add('contacts', { firstname: 'Ingrid', lastname: 'Weber', phone: '+4930777888' }),
      hub.fake.add('contacts', { firstname: 'Ingrid', lastname: 'Webber', phone: '+4930777888' }),
    ];
    await hub.run();
    await world.service.start(hub.actor, { full: true, dryRun: true });
    await world.drain();
    expect(await tracesOf('webber')).toContain('dedup_runs');
    await eraseAtOnce(bea);
    expect([await tracesOf('webber'), await tracesOf('weber')]).toEqual([
      [],
      expect.arrayContaining(['dedup_runs']),
    ]);
  });

  it.each([
    ['a shard that became part of a vendor’s own record', false],
    ['a shard that a vendor’s own record became part of', true],
  ])('leaves nothing of %s, one by one and both at once', async (_, shardStays) => {
    await shardInto(ASSISTANT);
    const people = [1, 2].map(() => ({
      ann: hub.fake.add('contacts', { firstname: 'Ann', jobtitle: 'Brunhild', city: 'Chemnitz' }),
      yara: hub.fake.add('contacts', { firstname: 'Yaramila', phone: '+4930777888' }),
    }));
    await hub.run();
    const stays: string[] = [];
    for (const { ann, yara } of people) {
      const both = [shardLinkIdOf(hub.id, 'contact', ann.id, 'assistant'), contact(yara)];
      const [survivor = '', loser = ''] = shardStays ? both : both.toReversed();
      await merge(survivor, loser);
      expect((await record(survivor))?.fields).toMatchObject({
        ...{ 'address.city': 'Chemnitz', phone: '+4930777888' },
      });
      stays.push(survivor);
    }
    expect(await tracesOf('chemnitz')).toEqual(EVERYWHERE);
    const [first, second] = people;
    await eraseAtOnce(first?.ann ?? { id: '' });
    const left = await record(stays[0] ?? '');
    expect(left).toMatchObject({ status: 'active', title: 'Yaramila' });
    expect(left?.fields).toMatchObject({ firstName: 'Yaramila', phone: '+4930777888' });
    expect(JSON.stringify(left)).not.toMatch(/chemnitz|brunhild/i);
    for (const { id } of [first?.yara, second?.ann, second?.yara].flatMap((one) => one ?? []))
      hub.fake.purge('contacts', id);
    hub.clock.advance(60_000);
    await hub.run({ full: true, confirmDeletes: true });
    for (const word of ['chemnitz', 'brunhild', 'yaramila', '777888'])
      expect(await tracesOf(word)).toEqual([]);
    for (const id of stays) expect(await record(id)).toMatchObject({ status: 'deleted', fields: {} });
  });

  it('leaves nothing of what it alone said of a record that several share, nor of those merged with it', async () => {
    await shardInto(EMPLOYER);
    const works = (company: string, city: string) => hub.fake.add('contacts', { company, city });
    const [ann, cem] = [works('Fernhill', 'Ulmenhausen'), works('Kestrel', 'Bergen')];
    await hub.run();
    hub.clock.advance(3_600_000);
    const [bea, dan] = [works('Fernhill', 'Chemnitz'), works('Kestrel', 'Dresden')];
    hub.clock.advance(1_000);
    await hub.run();
    const [stays, goes] = ['fernhill', 'kestrel'].map((name) => sharedRecordIdOf(hub.id, 'company', name));
    expect((await record(stays ?? ''))?.fields).toMatchObject({ 'address.city': 'Chemnitz' });
    await eraseAtOnce(bea);
    const alone = await record(stays ?? '');
    expect(alone).toMatchObject({
      status: 'active',
      fields: { name: 'Fernhill', 'address.city': 'Ulmenhausen' },
    });
    expect(await tracesOf('chemnitz')).toEqual([]);
    await merge(stays ?? '', goes ?? '');
    await eraseAtOnce(dan);
    expect(await tracesOf('dresden')).toEqual([]);
    expect(await record(stays ?? '')).toMatchObject({ status: 'active', fields: { name: 'Fernhill' } });
    await eraseAtOnce(ann);
    expect(await record(stays ?? '')).toMatchObject({ status: 'active', fields: { name: 'Kestrel' } });
    await eraseAtOnce(cem);
    expect(await record(stays ?? '')).toMatchObject({ status: 'deleted', fields: {} });
    expect([await tracesOf('fernhill'), await tracesOf('kestrel')]).toEqual([[], []]);
  });
});
