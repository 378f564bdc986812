import { FakeHubSpot } from '@tests/fakes/hubspot';
import { call, type Person, team } from '@tests/support/accounts';
import { type IntegrationWorld, integrationWorld } from '@tests/support/integrations';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { POST as disconnect } from '@/app/api/integrations/[id]/disconnect/route';
import { GET as fields } from '@/app/api/integrations/[id]/entities/[entity]/fields/route';
import { PATCH as change, GET as read, DELETE as remove } from '@/app/api/integrations/[id]/route';
import { POST as test } from '@/app/api/integrations/[id]/test/route';
import { GET as callback } from '@/app/api/integrations/callback/[type]/route';
import { POST as connect } from '@/app/api/integrations/connect/[type]/route';
import { GET as registry } from '@/app/api/integrations/registry/route';
import { GET as list } from '@/app/api/integrations/route';
import { FixedClock } from '@/core/time/clock';
import type { IntegrationView, RegistryView, TestAnswer } from '@/features/integrations/connections/schema';
import { core } from '@/server/core';

const base = '/api/integrations';
const clock = new FixedClock(new Date(Math.floor(Date.now() / 1000) * 1000));
const fake = new FakeHubSpot(clock);
let world: IntegrationWorld;
let organizationId: string;
let admin: Person;
let viewer: Person;
let stranger: { owner: Person; organizationId: string };
let mayManage = true;

beforeAll(async () => {
  await fake.start();
  world = integrationWorld({ clock, fake, serve: true, mayManage: () => mayManage });
  const made = await team({ ada: 'admin', vic: 'viewer' });
  ({ organizationId } = made);
  admin = made.ada;
  viewer = made.vic;
  stranger = await team();
});
afterAll(() => fake.stop());
afterEach(() => fake.calm());

const begin = (body: object = { redirectTo: '/integrations?from=test' }, org = organizationId, as = admin) =>
  call<{ authorizationUrl: string; integration: IntegrationView; code: string; errors: { path: string }[] }>(
    connect,
    { path: `${base}/connect/hubspot`, as, organizationId: org, body },
  );

/** The person says yes at the vendor; @returns the address they come back with. */
async function consented(url: string): Promise<URLSearchParams> {
  const page = await fetch(url, { redirect: 'manual' });
  return new URL(page.headers.get('location') ?? 'http://x').searchParams;
}

const returned = async (query: URLSearchParams | string, as = admin) => {
  const answer = await call(callback, { path: `${base}/callback/hubspot?${query}`, as });
  return new URL(answer.headers.get('location') ?? '', 'http://x').searchParams;
};

/** Connects over the consent page, past the route's own limit of tries. */
async function connected(): Promise<string> {
  const { json } = await begin({});
  const query = Object.fromEntries(await consented(json.authorizationUrl));
  const { redirectTo } = await world.service.callback('hubspot', admin.uid, query);
  return new URL(redirectTo, 'http://x').searchParams.get('connected') ?? '';
}

const health = (id: string) => world.repository.get(organizationId, id);
const announced = async (event: string, id: string) =>
  (await core.db.firestore.collection('outbox').where('event', '==', event).get()).docs.filter((doc) =>
    String(doc.get('payload')).includes(id),
  ).length;

describe('connecting', () => {
  it('over the consent page, as often as people like, makes one connection', async () => {
    const page = await consented((await begin()).json.authorizationUrl);
    const first = (await returned(page)).get('connected') ?? '';
    expect(first).toMatch(/^int_/);
    const again = await connected();
    const { json } = await begin({ apiKey: fake.apiKey });
    expect([again, json.integration.id]).toEqual([first, first]);
    const all = await call<{ items: IntegrationView[] }>(list, { path: base, as: viewer, organizationId });
    expect(all.json.items).toMatchObject([
      { id: first, status: 'active', type: 'hubspot', method: 'api_key' },
    ]);
    expect(await announced('integration_connected', first)).toBe(3);
  });

  it('a state works once, for its person, and for ten minutes', async () => {
    const { json } = await begin();
    const query = await consented(json.authorizationUrl);
    expect((await returned(query, stranger.owner)).get('connect_error')).toBe('state_invalid');
    expect((await returned(query)).get('connect_error')).toBe('state_invalid');
    const late = await consented((await begin()).json.authorizationUrl);
    clock.advance(10 * 60_000 + 1);
    expect((await returned(late)).get('connect_error')).toBe('state_invalid');
    expect((await returned('error=access_denied')).get('connect_error')).toBe('state_invalid');
  });

  it('refuses people who lost the right meanwhile, grants with less than is needed, and other sites', async () => {
    const query = await consented((await begin()).json.authorizationUrl);
    mayManage = false;
    const back = await returned(query);
    mayManage = true;
    expect([back.get('connect_error'), back.get('from')]).toEqual(['forbidden', 'test']);
    fake.oauth.withheld = ['crm.objects.deals.read'];
    const less = await consented((await begin()).json.authorizationUrl);
    fake.oauth.withheld = [];
    expect((await returned(less)).get('connect_error')).toBe('missing_scope');
    for (const redirectTo of ['https://evil.example', '//evil.example', '/\\evil.example'])
      expect((await begin({ redirectTo })).status).toBe(400);
  });

  it('a key is checked by its form, then at the vendor, before anything is kept', async () => {
    const org = stranger.organizationId;
    const before = fake.log.length;
    const malformed = await begin({ apiKey: 'nonsense' }, org, stranger.owner);
    expect([malformed.status, malformed.json.errors[0]?.path]).toEqual([400, 'body.apiKey']);
    expect(fake.log.length).toBe(before);
    const unknown = await begin({ apiKey: fake.apiKey.replace('1', '2') }, org, stranger.owner);
    expect([unknown.status, unknown.json.errors[0]?.path]).toEqual([400, 'body.apiKey']);
    fake.fault({ on: 'token', kind: 'server_error', times: 5 });
    expect((await begin({ apiKey: fake.apiKey }, org, stranger.owner)).status).toBe(502);
    const none = await call<{ items: unknown[] }>(list, {
      path: base,
      as: stranger.owner,
      organizationId: org,
    });
    expect(none.json.items).toEqual([]);
  });

  it('says what to do where this installation has no app, and still takes a key', async () => {
    const env = { HUBSPOT_CLIENT_ID: '', HUBSPOT_CLIENT_SECRET: '' };
    integrationWorld({ clock, fake, env, serve: true });
    const refused = await begin();
    const directory = await call<{ items: RegistryView[] }>(registry, {
      path: `${base}/registry?q=hub&category=crm&popular=true`,
      as: viewer,
      organizationId,
    });
    const key = await begin({ apiKey: fake.apiKey });
    world = integrationWorld({ clock, fake, serve: true, mayManage: () => mayManage });
    expect([refused.status, refused.json.code]).toEqual([503, 'integration_not_configured']);
    expect(JSON.stringify(refused.json)).toContain('HUBSPOT_CLIENT_ID');
    expect(directory.json.items).toMatchObject([{ type: 'hubspot', oauthConfigured: false }]);
    expect(key.status).toBe(200);
  });
});

describe('a connection', () => {
  it('is for its organisation, and changed by those who may', async () => {
    const id = await connected();
    const path = `${base}/${id}`;
    const strange = { as: stranger.owner, organizationId: stranger.organizationId };
    const watching = { as: viewer, organizationId };
    for (const who of [strange, watching]) {
      const status = who === strange ? 404 : 403;
      expect((await call(change, { path, body: { name: 'x' }, ...who })).status).toBe(status);
      expect((await call(test, { path: `${path}/test`, ...who })).status).toBe(status);
      expect((await call(disconnect, { path: `${path}/disconnect`, ...who })).status).toBe(status);
      expect((await call(remove, { path, ...who })).status).toBe(status);
    }
    expect((await call(read, { path, ...strange })).status).toBe(404);
    expect((await call(read, { path, ...watching })).status).toBe(200);
    const mine = { as: admin, organizationId };
    const renamed = await call(change, { path, body: { name: 'Sales' }, ...mine });
    expect(renamed.json).toMatchObject({ name: 'Sales' });
    const tested = await call<TestAnswer>(test, { path: `${path}/test`, ...mine });
    expect(tested.json).toMatchObject({ success: true, health: 'healthy', quotaLeft: 499_000 });
    const of = (entity: string) => call(fields, { path: `${path}/entities/${entity}/fields`, ...mine });
    expect(JSON.stringify((await of('contact')).json)).toContain('lifecyclestage');
    expect((await of('ticket')).status).toBe(404);
  });

  it('tells a vendor that is down from one that says no', async () => {
    const id = await connected();
    fake.fault({ on: 'read', kind: 'server_error', times: 5 });
    const tried = () =>
      call<TestAnswer>(test, { path: `${base}/${id}/test`, as: admin, organizationId }).then(
        ({ json }) => json,
      );
    expect(await tried()).toMatchObject({ success: false, health: 'down' });
    expect(await health(id)).toMatchObject({ status: 'error' });
    fake.calm();
    expect(await tried()).toMatchObject({ success: true });
    expect(await health(id)).toMatchObject({ status: 'active', statusReason: null });
  });

  it('ends here and at the vendor, leaves no secret, and comes back as itself', async () => {
    const id = await connected();
    const { secret } = await world.credentials.open(id);
    const path = `${base}/${id}`;
    const ended = await call(disconnect, { path: `${path}/disconnect`, as: admin, organizationId });
    expect(ended.json).toMatchObject({ status: 'disconnected' });
    expect(await world.credentialRepository.get(id)).toBeNull();
    expect(fake.oauth.accepts('accessToken' in secret ? secret.accessToken : '')).toBe(false);
    expect((await call(test, { path: `${path}/test`, as: admin, organizationId })).status).toBe(409);
    expect(await connected()).toBe(id);
    expect(await health(id)).toMatchObject({ status: 'active' });
    expect((await call(remove, { path, as: admin, organizationId })).status).toBe(204);
    expect((await call(read, { path, as: admin, organizationId })).status).toBe(404);
  });

  it('keeps its secrets in the encrypted payload alone', async () => {
    const id = await connected();
    const { secret } = await world.credentials.open(id);
    const named = async (collection: string, field: string) =>
      (await core.db.firestore.collection(collection).where(field, '==', id).get()).docs.map((doc) =>
        doc.data(),
      );
    const text = JSON.stringify([
      await named('credentials', 'integrationId'),
      await named('credential_audit', 'integrationId'),
      (await core.db.firestore.doc(`integrations/${id}`).get()).data(),
      (await call(read, { path: `${base}/${id}`, as: admin, organizationId })).json,
    ]);
    if (secret.type !== 'oauth2') throw new Error('not a grant');
    for (const value of [secret.accessToken, secret.refreshToken, fake.clientSecret])
      expect(text).not.toContain(value);
    const actions = (await named('credential_audit', 'integrationId')).map(({ action }) => action);
    expect(actions).toEqual(expect.arrayContaining(['created', 'used']));
  });
});

describe('a rotating grant', () => {
  const aloneIn = async (): Promise<string> => {
    const owner = { organizationId: `org-${core.ids.next()}`, userId: 'u' };
    const bare = integrationWorld({ clock, fake, bare: true });
    const begun = await bare.service.connect(owner as never, 'hubspot', { redirectTo: '/integrations' });
    const query = Object.fromEntries(
      await consented('authorizationUrl' in begun ? begun.authorizationUrl : ''),
    );
    const { redirectTo } = await bare.service.callback('hubspot', 'u', query);
    return new URL(redirectTo, 'http://x').searchParams.get('connected') ?? '';
  };

  it('cools down after passing trouble, and a usable token goes on', async () => {
    const id = await aloneIn();
    const { version } = await world.credentials.open(id);
    clock.advance(27 * 60_000);
    fake.fault({ on: 'token', kind: 'server_error', times: 100 });
    expect((await world.credentials.open(id)).version).toBe(version);
    const during = fake.calls('token');
    await world.credentials.open(id);
    expect(fake.calls('token')).toBe(during);
    clock.advance(31_000);
    fake.calm();
    expect((await world.credentials.open(id)).version).toBe(version + 1);
  });

  it('that the vendor took back means reconnect: told once, and not asked for again', async () => {
    const id = await connected();
    fake.oauth.revokeAll();
    clock.advance(31 * 60_000);
    await expect(world.credentials.open(id)).rejects.toMatchObject({ kind: 'auth_expired' });
    expect(await health(id)).toMatchObject({ status: 'reauth_required' });
    const after = fake.log.length;
    await expect(integrationWorld({ clock, fake }).credentials.open(id)).rejects.toMatchObject({
      kind: 'auth_expired',
    });
    expect(fake.log.length).toBe(after);
    expect(await announced('integration_needs_reauth', id)).toBe(1);
    expect(await connected()).toBe(id);
    expect(await health(id)).toMatchObject({ status: 'active' });
    await world.credentials.open(id);
  });

  it('a token the vendor refuses early is renewed once, and the call made again', async () => {
    const id = await aloneIn();
    const before = fake.calls('token');
    fake.fault({ on: 'read', kind: 'unauthorized' });
    const session = world.service.session(id, AbortSignal.timeout(5_000));
    const adapter = world.service.deps.adapters.get('hubspot');
    await expect(adapter?.checkHealth(session)).resolves.toMatchObject({ health: 'healthy' });
    expect(fake.calls('token') - before).toBe(1);
  });

  it('nobody uses is renewed by the upkeep after a week', async () => {
    const id = await aloneIn();
    clock.advance(8 * 86_400_000);
    const { renewed } = await world.credentials.upkeep(() => true);
    expect(renewed).toBeGreaterThanOrEqual(1);
    expect((await world.credentialRepository.get(id))?.refreshCount).toBe(1);
  });
});
