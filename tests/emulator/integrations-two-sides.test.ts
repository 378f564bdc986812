import { call, type Person, team } from '@tests/support/accounts';
import { HubSpotSync } from '@tests/support/hubspot-sync';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { POST as resolve } from '@/app/api/sync/conflicts/[id]/resolve/route';
import { POST as undo } from '@/app/api/sync/conflicts/[id]/undo/route';
import { POST as resolveMany } from '@/app/api/sync/conflicts/resolve/route';
import { GET as conflicts } from '@/app/api/sync/conflicts/route';
import type { ConflictSettings } from '@/features/crm/schema';
import type { ConflictStrategy } from '@/features/integrations/sync/conflicts';
import { linkIdOf } from '@/features/integrations/sync/repository';
import type { ConflictView, ResolvedManyView, SyncDiff } from '@/features/integrations/sync/schema';
import { auditModel } from '@/features/organizations/schema';
import { core } from '@/server/core';

let organizationId: string;
let admin: Person;
let stranger: { as: Person; organizationId: string };
let hub: HubSpotSync;

beforeAll(async () => {
  const made = await team({ ada: 'admin' });
  ({ organizationId } = made);
  admin = made.ada;
  const other = await team();
  stranger = { as: other.owner, organizationId: other.organizationId };
  hub = await HubSpotSync.connected(organizationId, admin.uid, true);
});
afterAll(() => hub.end());

/** New contacts, old enough for the next sync to see. */
function contacts(many: number): string[] {
  const ids = hub.contacts(many).map(({ id }) => id);
  hub.clock.advance(1_000);
  return ids;
}
const sync = (body: object = {}) => hub.run({ mode: 'bidirectional', ...body });
const recordId = (externalId: string) => linkIdOf(hub.id, 'contact', externalId);
async function stored(externalId: string) {
  const found = await hub.record('contact', externalId);
  if (!found) throw new Error('no record');
  return found;
}
const theirs = (externalId: string) => hub.fake.records.contacts.get(externalId)?.properties ?? {};
async function edit(externalId: string, fields: Record<string, string | null>) {
  const { version } = await stored(externalId);
  await hub.world.crm.edit(hub.actor, recordId(externalId), version, { fields });
  // What is due waits for the next sync.
  hub.jobs.waiting.splice(0);
}
const policy = (conflictPolicy: ConflictSettings) =>
  core.db.update(hub.world.syncRepository.connectionRef(hub.id), { conflictPolicy });
const by = (strategy: ConflictStrategy, more: Partial<ConflictSettings> = {}): ConflictSettings => ({
  ...{ strategy, expression: null, entities: {} },
  ...more,
});
const post = <T>(route: Parameters<typeof call>[0], path: string, body: object, who: object = {}) =>
  call<T>(route, { path, body, as: admin, organizationId, ...who });
async function listed(status: 'open' | 'resolved'): Promise<ConflictView[]> {
  const path = `/api/sync/conflicts?integrationId=${hub.id}&status=${status}&limit=100`;
  return (await call<{ items: ConflictView[] }>(conflicts, { path, as: admin, organizationId })).json.items;
}
const written = async () =>
  (
    await Promise.all(['crm_records', 'record_links', 'sync_conflicts'].map((name) => hub.written(name)))
  ).flat();

/** Everything each side has, by our names. */
async function sides(ids: readonly string[]) {
  const records = await Promise.all(ids.map(stored));
  return ids.map((id, at) => {
    const { firstname, lastname, jobtitle, city } = theirs(id);
    const { firstName, lastName, jobTitle, 'address.city': town } = records[at]?.fields ?? {};
    return {
      theirs: [firstname, lastname, jobtitle, city].map((one) => one ?? null),
      ours: [firstName, lastName, jobTitle, town].map((one) => one ?? null),
    };
  });
}

const RULES = { firstName: { strategy: 'field_merge', mergeRule: 'longest', expression: null } } as const;
const STRATEGIES: [ConflictStrategy, ConflictSettings, (ours: string, other: string) => string | null][] = [
  ['external_wins', by('external_wins'), (_, other) => other],
  ['internal_wins', by('internal_wins'), (ours) => ours],
  [
    'newest_wins',
    by('newest_wins'),
    (ours, other) => (Number.parseInt(ours.slice(4), 10) % 2 ? ours : other),
  ],
  [
    'field_merge',
    by('manual_review', { entities: { contact: { strategy: null, expression: null, fields: RULES } } }),
    (ours, other) => (ours.length > other.length ? ours : other),
  ],
  [
    'custom_rule',
    by('custom_rule', { expression: 'internal & "+" & external' }),
    (ours, other) => `${ours}+${other}`,
  ],
  ['manual_review', by('manual_review'), () => null],
];

describe('some dozens of records, changed on both sides', () => {
  let ids: string[];
  beforeAll(async () => {
    ids = contacts(24);
    await sync();
  });

  it.each(STRATEGIES)(
    'by %s: a preview says what happens, both sides are equal, a second sync writes nothing',
    async (name, settings, wanted) => {
      await policy(settings);
      hub.clock.advance(3_600_000);
      const now = hub.clock.now().getTime();
      const before = await sides(ids);
      const changed = ids.map(async (id, at) => {
        if (at % 3 === 0) await edit(id, { firstName: `ours${at}-${name}${'x'.repeat(at % 5)}` });
        if (at % 3 === 1) await edit(id, { jobTitle: `here ${name}` });
        // Before and after ours.
        const when = new Date(now + (at % 2 ? -60_000 : 60_000));
        if (at % 3 === 0)
          hub.fake.edit('contacts', id, { firstname: `them${at}-${name}${'x'.repeat(4 - (at % 5))}` }, when);
        if (at % 3 === 2) hub.fake.edit('contacts', id, { city: `there ${name}` }, when);
      });
      await Promise.all(changed);
      hub.clock.advance(120_000);
      const ours = await sides(ids);
      const untouched = await written();
      const dry = await sync({ dryRun: true });
      expect(await written()).toEqual(untouched);
      const updates = hub.fake.updates.length;
      const real = await sync();
      const after = await sides(ids);
      // What the preview said is what happened, on each side, and nothing else.
      const out = new Map(outward(dry.diffs));
      const sent = hub.fake.updates
        .slice(updates)
        .map(({ id, properties }) => [id, Object.keys(properties).length]);
      expect(sent.sort()).toEqual([...out].map(([id, diff]) => [id, diff.fields.length]).sort());
      const inward = dry.diffs.filter(({ direction, change }) => direction === 'in' && change === 'update');
      const moved = ids.filter((_, at) => String(ours[at]?.ours) !== String(after[at]?.ours));
      expect(inward.map(({ externalId }) => externalId).sort()).toEqual([...moved].sort());
      for (const { externalId, fields } of inward)
        for (const { field, after: value } of fields)
          expect((await stored(externalId)).fields[field]).toEqual(value);
      const raised = dry.diffs
        .filter(({ change }) => change === 'conflict')
        .map(({ externalId }) => externalId);
      expect([dry.conflictsDetected, raised.length]).toEqual([
        real.conflictsDetected,
        real.conflictsDetected,
      ]);

      if (name === 'manual_review') {
        const open = await listed('open');
        expect(open.map(({ externalId }) => externalId).sort()).toEqual(raised.sort());
        const body = {
          strategy: 'internal_wins',
          conflicts: open.map(({ id, version }, at) => ({ id, expectedVersion: at === 0 ? 99 : version })),
        };
        expect((await post(resolveMany, '/api/sync/conflicts/resolve', body, stranger)).json).toMatchObject({
          resolved: [],
        });
        const { json } = await post<ResolvedManyView>(resolveMany, '/api/sync/conflicts/resolve', body);
        expect(json.failed).toMatchObject([{ id: open[0]?.id, code: 'stale_version' }]);
        expect(json.resolved).toHaveLength(open.length - 1);
        const rest = { strategy: 'internal_wins', expectedVersion: open[0]?.version };
        await post(resolve, `/api/sync/conflicts/${open[0]?.id}/resolve`, rest);
        await hub.jobs.drain(hub.world);
      }
      for (const [at, side] of (await sides(ids)).entries()) {
        expect(side.ours).toEqual(side.theirs);
        if (at % 3 !== 0) continue;
        const [mine = '', other = ''] = [ours[at]?.ours[0], ours[at]?.theirs[0]];
        const settled = wanted(String(mine), String(other)) ?? mine;
        if (name === 'newest_wins') expect(side.ours[0]).toBe(at % 2 ? mine : other);
        else expect(side.ours[0]).toBe(settled);
      }
      expect(before).not.toEqual(after);
      hub.clock.advance(60_000);
      const quiet = await written();
      await sync();
      expect(await written()).toEqual(quiet);
    },
  );
});

const outward = (diffs: readonly SyncDiff[]) =>
  diffs.flatMap((diff): [string, SyncDiff][] => (diff.direction === 'out' ? [[diff.externalId, diff]] : []));

it('a preview also says what is new here, and what of the vendor’s deletions waits for a person', async () => {
  await policy(by('manual_review'));
  const [ann, ben] = contacts(2);
  await sync();
  hub.clock.advance(60_000);
  await edit(ann ?? '', { firstName: 'Kept' });
  hub.fake.archive('contacts', ann ?? '');
  hub.fake.archive('contacts', ben ?? '');
  const made = await hub.world.crm.create(hub.actor, {
    ...{ entity: 'contact', connectionId: hub.id, fields: { email: 'dry@x.test' } },
  });
  hub.jobs.waiting.splice(0);
  const before = [await written(), hub.fake.creations.length];
  const { diffs } = await sync({ dryRun: true });
  expect([await written(), hub.fake.creations.length]).toEqual(before);
  const short = diffs.map(({ direction, change, externalId }) => [direction, change, externalId]);
  expect(short.sort()).toEqual([
    ['in', 'conflict', ann],
    ['in', 'delete', ben],
    ['out', 'create', `new:${made.id}`],
  ]);
  await sync();
  expect([(await stored(ann ?? '')).sync, (await stored(ben ?? '')).status]).toEqual(['conflict', 'deleted']);
  expect(hub.fake.creations.at(-1)?.properties).toEqual({ email: 'dry@x.test' });
});

describe('a settled conflict', () => {
  const collide = async () => {
    await policy(by('manual_review'));
    const [id = ''] = contacts(1);
    await sync();
    hub.clock.advance(60_000);
    await edit(id, { firstName: 'Ours', jobTitle: 'CEO' });
    hub.fake.edit('contacts', id, { firstname: 'Theirs', jobtitle: 'CTO' });
    hub.clock.advance(1_000);
    await sync();
    return id;
  };
  const conflictOf = async (externalId: string) => {
    const found = await core.db.get(hub.world.syncRepository.conflictRef(recordId(externalId)));
    if (!found) throw new Error('no conflict');
    return found;
  };
  const decide = async (externalId: string, body: object) => {
    const { id, version: expectedVersion } = await conflictOf(externalId);
    expect(
      (await post(resolve, `/api/sync/conflicts/${id}/resolve`, { ...body, expectedVersion })).status,
    ).toBe(200);
    await hub.jobs.drain(hub.world);
  };
  const takeBack = async (externalId: string, who: object = {}, more = 0) => {
    const { id, version } = await conflictOf(externalId);
    return post<ConflictView & { detail: string }>(
      ...([undo, `/api/sync/conflicts/${id}/undo`, { expectedVersion: version + more }, who] as const),
    );
  };

  it('is taken back: both sides have what they had, the conflict is open, and can be settled the other way', async () => {
    const id = await collide();
    await decide(id, { fields: { firstName: 'internal', jobTitle: 'external' } });
    expect([theirs(id), (await stored(id)).fields]).toMatchObject([
      { firstname: 'Ours', jobtitle: 'CTO' },
      { firstName: 'Ours', jobTitle: 'CTO' },
    ]);
    expect((await takeBack(id, stranger)).status).toBe(404);
    expect((await takeBack(id, {}, 1)).status).toBe(409);
    expect((await takeBack(id)).json).toMatchObject({ status: 'open', resolvedBy: null, choices: null });
    expect([theirs(id), (await stored(id)).fields]).toMatchObject([
      { firstname: 'Theirs', jobtitle: 'CTO' },
      { firstName: 'Ours', jobTitle: 'CEO' },
    ]);
    expect((await stored(id)).sync).toBe('conflict');
    // A sync leaves it as it is, and somebody decides again.
    hub.clock.advance(60_000);
    const before = await written();
    await sync({ full: true });
    expect(await written()).toEqual(before);
    await decide(id, { strategy: 'external_wins' });
    expect((await stored(id)).fields).toMatchObject({ firstName: 'Theirs', jobTitle: 'CTO' });
    expect((await takeBack(id)).status).toBe(200);
    expect((await stored(id)).fields).toMatchObject({ firstName: 'Ours', jobTitle: 'CEO' });
    await decide(id, { strategy: 'internal_wins' });
    expect(theirs(id)).toMatchObject({ firstname: 'Ours', jobtitle: 'CEO' });
    // The log outlives the names of people who are erased.
    const { id: conflictId } = await conflictOf(id);
    const said = await core.db.find(core.db.collection(auditModel).where('targetId', '==', conflictId));
    expect(said.map(({ targetLabel }) => targetLabel)).toEqual(Array(5).fill(recordId(id)));
  });

  it('stays as it is where a side changed since, with the reason', async () => {
    const id = await collide();
    await decide(id, { strategy: 'internal_wins' });
    hub.fake.edit('contacts', id, { jobtitle: 'CFO' });
    const there = await takeBack(id);
    expect([there.status, there.json.detail]).toEqual([409, expect.stringContaining('at the vendor')]);
    hub.fake.edit('contacts', id, { jobtitle: 'CEO' });
    await edit(id, { firstName: 'Newer' });
    const here = await takeBack(id);
    expect([here.status, here.json.detail]).toEqual([409, expect.stringContaining('here since')]);
    expect(theirs(id)).toMatchObject({ firstname: 'Ours', jobtitle: 'CEO' });
    expect((await conflictOf(id)).status).toBe('resolved');
  });

  it('whose vendor’s answer is lost in the middle is taken back by asking again', async () => {
    const id = await collide();
    await decide(id, { strategy: 'internal_wins' });
    hub.fake.fault({ on: 'commit', kind: 'accept_then_reset' });
    expect((await takeBack(id)).status).toBe(502);
    hub.clock.advance(60_000);
    // What the vendor got back is not taken for an edit of its own.
    await sync();
    expect((await stored(id)).fields).toMatchObject({ firstName: 'Ours' });
    expect((await takeBack(id)).status).toBe(200);
    expect([theirs(id).firstname, (await stored(id)).fields.firstName]).toEqual(['Theirs', 'Ours']);
  });

  it('over a deletion is taken back too, both ways', async () => {
    await policy(by('manual_review'));
    for (const [strategy, status] of [
      ['external_wins', 'deleted'],
      ['internal_wins', 'active'],
    ] as const) {
      const [id = ''] = contacts(1);
      await sync();
      hub.clock.advance(60_000);
      await edit(id, { firstName: 'Ours' });
      hub.fake.archive('contacts', id);
      await sync();
      await decide(id, { strategy });
      expect((await stored(id)).status).toBe(status);
      expect((await takeBack(id)).json).toMatchObject({ kind: 'delete', status: 'open' });
      expect(await stored(id)).toMatchObject({
        status: 'active',
        sync: 'conflict',
        fields: { firstName: 'Ours' },
      });
      await decide(id, { strategy: 'external_wins' });
      expect((await stored(id)).status).toBe('deleted');
    }
  });
});
