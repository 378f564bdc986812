import { call, type Person, team } from '@tests/support/accounts';
import { HubSpotSync } from '@tests/support/hubspot-sync';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { PATCH as change, GET as readRecord } from '@/app/api/crm/records/[id]/route';
import { PUT as setPolicy } from '@/app/api/integrations/[id]/conflict-policy/route';
import { POST as resolve } from '@/app/api/sync/conflicts/[id]/resolve/route';
import { GET as conflicts } from '@/app/api/sync/conflicts/route';
import type { RecordDetailView } from '@/features/crm/schema';
import { linkIdOf } from '@/features/integrations/sync/repository';
import type { ConflictView } from '@/features/integrations/sync/schema';

let organizationId: string;
let admin: Person;
let viewer: Person;
let member: Person;
let stranger: { as: Person; organizationId: string };
let hub: HubSpotSync;
let ann: string;

beforeAll(async () => {
  const made = await team({ ada: 'admin', mel: 'member', vic: 'viewer' });
  ({ organizationId } = made);
  [admin, member, viewer] = [made.ada, made.mel, made.vic];
  const other = await team();
  stranger = { as: other.owner, organizationId: other.organizationId };
});
beforeEach(async () => {
  hub = await HubSpotSync.connected(organizationId, admin.uid, true);
  ann = hub.contacts(1)[0]?.id ?? '';
  await hub.run({ mode: 'bidirectional' });
  hub.clock.advance(3_600_000);
});
afterEach(() => hub.end());

const stored = async () => {
  const found = await hub.record('contact', ann);
  if (!found) throw new Error('no record');
  return found;
};
/** When our side and what is agreed were last written. */
const moments = () => Promise.all(['crm_records', 'record_links'].map((name) => hub.written(name)));
const theirs = () => hub.fake.records.contacts.get(ann)?.properties ?? {};
const sync = (body: object = {}) => hub.run({ mode: 'bidirectional', ...body });

/** Over the API, with the version as it stands unless told otherwise. */
async function edit(fields: object, who: object = { as: member, organizationId }, version?: number) {
  const { id, version: known } = await stored();
  return call<RecordDetailView>(change, {
    method: 'PATCH',
    path: `/api/crm/records/${id}`,
    headers: { 'if-match': `"${version ?? known}"` },
    body: { fields },
    ...who,
  });
}

/** Both sides change the first name, ours and then theirs, and a sync meets it. */
async function collide(ours = 'Ours', other = 'Theirs') {
  await edit({ firstName: ours });
  hub.jobs.waiting.splice(0);
  hub.clock.advance(5_000);
  hub.fake.edit('contacts', ann, { firstname: other });
  hub.clock.advance(1_000);
  return sync();
}

const policy = (body: object) =>
  call(setPolicy, {
    method: 'PUT',
    path: `/api/integrations/${hub.id}/conflict-policy`,
    body,
    ...{ as: admin, organizationId },
  });
const open = async () =>
  (
    await call<{ items: ConflictView[] }>(conflicts, {
      path: `/api/sync/conflicts?integrationId=${hub.id}`,
      ...{ as: admin, organizationId },
    })
  ).json.items;
const decide = (id: string, body: object, who: object = { as: admin, organizationId }) =>
  call<ConflictView>(resolve, { path: `/api/sync/conflicts/${id}/resolve`, body, ...who });

describe('an edit here', () => {
  it('reaches HubSpot once, keeps who made it, and is nobody else’s to make', async () => {
    expect((await edit({ firstName: 'X' }, stranger)).status).toBe(404);
    expect((await edit({ firstName: 'X' }, { as: viewer, organizationId })).status).toBe(403);
    expect((await edit({ firstName: 'X' }, undefined, 99)).status).toBe(409);
    const bad = await edit({ email: 'no', nickname: 'x' });
    expect(bad.status).toBe(400);
    expect(JSON.stringify(bad.json)).toContain('body.fields.nickname');
    const answer = await edit({ firstName: 'Anna', 'address.city': 'Ulm' });
    expect(answer.json).toMatchObject({ sync: 'due', fields: { firstName: 'Anna', 'address.city': 'Ulm' } });
    expect(answer.json.provenance.firstName).toMatchObject({
      ...{ source: 'internal', actor: member.uid, history: [{ value: 'Ann', actor: 'hubspot' }] },
    });
    await hub.jobs.drain(hub.world);
    expect(hub.fake.updates).toEqual([{ id: ann, properties: { firstname: 'Anna', city: 'Ulm' } }]);
    expect(await stored()).toMatchObject({ sync: 'synced', fields: { firstName: 'Anna' } });
    const path = `/api/crm/records/${(await stored()).id}`;
    const read = await call<RecordDetailView>(readRecord, { path, as: viewer, organizationId });
    expect(read.json.editable.map(({ field }) => field)).toContain('firstName');
  });

  it('whose answer was lost is looked up, not written again; what HubSpot refuses is said', async () => {
    hub.fake.fault({ on: 'commit', kind: 'accept_then_reset' });
    await edit({ firstName: 'Anna' });
    await expect(hub.jobs.drain(hub.world)).rejects.toMatchObject({ outcome: 'unknown' });
    await sync();
    expect([hub.fake.updates.length, theirs().firstname]).toEqual([1, 'Anna']);
    expect(await stored()).toMatchObject({ sync: 'synced', syncMessage: null });
    hub.fake.refused = (values) => values.firstname === 'Bad';
    await edit({ firstName: 'Bad' });
    await hub.jobs.drain(hub.world);
    expect(await stored()).toMatchObject({
      sync: 'refused',
      syncMessage: expect.stringContaining('not valid'),
    });
    expect(theirs().firstname).toBe('Anna');
  });

  it('comes back as no change, twenty times; a later edit there to the same value is one', async () => {
    const { id, version } = await stored();
    const counts: number[][] = [];
    for (let cycle = 0; cycle < 20; cycle += 1) {
      const fields = { firstName: `Ann${cycle}` };
      await hub.world.crm.edit(hub.actor, id, version + cycle, { fields });
      hub.jobs.waiting.splice(0);
      hub.clock.advance(1_000);
      // Reads what the last cycle wrote there, then writes what this one changed here.
      const result = await sync();
      counts.push([result.recordsUpdated, result.recordsUnchanged]);
    }
    const before = await moments();
    hub.clock.advance(1_000);
    await sync();
    expect(await moments()).toEqual(before);
    expect(counts).toEqual(Array.from({ length: 20 }, () => [0, 1]));
    expect(hub.fake.updates).toHaveLength(20);
    // Twenty edits, and nothing else that wrote its fields.
    expect(await stored()).toMatchObject({ version: version + 20, fields: { firstName: 'Ann19' } });
    for (const firstname of ['Other', 'Ann19']) {
      hub.fake.edit('contacts', ann, { firstname });
      hub.clock.advance(1_000);
      await sync();
      expect((await stored()).fields.firstName).toBe(firstname);
    }
  });
});

describe('where both sides changed a field', () => {
  const UNION = { strategy: 'field_merge', mergeRule: 'longest' };
  const RULE = 'external & " " & internal';
  it.each([
    ['external_wins', { strategy: 'external_wins' }, 'Theirs'],
    ['internal_wins', { strategy: 'internal_wins' }, 'Ours'],
    ['newest_wins', { strategy: 'newest_wins' }, 'Theirs'],
    [
      'field_merge',
      { strategy: 'manual_review', entities: { contact: { fields: { firstName: UNION } } } },
      'Theirs',
    ],
    ['custom_rule', { strategy: 'custom_rule', expression: RULE }, 'Theirs Ours'],
  ] as const)('%s settles it on both', async (_, body, wanted) => {
    expect((await policy(body)).status).toBe(200);
    await collide();
    expect([(await stored()).fields.firstName, theirs().firstname]).toEqual([wanted, wanted]);
    expect(await stored()).toMatchObject({ sync: 'synced' });
    expect(await open()).toEqual([]);
  });

  it('a rule that cannot be used is refused where it stands', async () => {
    for (const [body, at] of [
      [{ strategy: 'custom_rule' }, 'body.expression'],
      [{ strategy: 'custom_rule', expression: '((' }, 'body.expression'],
      [
        {
          strategy: 'external_wins',
          entities: { contact: { fields: { shoe: { strategy: 'external_wins' } } } },
        },
        'body.entities.contact.fields.shoe',
      ],
    ] as const) {
      const answer = await policy(body);
      expect([answer.status, JSON.stringify(answer.json).includes(at)]).toEqual([400, true]);
    }
  });

  it('a person decides: neither side changes before, both are equal after, and a sync writes nothing more', async () => {
    await policy({ strategy: 'manual_review' });
    await edit({ firstName: 'Ours', jobTitle: 'CEO' });
    hub.fake.edit('contacts', ann, { firstname: 'Theirs', city: 'Ulm' });
    hub.clock.advance(1_000);
    await sync();
    expect([(await stored()).fields.firstName, theirs().firstname, theirs().jobtitle]).toEqual([
      ...['Ours', 'Theirs', undefined],
    ]);
    const [found] = await open();
    expect(found).toMatchObject({
      kind: 'fields',
      fields: [{ field: 'firstName', base: 'Ann', external: 'Theirs', internal: 'Ours' }],
    });
    const { id = '', version: expectedVersion = 0 } = found ?? {};
    const choice = { fields: { firstName: 'internal' }, expectedVersion };
    expect((await decide(id, choice, stranger)).status).toBe(404);
    expect((await decide(id, choice, { as: viewer, organizationId })).status).toBe(403);
    expect((await decide(id, { fields: {}, expectedVersion })).status).toBe(400);
    expect((await decide(id, { ...choice, expectedVersion: expectedVersion + 1 })).status).toBe(409);
    expect((await decide(id, choice)).json).toMatchObject({ status: 'resolved', resolvedBy: admin.uid });
    expect((await decide(id, choice)).status).toBe(409);
    await hub.jobs.drain(hub.world);
    expect(theirs()).toMatchObject({ firstname: 'Ours', jobtitle: 'CEO', city: 'Ulm' });
    expect((await stored()).fields).toMatchObject({
      ...{ firstName: 'Ours', jobTitle: 'CEO', 'address.city': 'Ulm' },
    });
    const before = await moments();
    await sync({ full: true });
    expect(await moments()).toEqual(before);
    expect(await open()).toEqual([]);
  });

  it('without a rule it waits too, and the vendor’s side can be taken', async () => {
    expect((await collide()).conflictsDetected).toBe(1);
    const [found] = await open();
    const { id = '', version: expectedVersion = 0 } = found ?? {};
    await decide(id, { strategy: 'external_wins', expectedVersion });
    await hub.jobs.drain(hub.world);
    expect([(await stored()).fields.firstName, theirs().firstname]).toEqual(['Theirs', 'Theirs']);
    expect((await stored()).provenance.firstName).toMatchObject({ source: 'person', actor: admin.uid });
    expect(hub.fake.updates).toEqual([]);
  });

  it('deleted there and changed here waits as well, unless the vendor’s side wins', async () => {
    await edit({ firstName: 'Ours' });
    hub.fake.archive('contacts', ann);
    await sync();
    expect(await stored()).toMatchObject({ status: 'active', sync: 'conflict' });
    const [found] = await open();
    expect(found).toMatchObject({ kind: 'delete', fields: [{ field: 'firstName', internal: 'Ours' }] });
    const before = await hub.written('crm_records');
    await sync();
    expect(await hub.written('crm_records')).toEqual(before);
    const { id = '', version: expectedVersion = 0 } = found ?? {};
    await decide(id, { strategy: 'external_wins', expectedVersion });
    expect(await stored()).toMatchObject({ status: 'deleted', sync: 'synced' });
  });
});

it('the record of a conflict has its link’s id', async () => {
  await collide();
  expect((await open())[0]).toMatchObject({ id: linkIdOf(hub.id, 'contact', ann), title: 'Ours No0' });
});
