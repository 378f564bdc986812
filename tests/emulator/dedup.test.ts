import { call, type Person, team } from '@tests/support/accounts';
import { dedupWorld, likely, sure } from '@tests/support/dedup';
import { HubSpotSync } from '@tests/support/hubspot-sync';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { POST as resolve } from '@/app/api/dedup/candidates/[id]/resolve/route';
import { POST as undo } from '@/app/api/dedup/candidates/[id]/undo/route';
import { GET as list } from '@/app/api/dedup/candidates/route';
import { POST as start } from '@/app/api/dedup/runs/route';
import { GET as readRules, PUT as setRules } from '@/app/api/dedup/settings/route';
import { provide } from '@/core/singletons';
import { type CandidateView, DEFAULT_POLICY, type UndoAnswer } from '@/features/crm/dedup/schema';
import type { CrmRecord } from '@/features/crm/repository';
import { crmSyncCompleted } from '@/features/integrations/events';
import { sharedRecordIdOf } from '@/features/integrations/shards/repository';
import type { ShardRule } from '@/features/integrations/shards/schema';
import { linkIdOf } from '@/features/integrations/sync/repository';
import { auditModel } from '@/features/organizations/schema';
import { core } from '@/server/core';

let organizationId: string;
let admin: Person;
let viewer: Person;
let hub: HubSpotSync;
let world: ReturnType<typeof dedupWorld>;

const mine = () => ({ as: admin, organizationId });
const open = async () =>
  (await call<{ items: CandidateView[] }>(list, { path: '/api/dedup/candidates', ...mine() })).json.items;
const decide = (id: string, body: object, who: object = mine()) =>
  call<CandidateView>(resolve, { path: `/api/dedup/candidates/${id}/resolve`, body, ...who });
const takeBack = (id: string) =>
  call<UndoAnswer>(undo, { path: `/api/dedup/candidates/${id}/undo`, ...mine() });
const idOf = (vendor: { id: string }) => linkIdOf(hub.id, 'contact', vendor.id);
const record = (vendor: { id: string }) => hub.record('contact', vendor.id);
const shardInto = async (...shards: ShardRule[]) => {
  const { version: expectedVersion } = await hub.world.shards.rules(organizationId, hub.id, 'contact');
  await hub.world.shards.save(hub.actor, hub.id, 'contact', { shards, expectedVersion });
};
const search = async () => {
  await world.runs.startChanged(organizationId);
  return world.drain();
};
/** A record as it is compared before and after: all but what every write moves on. */
const facts = (one: CrmRecord | null) => {
  if (!one) return null;
  const { version: _v, updatedAt: _u, blocks, ...rest } = one;
  return { ...rest, blocks: blocks.toSorted() };
};

beforeAll(async () => {
  const made = await team({ ada: 'admin', vic: 'viewer' });
  ({ organizationId } = made);
  admin = made.ada;
  viewer = made.vic;
});
beforeEach(async () => {
  hub = await HubSpotSync.connected(organizationId, admin.uid, true);
  world = dedupWorld(hub);
});
afterEach(async () => {
  await world.drain();
  if (await hub.world.repository.exists(hub.id)) await hub.world.service.delete(hub.actor, hub.id);
  await hub.end();
  await hub.world.setup.forgetRecords(hub.id, new AbortController().signal);
});

describe('a search', () => {
  it('merges the sure ones, leaves the likely ones to people, and does nothing the second time', async () => {
    const [a, b] = sure(hub);
    const [c, d] = likely(hub);
    hub.fake.add('contacts', { firstname: 'Omar', lastname: 'Haddad', phone: '+4930777888' });
    await hub.run();
    const dry = await call<{ runId: string }>(start, {
      path: '/api/dedup/runs',
      body: { dryRun: true },
      ...mine(),
    });
    expect(dry.status).toBe(202);
    expect((await call(start, { path: '/api/dedup/runs', body: {}, ...mine() })).status).toBe(409);
    await world.drain();
    const said = await world.service.getRun(organizationId, dry.json.runId);
    expect([said.status, said.counts.merged, said.counts.found, said.pairs.length]).toEqual([
      'completed',
      1,
      1,
      2,
    ]);
    expect([await open(), (await record(a))?.status]).toEqual([[], 'active']);
    await search();
    const stored = [await record(a), await record(b)];
    const [survivor, loser] = stored[0]?.status === 'active' ? stored : stored.toReversed();
    expect(survivor).toMatchObject({ status: 'active', mergedFrom: [loser?.id] });
    expect(survivor?.fields).toMatchObject({ jobTitle: 'CEO', 'address.city': 'Berlin' });
    expect(loser).toMatchObject({ status: 'merged', mergedInto: survivor?.id, fields: {} });
    const waiting = await open();
    expect(waiting.map(({ recordIds }) => recordIds)).toEqual([[idOf(c), idOf(d)].sort()]);
    expect(waiting[0]?.evidence.map(({ field }) => field)).toEqual(['phone', 'name', 'name']);
    const before = await hub.written('crm_records');
    await world.service.start({ organizationId, userId: 'ada' } as never, { full: true, dryRun: false });
    await world.drain();
    expect([await hub.written('crm_records'), await open()]).toEqual([before, waiting]);
  });

  it('goes on where its time ended, part by part, and once for each event', async () => {
    for (let at = 0; at < 30; at += 1)
      hub.fake.add('contacts', {
        firstname: 'Ann',
        lastname: `Person${at}`,
        email: `twice${at % 15}@x.test`,
      });
    await hub.run();
    world = dedupWorld(hub, 0);
    await world.runs.startChanged(organizationId, `evt-${hub.id}`);
    await world.runs.startChanged(organizationId, `evt-${hub.id}`);
    expect(await world.drain()).toBeGreaterThan(1);
    await world.runs.startChanged(organizationId, `evt-${hub.id}`);
    expect(world.jobs.waiting).toEqual([]);
    const told = { organizationId, integrationId: hub.id, platform: 'hubspot', taskId: 'none', deleted: 0 };
    provide('DedupRuns', () => world.runs);
    await core.bus.emit(crmSyncCompleted, {
      ...told,
      ...{ status: 'success', created: 1, updated: 0, failed: 0, heldDeletes: 0 },
    });
    expect(await world.drain()).toBeGreaterThan(0);
    const run = await world.service.getRun(organizationId, `dedup_evt-${hub.id}`);
    expect([run.status, run.counts.compared >= 15]).toEqual(['completed', true]);
  });
});

describe('a person', () => {
  it('merges, and what the vendor says of either goes to the one that stays; undoing restores both', async () => {
    const [c, d] = likely(hub);
    await hub.run();
    await search();
    const [pair] = await open();
    const id = pair?.id ?? '';
    const before = [facts(await record(c)), facts(await record(d))];
    const links = await hub.written('record_links');
    expect((await decide(id, { action: 'merge' }, { as: viewer, organizationId })).status).toBe(403);
    const other = await team();
    const theirs = { as: other.owner, organizationId: other.organizationId };
    expect((await decide(id, { action: 'merge' }, theirs)).status).toBe(404);
    expect((await decide(id, { action: 'merge', survivorId: 'someone' })).status).toBe(400);
    const [one, two] = await Promise.all([
      decide(id, { action: 'merge', survivorId: idOf(c) }),
      decide(id, { action: 'keep_apart' }),
    ]);
    expect([one.status, two.status].sort()).toEqual([200, 409]);
    if (two.status === 200) {
      expect((await takeBack(id)).status).toBe(200);
      expect((await decide(id, { action: 'merge', survivorId: idOf(c) })).status).toBe(200);
    }
    expect(await record(d)).toMatchObject({ status: 'merged', mergedInto: idOf(c) });
    expect((await record(c))?.fields).toMatchObject({ jobTitle: 'CTO', companyName: 'Kestrel' });
    // Undone at once, both are what they were.
    const undone = await takeBack(id);
    expect([undone.status, undone.json.kept]).toEqual([200, []]);
    expect([facts(await record(c)), facts(await record(d))]).toEqual(before);
    expect((await hub.written('record_links')).length).toBe(links.length);
    await search();
    expect((await open()).map((left) => [left.id, left.undone])).toEqual([[id, true]]);
  });

  it('merges and goes on syncing: no ghost comes back, nothing is written there, a later undo says what stays', async () => {
    const [c, d] = likely(hub);
    await hub.run();
    await search();
    const [pair] = await open();
    const id = pair?.id ?? '';
    const before = await record(d);
    await decide(id, { action: 'merge', survivorId: idOf(c) });
    const theirs = () => [...hub.fake.records.contacts.values()].map(({ properties }) => properties.lastname);
    const sent = theirs();
    hub.clock.advance(3_600_000);
    // The absorbed one changes at its vendor, and the other one too.
    hub.fake.edit('contacts', d.id, { jobtitle: 'COO', city: 'Bonn' });
    hub.fake.edit('contacts', c.id, { company: 'Kestrel Media' });
    hub.clock.advance(1_000);
    await hub.run({ mode: 'bidirectional', full: true });
    expect(await record(d)).toMatchObject({ status: 'merged', fields: {} });
    expect((await record(c))?.fields).toMatchObject({
      ...{ jobTitle: 'COO', 'address.city': 'Bonn', companyName: 'Kestrel Media', lastName: 'Webber' },
    });
    expect((await record(c))?.sync).toBe('synced');
    expect(theirs()).toEqual(sent);
    const answer = await takeBack(id);
    expect(answer.json.kept).toEqual(
      expect.arrayContaining([
        { recordId: idOf(c), field: 'companyName' },
        { recordId: idOf(d), field: 'jobTitle' },
        { recordId: idOf(d), field: 'address.city' },
      ]),
    );
    expect((await record(c))?.fields).toMatchObject({ companyName: 'Kestrel Media' });
    expect((await record(c))?.fields.jobTitle ?? null).toBeNull();
    expect((await record(d))?.fields).toMatchObject({
      ...before?.fields,
      jobTitle: 'COO',
      'address.city': 'Bonn',
    });
    hub.clock.advance(1_000);
    expect(await hub.run({ mode: 'bidirectional', full: true })).toMatchObject({ recordsUpdated: 0 });
    expect((await record(d))?.sync).toBe('synced');
  });

  it('undoes merges of three back to front, and none after 30 days', async () => {
    const [c, d] = likely(hub);
    const e = hub.fake.add('contacts', {
      firstname: 'Ingrid',
      lastname: 'Weber',
      phone: '+4930777888',
      city: 'Ulm',
    });
    await hub.run();
    await search();
    const before = [await record(c), await record(d), await record(e)].map(facts);
    const pairOf = async (one: { id: string }) =>
      (await open()).find(({ recordIds }) => recordIds.includes(idOf(one)) && recordIds.includes(idOf(c)))
        ?.id ?? '';
    const [first, second] = [await pairOf(d), await pairOf(e)];
    await decide(first, { action: 'merge', survivorId: idOf(c) });
    await decide(second, { action: 'merge', survivorId: idOf(c) });
    expect((await record(c))?.mergedFrom).toEqual([idOf(d), idOf(e)]);
    expect((await takeBack(first)).status).toBe(409);
    expect((await takeBack(second)).json.kept).toEqual([]);
    expect((await takeBack(first)).json.kept).toEqual([]);
    expect([await record(c), await record(d), await record(e)].map(facts)).toEqual(before);
    await decide(first, { action: 'merge', survivorId: idOf(c) });
    hub.clock.advance(31 * 86_400_000);
    expect((await takeBack(first)).status).toBe(409);
  });

  it('deletes one of two at the vendor: the record stays for the other, and goes with the last', async () => {
    const [c, d] = likely(hub);
    await hub.run();
    await search();
    const [pair] = await open();
    await decide(pair?.id ?? '', { action: 'merge', survivorId: idOf(c) });
    hub.clock.advance(3_600_000);
    hub.fake.archive('contacts', c.id);
    await hub.run();
    expect(await record(c)).toMatchObject({ status: 'active', fields: { companyName: 'Kestrel' } });
    hub.clock.advance(3_600_000);
    hub.fake.purge('contacts', d.id);
    await hub.run({ full: true });
    expect(await record(c)).toMatchObject({ status: 'deleted', fields: {} });
    expect((await takeBack(pair?.id ?? '')).status).toBe(409);
    const kept = await core.db.firestore.collection('dedup_merges').where('survivorId', '==', idOf(c)).get();
    expect(kept.size).toBe(0);
  });

  it('deletes a connection: what was merged across two of them parts again', async () => {
    const other = await HubSpotSync.connected(organizationId, admin.uid);
    const [c] = likely(hub);
    const twin = other.fake.add('contacts', {
      ...{ firstname: 'Ingrid', lastname: 'Webber', phone: '+4930777888', jobtitle: 'CTO' },
    });
    await hub.run();
    await other.run();
    await search();
    const twinId = linkIdOf(other.id, 'contact', twin.id);
    const pair = (await open()).find(
      ({ recordIds }) => recordIds.includes(idOf(c)) && recordIds.includes(twinId),
    );
    await decide(pair?.id ?? '', { action: 'merge', survivorId: idOf(c) });
    await hub.world.service.delete(hub.actor, hub.id);
    await hub.world.setup.forgetRecords(hub.id, new AbortController().signal);
    expect(await record(c)).toBeNull();
    const back = await other.record('contact', twin.id);
    expect(back).toMatchObject({ status: 'active', mergedInto: null, title: 'Ingrid Webber' });
    expect(back?.fields).toMatchObject({ jobTitle: 'CTO' });
    expect(back?.fields.companyName ?? null).toBeNull();
    expect(await other.run({ full: true })).toMatchObject({ recordsUpdated: 0, recordsCreated: 0 });
    await other.world.service.delete(other.actor, other.id);
    await other.world.setup.forgetRecords(other.id, new AbortController().signal);
    await other.end();
  });

  it('takes along what belongs to either, and gives it back', async () => {
    const [c, d] = likely(hub);
    const fernhill = hub.fake.add('companies', { name: 'Fernhill' });
    hub.fake.associations.add(['contacts', d.id], ['companies', fernhill.id]);
    const rules = {
      ...{ key: 'boss', kind: 'lead' as const, condition: null, identity: null },
      fields: { title: 'jobTitle' },
    };
    await shardInto(rules);
    await hub.run({ entities: ['contact', 'company'] });
    await search();
    const [pair] = (await open()).filter(({ recordIds }) => recordIds.includes(idOf(c)));
    const ends = async () => {
      const rows = await hub.world.relationRepository.from(hub.id, 'contact', [c.id, d.id]);
      return rows.map(({ from, to, kind }) => [kind, from, to]).sort();
    };
    const before = await ends();
    expect(before.map(([, from]) => from)).toEqual([idOf(d), idOf(d)]);
    await decide(pair?.id ?? '', { action: 'merge', survivorId: idOf(c) });
    expect(await ends()).toEqual(before.map(([kind, , to]) => [kind, idOf(c), to]));
    expect((await takeBack(pair?.id ?? '')).status).toBe(200);
    expect(await ends()).toEqual(before);
    await shardInto();
  });

  it('merges shards: who is of a merged identity goes to the record that stayed, which has its own word alone', async () => {
    const employer = (name: string) => sharedRecordIdOf(hub.id, 'company', name);
    const rules = {
      ...{ key: 'employer', kind: 'company' as const, condition: null, identity: 'name' },
      fields: { name: 'companyName', 'address.city': 'address.city' },
    };
    await shardInto(rules);
    const ann = hub.fake.add('contacts', { firstname: 'Ann', company: 'Fernhill Medien', city: 'Berlin' });
    hub.fake.add('contacts', { firstname: 'Bea', company: 'Fernhill Media', city: 'Berlin' });
    await hub.run();
    await search();
    const [stays, goes] = [employer('fernhill medien'), employer('fernhill media')];
    const pair = (await open()).find(({ recordIds }) => recordIds.includes(stays));
    expect((await decide(pair?.id ?? '', { action: 'merge', survivorId: stays })).status).toBe(200);
    hub.clock.advance(3_600_000);
    const cem = hub.fake.add('contacts', { firstname: 'Cem', company: 'Fernhill Media', city: 'Ulm' });
    hub.fake.edit('contacts', ann.id, { city: 'Bonn' });
    hub.clock.advance(1_000);
    await hub.run();
    const company = (id: string) => core.db.get(hub.world.records.ref(id));
    expect(await company(goes)).toMatchObject({ status: 'merged', fields: {} });
    expect(await company(stays)).toMatchObject({
      fields: { name: 'Fernhill Medien', 'address.city': 'Bonn' },
    });
    const [row] = await hub.world.relationRepository.from(hub.id, 'contact', [cem.id]);
    expect(row).toMatchObject({ to: stays });
    const { kept } = (await takeBack(pair?.id ?? '')).json;
    expect(kept).toEqual([{ recordId: stays, field: 'address.city' }]);
    expect(await company(goes)).toMatchObject({ status: 'active', fields: { name: 'Fernhill Media' } });
    await shardInto();
  });

  it('keeps two apart for ever, even in a full search and when one becomes part of another', async () => {
    const [c, d] = likely(hub);
    await hub.run();
    await search();
    const [pair] = await open();
    expect((await decide(pair?.id ?? '', { action: 'swap' })).json.survivorId).not.toBe(pair?.survivorId);
    expect((await decide(pair?.id ?? '', { action: 'keep_apart', expectedVersion: 1 })).status).toBe(409);
    expect((await decide(pair?.id ?? '', { action: 'keep_apart', expectedVersion: 2 })).status).toBe(200);
    expect((await takeBack(pair?.id ?? '')).status).toBe(200);
    expect((await decide(pair?.id ?? '', { action: 'keep_apart', expectedVersion: 4 })).status).toBe(200);
    // The log outlives the names of people who are erased.
    const said = await core.db.find(core.db.collection(auditModel).where('targetId', '==', pair?.id));
    expect(said.map(({ action }) => action).sort()).toEqual([
      ...['crm.duplicates_kept_apart', 'crm.duplicates_kept_apart', 'crm.duplicates_reopened'],
    ]);
    for (const { targetLabel, facts } of said)
      expect([targetLabel, facts]).toEqual([pair?.id, { records: [idOf(c), idOf(d)].sort() }]);
    const twin = hub.fake.add('contacts', {
      ...{ firstname: 'Ingrid', lastname: 'Webber', phone: '+4930777888', jobtitle: 'CTO', city: 'Bonn' },
    });
    hub.clock.advance(60_000);
    await hub.run();
    await search();
    const found = (await open()).find(
      ({ recordIds }) => recordIds.includes(idOf(twin)) && recordIds.includes(idOf(d)),
    );
    await decide(found?.id ?? '', { action: 'merge', survivorId: idOf(twin) });
    await world.drain();
    await world.service.start({ organizationId, userId: 'ada' } as never, { full: true, dryRun: false });
    await world.drain();
    expect((await open()).filter(({ recordIds }) => recordIds.includes(idOf(c)))).toEqual([]);
  });

  it('sets how duplicates are found; an expression that cannot be read is refused where it stands', async () => {
    const path = '/api/dedup/settings';
    const put = (body: object) => call<{ errors: { path: string }[] }>(setRules, { path, body, ...mine() });
    const custom = { field: 'jobTitle', method: 'custom', weight: 3, strong: false };
    const withRule = (expression: string) => ({
      ...DEFAULT_POLICY,
      rules: {
        ...DEFAULT_POLICY.rules,
        contact: [...DEFAULT_POLICY.rules.contact, { ...custom, expression }],
      },
    });
    const refused = await put(withRule('left = ('));
    expect([refused.status, refused.json.errors[0]?.path]).toEqual([400, 'body.rules.contact.7.expression']);
    expect((await put({ ...DEFAULT_POLICY, reviewFrom: 0.95 })).status).toBe(400);
    expect((await put(withRule('left = right ? 1 : 0'))).status).toBe(200);
    expect((await call(readRules, { path, ...mine() })).json).toMatchObject({ mergeFrom: 0.92 });
    hub.fake.add('contacts', { firstname: 'Lars', lastname: 'Klein', phone: '+4930999000', jobtitle: 'CEO' });
    hub.fake.add('contacts', { firstname: 'Lars', lastname: 'Klein', phone: '+4930999000', jobtitle: 'CFO' });
    await hub.run();
    await search();
    expect(await open()).toEqual([]);
    await put(DEFAULT_POLICY);
    await world.service.start({ organizationId, userId: 'ada' } as never, { full: true, dryRun: false });
    await world.drain();
    expect(await open()).toHaveLength(1);
  });
});
