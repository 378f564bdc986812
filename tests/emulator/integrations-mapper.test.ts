import { FakeHubSpot } from '@tests/fakes/hubspot';
import { call, type Person, team } from '@tests/support/accounts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GET as fields } from '@/app/api/integrations/[id]/entities/[entity]/fields/route';
import { GET as samples } from '@/app/api/integrations/[id]/entities/[entity]/samples/route';
import { POST as preview } from '@/app/api/integrations/mappings/preview/route';
import { POST as create, GET as list, PUT as save } from '@/app/api/integrations/mappings/route';
import type { Actor } from '@/core/auth/principal';
import { singleton } from '@/core/singletons';
import { systemClock } from '@/core/time/clock';
import type { PropertyView, SampleView } from '@/features/integrations/connections/schema';
import { IntegrationService } from '@/features/integrations/facade';
import type { ExpressionService } from '@/features/integrations/mapping/expressions';
import type { MappingRepository } from '@/features/integrations/mapping/repository';
import type { MappingView, PreviewView, SavedView } from '@/features/integrations/mapping/schema';
import { IntegrationRegistryService } from '@/features/integrations/registry';
import { permissionsOf, type Role } from '@/features/organizations/permissions';
import { core } from '@/server/core';

const fake = new FakeHubSpot(systemClock);
const base = '/api/integrations/mappings';
let organizationId: string;
let owner: Person;
let viewer: Person;

beforeAll(async () => {
  await fake.start();
  // Read once, with the first setting that anybody asks for.
  process.env.HUBSPOT_API_BASE_URL = fake.url;
  const made = await team({ vic: 'viewer' });
  ({ organizationId, owner } = made);
  viewer = made.vic;
});
afterAll(async () => {
  await fake.stop();
  await singleton<ExpressionService>('ExpressionService').close();
});

const rule = (externalField: string, internalField: string, more: Record<string, unknown> = {}) => ({
  ...{ externalField, internalField, fieldType: 'string' },
  ...more,
});
type Fault = { code: string; changed: string[]; errors: { path: string; message: string }[] };

describe('saving the mappings of a kind of record', () => {
  const kind = { integrationType: 'crmx', entityType: 'contact' };
  const saved = (expected: Record<string, number>, mappings: unknown[], as = owner) =>
    call<SavedView & Fault>(save, { path: base, as, organizationId, body: { ...kind, expected, mappings } });
  const versions = (items: readonly MappingView[]) =>
    Object.fromEntries(items.map(({ id, version }) => [id, version]));
  const stored = async () =>
    (
      await call<{ items: MappingView[] }>(list, {
        path: `${base}?integrationType=crmx&entityType=contact`,
        as: viewer,
        organizationId,
      })
    ).json.items;

  it('is all or nothing, keeps what stays, and of two at once takes one', async () => {
    expect((await saved({}, [rule('a', 'name')], viewer)).status).toBe(403);
    const first = await saved({}, [rule('a', 'name'), rule('b', 'email'), rule('c', 'phone')]);
    expect([first.status, first.json.created]).toEqual([200, 3]);
    const seen = versions(first.json.items);

    const both = await Promise.all([
      saved(seen, [rule('a', 'name'), rule('b', 'mail'), rule('c', 'phone')]),
      saved(seen, [rule('a', 'title'), rule('d', 'city')]),
    ]);
    expect(both.map(({ status }) => status).sort()).toEqual([200, 409]);
    const won = both.find(({ status }) => status === 200)?.json;
    const lost = both.find(({ status }) => status === 409)?.json;
    expect(lost).toMatchObject({ code: 'stale_version', changed: expect.any(Array) });
    const now = await stored();
    expect(versions(now)).toEqual(versions(won?.items ?? []));
    const untouched = now.find(({ externalField }) => externalField === 'c');
    if (untouched) expect(untouched.version).toBe(1);

    // Somebody adds one by itself: what was based on the set without it is refused too.
    const body = { ...kind, ...rule('late', 'late') };
    expect((await call(create, { path: base, as: owner, organizationId, body })).status).toBe(201);
    expect(await saved(versions(now), [])).toMatchObject({ status: 409, json: { changed: ['late'] } });
    const again = await saved(versions(await stored()), []);
    expect(again.json).toMatchObject({ items: [], created: 0, deleted: now.length + 1 });
    expect((await saved({ gone: 1 }, [])).status).toBe(409);
    expect((await saved({}, [])).json).toMatchObject({ created: 0, changed: 0, deleted: 0 });
  });

  it('applies what fills the same field in the order that was saved', async () => {
    const order = async (mappings: unknown[]) => {
      expect((await saved(versions(await stored()), mappings)).status).toBe(200);
      const record = { work: 'w', home: 'h' };
      const answer = await call<PreviewView>(preview, {
        path: `${base}/preview`,
        as: owner,
        organizationId,
        body: { ...kind, record },
      });
      return answer.json.after;
    };
    const [work, home] = [rule('work', 'phone'), rule('home', 'phone')];
    expect(await order([work, home])).toEqual({ phone: 'h' });
    expect(await order([home, work])).toEqual({ phone: 'w' });
    const repository = singleton<MappingRepository>('MappingRepository');
    const kept = await repository.entity(organizationId, 'crmx', 'contact');
    expect(kept.map(({ externalField }) => externalField)).toEqual(['home', 'work']);
    const changed = kept.reduce((sum, { version }) => sum + version, 0);
    expect(await order([home, work])).toEqual({ phone: 'w' });
    const same = await repository.entity(organizationId, 'crmx', 'contact');
    expect(same.reduce((sum, { version }) => sum + version, 0)).toBe(changed);
  });

  it('names every fault at its place, and saves nothing then; a preview tries the others', async () => {
    const before = versions(await stored());
    const faulty = [
      rule('fine', 'fine'),
      rule('broken', 'x', { transformation: 'const a = 1;\nreturn a +;' }),
      rule('half', 'y', { transformation: 'a & ' }),
      rule('choice', 'z', { fieldType: 'enum' }),
    ];
    const refused = await saved(before, faulty);
    expect(refused.status).toBe(400);
    expect(refused.json.errors.map(({ path }) => path)).toEqual([
      'body.mappings.1.transformation',
      'body.mappings.2.transformation',
      'body.mappings.3.validation.values',
    ]);
    const twice = await saved(before, [rule('fine', 'a'), rule('fine', 'b')]);
    expect(twice.json.errors).toMatchObject([{ path: 'body.mappings.1.externalField' }]);
    expect(versions(await stored())).toEqual(before);
    const tried = await call<PreviewView>(preview, {
      path: `${base}/preview`,
      as: owner,
      organizationId,
      body: { ...kind, record: { fine: 'yes', choice: 'x' }, mappings: faulty },
    });
    expect(tried.json.after).toEqual({ fine: 'yes' });
    expect(tried.json.errors.toSorted((a, b) => a.field.localeCompare(b.field))).toMatchObject([
      { field: 'broken', step: 'expression', line: 2 },
      { field: 'choice', step: 'validation' },
      { field: 'half', step: 'expression', character: expect.any(Number) },
    ]);
  });
});

describe('the facade', () => {
  const actor = (role: Role = 'owner', organization = organizationId): Actor => ({
    ...{ userId: owner.uid, organizationId: organization, role, channelIds: [] },
    permissions: permissionsOf(role),
  });
  const facade = () => IntegrationService.getInstance();
  /** Runs jobs while something waits for them. */
  async function working<T>(waiting: Promise<T>): Promise<T> {
    let done = false;
    const over = waiting.finally(() => {
      done = true;
    });
    while (!done) await core.jobs.drain({ until: new Date(Date.now() + 2_000), limit: 50 });
    return over;
  }
  let id: string;

  it('connects, syncs to the end, and says how it stands', async () => {
    fake.add('contacts', { firstname: 'Ada', email: 'ada@mapper.test' });
    const input = { type: 'hubspot', name: 'Ours', credentials: { apiKey: fake.apiKey } };
    const { data, error } = await facade().createIntegration(actor(), input);
    expect(error).toBeNull();
    if (!data || !('integration' in data)) throw new Error('It was not connected.');
    expect(data.integration).toMatchObject({ name: 'Ours', type: 'hubspot', status: 'active' });
    ({ id } = data.integration);
    // The first sync begins by itself: another one is refused while it runs, and starts behind it.
    await expect
      .poll(
        async () => {
          await core.jobs.drain({ until: new Date(Date.now() + 5_000), limit: 50 });
          return (await facade().getIntegrationStatus(actor(), id)).data?.sync;
        },
        { timeout: 15_000, interval: 100 },
      )
      .toMatchObject({ running: false, lastStatus: 'success' });
    fake.add('contacts', { firstname: 'Ben', email: 'ben@mapper.test' });
    const synced = await working(facade().syncIntegration(actor(), id, { full: true }));
    expect(synced).toMatchObject({ error: null, data: { status: 'success', recordsProcessed: 2 } });
    expect((await facade().testConnection(actor(), id)).data).toMatchObject({ success: true });
    const statistics = await IntegrationRegistryService.getInstance().statistics(organizationId);
    expect(statistics).toMatchObject({ installed: 1, active: 1, failing: 0, records: 2 });
  }, 40_000);

  it('maps as the screen does, and gives the vendor’s fields and records to try', async () => {
    const mine = { as: owner, organizationId };
    const entity = `/api/integrations/${id}/entities/contact`;
    const known = await call<{ items: PropertyView[] }>(fields, { path: `${entity}/fields`, ...mine });
    expect(known.json.items).toContainEqual(expect.objectContaining({ path: 'properties.email' }));
    const asked = `${entity}/samples?fields=properties.email,properties.firstname`;
    const some = await call<{ items: SampleView[] }>(samples, { path: asked, ...mine });
    expect(some.json.items.map(({ record }) => (record.properties as { email: string }).email)).toEqual([
      'ada@mapper.test',
      'ben@mapper.test',
    ]);
    const one = `${asked}&externalId=${some.json.items[1]?.externalId}`;
    expect((await call<{ items: [] }>(samples, { path: one, ...mine })).json.items).toHaveLength(1);
    const unknown = { path: `/api/integrations/${id}/entities/weather/samples`, ...mine };
    expect((await call(samples, unknown)).status).toBe(404);
    const made = await facade().createDataMapping(actor(), {
      ...{ integrationType: 'hubspot', entityType: 'contact' },
      ...rule('properties.nickname', 'nickname', { transformation: '$uppercase($value)' }),
    });
    expect(made.data).toMatchObject({ version: 1 });
    // What was mapped anew is read anew, soon.
    const jobs = core.db.firestore.collection('jobs').where('type', '==', 'sync.nudge');
    const waiting = await jobs.where('payload', '==', JSON.stringify({ integrationId: id })).get();
    expect(waiting.docs.map((job) => job.get('status'))).toContain('queued');
    const { data: all } = await facade().getDataMappings(actor('viewer'), 'hubspot', 'contact');
    expect(all).toHaveLength(14);
    const record = { properties: { nickname: 'Al', email: 'no address' } };
    const { data } = await facade().transformData(actor('viewer'), 'hubspot', 'contact', record);
    expect(data?.after).toMatchObject({ nickname: 'AL' });
    expect(data?.errors).toMatchObject([{ field: 'properties.email', step: 'conversion' }]);
  });

  it('answers with what went wrong, whoever is at fault', async () => {
    const errorOf = async (asked: Promise<{ data: unknown; error: { code: string } | null }>) => {
      const { data, error } = await asked;
      expect(data).toBeNull();
      return error?.code;
    };
    const stranger = actor('owner', (await team()).organizationId);
    expect(await errorOf(facade().getIntegrationStatus(stranger, id))).toBe('not_found');
    expect(await errorOf(facade().testConnection(stranger, id))).toBe('not_found');
    expect(await errorOf(facade().syncIntegration(stranger, id))).toBe('not_found');
    expect((await facade().getDataMappings(stranger, 'hubspot', 'contact')).data).toEqual([]);
    const input = {
      type: 'hubspot',
      credentials: { apiKey: 'pat-na1-00000000-2222-3333-4444-555555555555' },
    };
    expect(await errorOf(facade().createIntegration(actor(), input))).toBe('validation_failed');
    expect(await errorOf(facade().createIntegration(actor(), { type: 'salesforce' }))).toBe(
      'integration_not_configured',
    );
    const twice = { integrationType: 'hubspot', entityType: 'contact', ...rule('properties.nickname', 'n') };
    expect(await errorOf(facade().createDataMapping(actor(), twice))).toBe('conflict');
    fake.keyRevoked = true;
    const { data } = await facade().testConnection(actor(), id);
    expect(data).toMatchObject({ success: false, health: 'down', error: expect.stringContaining('vendor') });
  });
});
