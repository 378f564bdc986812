import { call, type Person, team } from '@tests/support/accounts';
import { HubSpotSync } from '@tests/support/hubspot-sync';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { POST as note } from '@/app/api/crm/records/[id]/activities/route';
import { GET as readRecord } from '@/app/api/crm/records/[id]/route';
import { GET as listRecords } from '@/app/api/crm/records/route';
import { PUT as schedule } from '@/app/api/integrations/[id]/schedule/route';
import { GET as status } from '@/app/api/integrations/[id]/status/route';
import { POST as sync } from '@/app/api/integrations/[id]/sync/route';
import { GET as results } from '@/app/api/sync/results/route';
import type { CrmRecord } from '@/features/crm/repository';
import type { RecordView } from '@/features/crm/schema';
import { linkIdOf, scheduleIdOf } from '@/features/integrations/sync/repository';
import type { ResultView } from '@/features/integrations/sync/schema';

let organizationId: string;
let admin: Person;
let viewer: Person;
let stranger: { owner: Person; organizationId: string };
let hub: HubSpotSync;

beforeAll(async () => {
  const made = await team({ ada: 'admin', vic: 'viewer' });
  ({ organizationId } = made);
  admin = made.ada;
  viewer = made.vic;
  stranger = await team();
});
beforeEach(async () => {
  hub = await HubSpotSync.connected(organizationId, admin.uid, true);
});
afterEach(() => hub.end());

describe('over the API', () => {
  it('records are found by their words, by their organisation alone, and remember what happened', async () => {
    const [ann] = hub.contacts(2);
    hub.fake.add('contacts', { email: 'zoe@x.test', firstname: 'Zoë', lastname: 'Müller' });
    await hub.run();
    const search = async (q: string, as = viewer, org = organizationId) =>
      (
        await call<{ items: CrmRecord[] }>(listRecords, {
          path: `/api/crm/records?q=${encodeURIComponent(q)}&limit=100`,
          as,
          organizationId: org,
        })
      ).json.items.filter(({ connectionId }) => connectionId === hub.id);
    expect((await search('muller zoe')).map(({ title }) => title)).toEqual(['Zoë Müller']);
    expect(await search('muller ann')).toEqual([]);
    expect(await search('muller', stranger.owner, stranger.organizationId)).toEqual([]);
    const recordId = linkIdOf(hub.id, 'contact', ann?.id ?? '');
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
    const path = `/api/integrations/${hub.id}/sync`;
    const theirs = { as: stranger.owner, organizationId: stranger.organizationId };
    const asked = (body: object, who: object = { as: admin, organizationId }) =>
      call(sync, { path, body, ...who });
    expect((await asked({}, theirs)).status).toBe(404);
    expect((await asked({}, { as: viewer, organizationId })).status).toBe(403);
    expect((await asked({ entities: ['ticket'] })).status).toBe(400);
    const begun = await asked({ full: true });
    expect([begun.status, begun.json.taskId]).toEqual([202, expect.stringMatching(/^sync_/)]);
    expect((await asked({})).status).toBe(409);
    await hub.jobs.drain(hub.world);
    const state = await call(status, {
      path: `/api/integrations/${hub.id}/status`,
      as: viewer,
      organizationId,
    });
    expect(state.json).toMatchObject({ taskId: null, lastStatus: 'success' });
    const listed = await call<{ items: ResultView[] }>(results, {
      path: `/api/sync/results?integrationId=${hub.id}`,
      as: admin,
      organizationId,
    });
    expect(listed.json.items).toHaveLength(1);
    const plan = { path: `/api/integrations/${hub.id}/schedule`, body: { enabled: false, everyHours: 6 } };
    expect((await call(schedule, { ...plan, ...theirs })).status).toBe(404);
    expect((await call(schedule, { ...plan, as: admin, organizationId })).status).toBe(200);
    expect(await hub.world.syncRepository.task(scheduleIdOf(hub.id))).toMatchObject({
      enabled: false,
      everyHours: 6,
    });
  });

  it('ends with the connection, and goes with it when that is deleted', async () => {
    hub.contacts(3);
    await hub.run();
    const actor = hub.actor;
    await hub.world.service.disconnect(actor, hub.id);
    expect((await hub.world.syncRepository.task(scheduleIdOf(hub.id)))?.enabled).toBe(false);
    await expect(hub.run()).rejects.toMatchObject({ code: 'conflict' });
    expect((await hub.written('crm_records')).length).toBe(3);
    await hub.world.service.delete(actor, hub.id);
    expect(hub.jobs.waiting.splice(0)).toMatchObject([{ type: 'sync.forget' }]);
    // Connected again before the job ran: what it brought is wanted, and looked at whole.
    await hub.connect();
    await hub.world.setup.forgetRecords(hub.id, new AbortController().signal);
    expect(await hub.run()).toMatchObject({ recordsUnchanged: 3, recordsCreated: 0 });
    await hub.world.service.delete(actor, hub.id);
    await hub.world.setup.forgetRecords(hub.id, new AbortController().signal);
    for (const collection of [
      'crm_records',
      'record_links',
      'sync_tasks',
      'sync_results',
      'sync_checkpoints',
    ])
      expect(await hub.written(collection)).toEqual([]);
  });
});
