import { call, type Person, team } from '@tests/support/accounts';
import { integrationWorld, TestJobs } from '@tests/support/integrations';
import { beforeAll, expect, it } from 'vitest';
import { GET as listPipelines } from '@/app/api/crm/pipelines/route';
import { GET as listActivities } from '@/app/api/crm/records/[id]/activities/route';
import { PATCH as changeThere, DELETE as removeThere } from '@/app/api/sandbox-crm/records/[id]/route';
import { POST as addThere, GET as listThere } from '@/app/api/sandbox-crm/records/route';
import { POST as consent } from '@/app/api/sandbox-network/consent/route';
import { provide, singleton } from '@/core/singletons';
import { FixedClock } from '@/core/time/clock';
import { PipelineService } from '@/features/crm/pipelines';
import type { Pipeline, RecordView } from '@/features/crm/schema';
import { SandboxCrm } from '@/features/integrations/sandbox/crm';
import { SANDBOX_FIELDS, type SandboxEntity } from '@/features/integrations/sandbox/entities.data';
import { SandboxCrmRepository } from '@/features/integrations/sandbox/repository';
import type { SandboxCrmRecordView } from '@/features/integrations/sandbox/schema';
import { SandboxCrmService } from '@/features/integrations/sandbox/service';
import { OUTBOUND_JOB } from '@/features/integrations/sync/outbound';
import { linkIdOf } from '@/features/integrations/sync/repository';
import type { SyncBody } from '@/features/integrations/sync/schema';
import { StageBook } from '@/features/integrations/sync/stages';
import { core } from '@/server/core';

/** The sandbox CRM through the whole engine: the same classes, and the same steps a person takes. */
const clock = new FixedClock(new Date(Math.floor(Date.now() / 1000) * 1000));
const jobs = new TestJobs();
const handle = `crm_${Math.random().toString(36).slice(2, 10)}`;
let organizationId: string;
let admin: Person;
let stranger: Person;
let world: ReturnType<typeof integrationWorld>;
let vendor: SandboxCrm;
let id: string;

beforeAll(async () => {
  const made = await team({ ada: 'admin' });
  ({ organizationId } = made);
  admin = made.ada;
  stranger = (await team()).owner;
  const { login } = singleton<SandboxCrm>('SandboxCrm').deps;
  const repository = new SandboxCrmRepository(core.db);
  const deps = { repository, clock, ids: core.ids };
  vendor = new SandboxCrm({ ...deps, login, allowed: true });
  provide('SandboxCrmService', () => new SandboxCrmService({ ...deps, allowed: true }));
  world = integrationWorld({
    ...{ clock, jobs, sandboxCrm: vendor, serve: true },
    fake: { url: 'http://127.0.0.1:1', clientId: '', clientSecret: '' },
  });
  const stages = new StageBook({
    ...{ integrations: world.repository, mappings: world.mappings, adapters: world.adapters },
    session: (id, signal) => world.service.session(id, signal),
    cache: { getOrLoad: (key, load, options) => core.cache.getOrLoad(key, load, options) },
  });
  provide('PipelineService', () => new PipelineService({ repository: world.records, stages, clock }));
});

const actor = () => ({ organizationId, userId: admin.uid, displayName: 'Ada' }) as never;
const list = async (entity: string, as = admin) =>
  call<{ items: SandboxCrmRecordView[]; sandbox: true }>(listThere, {
    path: `/api/sandbox-crm/records?account=${handle}&entity=${entity}&limit=100`,
    as,
  });
const there = async (entity: string, name: string, value: string) => {
  const found = (await list(entity)).json.items.find(({ values }) => values[name] === value);
  if (!found) throw new Error(`no ${entity} called ${value}`);
  return found;
};
const path = (recordId: string) => `/api/sandbox-crm/records/${recordId}`;
const edit = (recordId: string, values: object, as = admin) =>
  call<SandboxCrmRecordView>(changeThere, { method: 'PATCH', path: path(recordId), body: { values }, as });
const here = async (entity: string, externalId: string) => {
  const found = await world.records.get(organizationId, linkIdOf(id, entity, externalId));
  if (!found) throw new Error('no record here');
  return found;
};
async function sync(body: Partial<SyncBody> = {}) {
  clock.advance(60_000);
  const defaults = { mode: 'bidirectional' as const, full: false, dryRun: false, confirmDeletes: false };
  const { taskId } = await world.sync.start(actor(), id, { ...defaults, ...body });
  await jobs.drain(world);
  clock.advance(60_000);
  const { items } = await world.sync.results(organizationId, { integrationId: id, limit: 10 });
  return items.find((one) => one.taskId === taskId);
}
const stagesOf = (entity: SandboxEntity) =>
  SANDBOX_FIELDS[entity].find(({ name }) => name === 'stage')?.options ?? [];
const open = async () =>
  (await world.conflicts.list(organizationId, { integrationId: id, status: 'open', limit: 10 })).items;

it('connects over its consent page, with the practice records of an account of its own', async () => {
  const begun = await world.service.connect(actor(), 'sandbox_crm', { redirectTo: '/integrations' });
  const url = new URL('authorizationUrl' in begun ? begun.authorizationUrl : '');
  expect(url.pathname).toBe('/sandbox/crm/authorize');
  const asked = (name: string) => url.searchParams.get(name) ?? '';
  const answer = await call<{ redirectTo: string }>(consent, {
    path: '/api/sandbox-network/consent',
    body: {
      ...{ handle, decision: 'allow', clientId: asked('client_id'), scope: asked('scope') },
      ...{ redirectUri: asked('redirect_uri'), state: asked('state') },
      codeChallenge: asked('code_challenge'),
    },
    as: admin,
  });
  const back = new URL(answer.json.redirectTo).searchParams;
  const query = { state: back.get('state') ?? '', code: back.get('code') ?? '' };
  const { redirectTo } = await world.service.callback('sandbox_crm', admin.uid, query);
  id = new URL(redirectTo, 'http://x').searchParams.get('connected') ?? '';
  expect(await world.service.get(organizationId, id)).toMatchObject({
    ...{ status: 'active', platform: 'sandbox_crm', accountName: expect.stringContaining('sandbox') },
  });
  await expect(world.service.connect(actor(), 'sandbox_crm', { apiKey: 'pat-x' })).rejects.toMatchObject({
    faults: [{ path: 'body.apiKey' }],
  });
  const first = await sync();
  expect([first?.status, first?.recordsCreated]).toEqual(['success', 40 + 12 + 15]);
  expect((await sync({ full: true }))?.recordsUnchanged).toBe(40 + 12 + 15);
});

it('counts deals by stage in the vendor’s order, for members of its organisation alone', async () => {
  const pipelines = (as: Person, organization: string) =>
    call<{ items: Pipeline[] }>(listPipelines, {
      path: '/api/crm/pipelines',
      as,
      organizationId: organization,
    });
  expect((await pipelines(admin, organizationId)).json.items).toEqual([
    {
      ...{ connectionId: id, entity: 'deal', platform: 'sandbox_crm', name: 'Sandbox CRM' },
      ...{ stages: stagesOf('deal'), stagesKnown: true, editable: true },
    },
  ]);
  expect((await pipelines(stranger, organizationId)).status).toBe(404);
  const counted = async () => {
    await PipelineService.getInstance().recount(organizationId, id);
    return (await world.sync.connection(organizationId, id)).counters;
  };
  const before = await counted();
  const stages = before?.pipelines[0]?.stages ?? [];
  expect(stages.map(({ stage }) => stage)).toEqual(stagesOf('deal').map(({ value }) => value));
  expect(stages.find(({ stage }) => stage === 'negotiation')).toMatchObject({
    count: 3,
    sums: [
      { currency: 'EUR', amount: '23850' },
      { currency: 'USD', amount: '11250.5' },
    ],
  });
  const today = new Date().toISOString().slice(0, 10);
  expect([before?.arrivals[today], Object.keys(before?.arrivals ?? {}).length]).toEqual([
    { contact: 40, lead: 0 },
    7,
  ]);
  // What was counted later is not overwritten by what was begun earlier, and another organisation counts nothing here.
  await world.records.saveCounters(id, { arrivals: {}, pipelines: [], at: new Date(0) });
  await PipelineService.getInstance().recount('somebody-else', id);
  expect((await world.sync.connection(organizationId, id)).counters).toEqual(before);
});

it('lists what happened with a record, newest first, and every kind of record', async () => {
  const contact = await there('contact', 'email', 'mei.tanaka@cobalt.example');
  const { id: recordId } = await here('contact', contact.id);
  const at = (hour: number) => new Date(Date.UTC(2026, 10, 1, hour));
  for (const hour of [9, 11, 10])
    await world.crm.updateLeadActivity(actor(), recordId, { kind: 'call', text: `${hour}`, at: at(hour) });
  const activities = (as: Person, organization: string) =>
    call<{ items: RecordView[] }>(listActivities, {
      ...{ path: `/api/crm/records/${recordId}/activities?limit=2`, as, organizationId: organization },
    });
  const found = await activities(admin, organizationId);
  expect(found.json.items.map(({ fields }) => fields.text)).toEqual(['11', '10']);
  const other = await team();
  expect((await activities(other.owner, other.organizationId)).status).toBe(404);
  const { crm } = world;
  const kinds = [crm.leads(organizationId, { limit: 1 }), crm.opportunities(organizationId, { limit: 1 })];
  expect((await Promise.all(kinds)).map(({ items }) => items)).toEqual([[], []]);
});

it('takes edits of both sides, refuses what its fields do not take, and shows nobody else’s account', async () => {
  const deal = await there('deal', 'title', 'Opening week');
  expect((await list('deal', stranger)).status).toBe(404);
  expect((await edit(deal.id, { title: 'Mine' }, stranger)).status).toBe(404);
  expect(JSON.stringify((await edit(deal.id, { stage: 'nowhere', title: '' })).json)).toMatch(
    /body\.values\.stage.*body\.values\.title/,
  );
  clock.advance(1_000);
  await edit(deal.id, { stage: 'talking' });
  const added = await call<SandboxCrmRecordView>(addThere, {
    path: '/api/sandbox-crm/records',
    body: { account: handle, entity: 'deal', values: { title: 'Fresh', amount: '12.50', currency: 'EUR' } },
    as: admin,
  });
  const result = await sync();
  expect([result?.recordsCreated, result?.recordsUpdated]).toEqual([1, 1]);
  expect((await here('deal', deal.id)).fields).toMatchObject({ stage: 'talking', currency: 'GBP' });
  const { id: recordId, version } = await here('deal', added.json.id);
  const won = async () => {
    const { counters } = await world.sync.connection(organizationId, id);
    return counters?.pipelines[0]?.stages.find(({ stage }) => stage === 'won');
  };
  const before = await won();
  await world.crm.edit(actor(), recordId, version, { fields: { stage: 'won', amount: '13' } });
  // As the product's own queue does it: what overviews show is counted anew with the edit.
  const outcome = await core.jobRegistry.run({
    ...{ jobId: 'test', type: OUTBOUND_JOB, payload: JSON.stringify(jobs.waiting[0]?.payload) },
    ...{ attempt: 1, maxAttempts: 1, enqueuedAt: new Date(), requestId: null },
    signal: new AbortController().signal,
  });
  expect(outcome).toEqual({ kind: 'done' });
  expect(before?.sums).toContainEqual({ currency: 'EUR', amount: '2100' });
  expect(await won()).toMatchObject({ count: (before?.count ?? 0) + 1 });
  expect((await won())?.sums).toContainEqual({ currency: 'EUR', amount: '2113' });
  await jobs.drain(world);
  expect((await there('deal', 'title', 'Fresh')).values).toMatchObject({ stage: 'won', amount: '13' });
  const now = await here('deal', added.json.id);
  expect(now.sync).toBe('synced');
  await world.crm.edit(actor(), recordId, now.version, { fields: { stage: 'nowhere' } });
  await jobs.drain(world);
  expect(await here('deal', added.json.id)).toMatchObject({
    ...{ sync: 'refused', syncMessage: expect.stringContaining('Allowed are') },
  });
});

it('meets edits of both sides as a conflict that a person settles on both', async () => {
  const contact = await there('contact', 'email', 'freya.lindqvist@elmstreet.example');
  const { id: recordId, version } = await here('contact', contact.id);
  await world.crm.edit(actor(), recordId, version, { fields: { jobTitle: 'Ours' } });
  jobs.waiting.splice(0);
  clock.advance(5_000);
  await edit(contact.id, { job_title: 'Theirs' });
  await sync({ entities: ['contact'] });
  const [conflict] = await open();
  expect(conflict).toMatchObject({ fields: [{ field: 'jobTitle', external: 'Theirs', internal: 'Ours' }] });
  await world.conflicts.resolve(actor(), conflict?.id ?? '', {
    ...{ strategy: 'internal_wins', expectedVersion: conflict?.version ?? 0 },
  });
  await jobs.drain(world);
  expect((await there('contact', 'email', 'freya.lindqvist@elmstreet.example')).values.job_title).toBe(
    'Ours',
  );
  expect((await here('contact', contact.id)).fields.jobTitle).toBe('Ours');
  expect(await open()).toEqual([]);
});

it('loses here what is deleted there at the next sync, and what is erased there when everything is compared', async () => {
  const [one, two] = await Promise.all([
    there('company', 'name', 'Granite Gym'),
    there('company', 'name', 'Harbour Hotel'),
  ]);
  const gone = (recordId: string, erase: boolean) =>
    call(removeThere, { method: 'DELETE', path: `${path(recordId)}?erase=${erase}`, as: admin });
  expect([(await gone(one.id, false)).status, (await gone(two.id, true)).status]).toEqual([204, 204]);
  expect((await gone(two.id, true)).status).toBe(404);
  const statuses = async () => [
    (await here('company', one.id)).status,
    (await here('company', two.id)).status,
  ];
  await sync({ entities: ['company'] });
  expect(await statuses()).toEqual(['deleted', 'active']);
  await sync({ entities: ['company'], full: true });
  expect(await statuses()).toEqual(['deleted', 'deleted']);
});

it('works with a token that was renewed, and no more once the permission was withdrawn', async () => {
  clock.advance(2 * 3_600_000);
  expect(await world.service.test(organizationId, id)).toMatchObject({ success: true, health: 'healthy' });
  const { secret, version } = await world.credentials.open(id);
  const authorization = secret.type === 'oauth2' ? `Bearer ${secret.accessToken}` : '';
  const knock = () =>
    vendor.handle({
      ...{ method: 'GET', path: '/v1/account', authorization, json: null },
      query: new URLSearchParams(),
    });
  expect([version, (await knock()).status]).toEqual([2, 200]);
  await world.service.disconnect(actor(), id);
  expect((await world.service.get(organizationId, id)).status).toBe('disconnected');
  expect((await knock()).status).toBe(401);
  const off = new SandboxCrm({ ...vendor.deps, allowed: false });
  const refused = { method: 'POST', path: '/oauth/token', authorization: null, json: {} };
  expect((await off.handle({ ...refused, query: new URLSearchParams() })).status).toBe(403);
});
