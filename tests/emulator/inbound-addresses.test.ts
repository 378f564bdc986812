import { FakeGitHub } from '@tests/fakes/github';
import { call, type Person, team } from '@tests/support/accounts';
import { RouteServer } from '@tests/support/http-server';
import { eventsOf, opened } from '@tests/support/inbound-webhooks';
import { VendorSync } from '@tests/support/vendor-sync';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { POST as receive } from '@/app/api/webhooks/[target]/events/route';
import { GET as health } from '@/app/api/webhooks/[target]/health/route';
import { POST as rotate } from '@/app/api/webhooks/[target]/rotate/route';
import { PATCH as change } from '@/app/api/webhooks/[target]/route';
import { POST as tryOut } from '@/app/api/webhooks/[target]/test/route';
import { POST as register } from '@/app/api/webhooks/route';
import { outboxModel } from '@/core/events/outbox';
import { provide } from '@/core/singletons';
import { FixedClock } from '@/core/time/clock';
import { integrationModel } from '@/features/integrations/connections/schema';
import { IntegrationConnectionService } from '@/features/integrations/connections/service';
import { InboundProcessor } from '@/features/integrations/inbound/processor';
import { WebhookReceiver } from '@/features/integrations/inbound/receiver';
import { WebhookManagementService } from '@/features/integrations/inbound/registrations';
import { InboundRepository } from '@/features/integrations/inbound/repository';
import {
  type InboundHealthView,
  type InboundTrialView,
  inboundRegistrationModel,
  registerWebhookBody,
} from '@/features/integrations/inbound/schema';
import { InboundSubscriptions } from '@/features/integrations/inbound/subscriptions';
import { InboundTrial } from '@/features/integrations/inbound/trial';
import { core } from '@/server/core';

const server = new RouteServer([receive]);
/** Vendors know the public address; here it lies on this machine. */
const here = (url: string | URL) => String(url).replace(new URL(core.env.APP_URL).origin, server.url);
const usual = WebhookManagementService.getInstance();
const clock = new FixedClock(new Date().toISOString());
let organizationId: string;
let admin: Person;
let stranger: { owner: Person; organizationId: string };

beforeAll(async () => {
  await server.start();
  const made = await team({ ada: 'admin' });
  organizationId = made.organizationId;
  admin = made.ada;
  stranger = await team();
  const { deps } = usual;
  const http = {
    request: (request: Parameters<typeof core.outbound.request>[0]) =>
      core.outbound.request({ ...request, url: here(request.url) }),
  };
  const trial = new InboundTrial({ http, appUrl: core.env.APP_URL, clock: core.clock, ids: core.ids });
  provide('WebhookManagementService', () => new WebhookManagementService({ ...deps, trial }));
});
afterAll(async () => {
  provide('WebhookManagementService', () => usual);
  await server.stop();
});

const as = () => ({ as: admin, organizationId });
const asked = <T>(body: Record<string, unknown>) =>
  call<T>(register, { path: '/api/webhooks', ...as(), body });
const open = (body: Record<string, unknown>) => opened(as(), body);
const tried = (id: string, who: object = as()) =>
  call<InboundTrialView>(tryOut, { method: 'POST', path: `/api/webhooks/${id}/test`, ...who });
const changed = (id: string, body: object, who: object = as()) =>
  call<{ status: string }>(change, { method: 'PATCH', path: `/api/webhooks/${id}`, body, ...who });
const kept = (id: string) => core.db.get(core.db.doc(inboundRegistrationModel, id));

describe('a test event', () => {
  it('takes the whole way in, is labelled, and starts and proves nothing', async () => {
    const { id, secret } = await open({ providerId: 'generic', events: ['order.paid'] });
    expect((await tried(id)).json).toEqual({ delivered: true, status: 200, reason: null });
    const [event] = await eventsOf(id);
    expect(event).toMatchObject({ test: true, topic: 'irisync.test', status: 'received' });
    const failing = { ...InboundProcessor.getInstance().deps };
    failing.consumers = new Map([['generic', () => Promise.reject(new Error('must not run'))]]);
    await new InboundProcessor(failing).process(event?.id ?? '', false);
    expect((await eventsOf(id))[0]?.status).toBe('processed');
    expect(await kept(id)).toMatchObject({ verified: false, failureCount: 0 });
    const announced = await core.db.find(
      core.db.collection(outboxModel).where('event', '==', 'webhook_received'),
    );
    expect(announced.filter(({ payload }) => payload.includes(id))).toEqual([]);
    expect(event?.body).not.toContain(secret);
  });

  it('says what was answered, or that nothing was', async () => {
    const { id } = await open({ providerId: 'github' });
    server.trouble = () => 503;
    expect((await tried(id)).json).toEqual({ delivered: false, status: 503, reason: null });
    server.trouble = () => 'cut';
    expect((await tried(id)).json).toEqual({ delivered: false, status: null, reason: null });
    server.trouble = () => undefined;
    await core.db.delete(core.db.doc(inboundRegistrationModel, id));
    expect((await tried(id)).status).toBe(404);
  });

  it('is refused where nothing could sign, and leaves a handshake’s token to be read', async () => {
    const pubsub = await open({
      providerId: 'google_pubsub',
      settings: { serviceAccountEmail: 'push@p.iam.gserviceaccount.com' },
    });
    expect((await tried(pubsub.id)).status).toBe(409);
    const { id } = await open({ providerId: 'notion' });
    expect((await tried(id)).status).toBe(409);
    const path = `/api/webhooks/${id}/events`;
    await call(receive, { path, raw: '{"verification_token":"secret_token_of_notion"}', headers: {} });
    expect((await tried(id)).json.delivered).toBe(true);
    const shown = await call<InboundHealthView>(health, { path: `/api/webhooks/${id}/health`, ...as() });
    expect(shown.json).toMatchObject({ handshakeToken: 'secret_token_of_notion', verified: false });
  });
});

it('an address is switched off and on by its own people, and begins anew', async () => {
  const { id } = await open({ providerId: 'generic' });
  await core.db.update(core.db.doc(inboundRegistrationModel, id), { failureCount: 3 });
  const foreign = { as: stranger.owner, organizationId: stranger.organizationId };
  expect((await changed(id, { enabled: false }, foreign)).status).toBe(404);
  expect((await tried(id, foreign)).status).toBe(404);
  expect((await changed(id, {})).status).toBe(400);
  expect((await changed(id, { enabled: false })).json.status).toBe('disabled');
  expect(await kept(id)).toMatchObject({ disabledReason: 'person' });
  expect((await tried(id)).status).toBe(409);
  expect((await call(receive, { path: `/api/webhooks/${id}/events`, raw: '{}', headers: {} })).status).toBe(
    410,
  );
  expect((await changed(id, { description: 'Shop' })).json).toMatchObject({
    ...{ status: 'disabled', description: 'Shop' },
  });
  expect((await changed(id, { enabled: true })).json.status).toBe('active');
  expect(await kept(id)).toMatchObject({ disabledReason: null, failureCount: 0, description: 'Shop' });
  expect((await tried(id)).json.delivered).toBe(true);
});

it('an address whose vendor names its secret afterwards is opened without one and takes nothing until then', async () => {
  const { id, secret } = await open({ providerId: 'stripe' });
  expect([secret, (await tried(id)).status]).toEqual([null, 409]);
  const set = (body: object) =>
    call<{ errors?: { path: string }[] }>(rotate, { path: `/api/webhooks/${id}/rotate`, ...as(), body });
  expect((await set({})).json.errors?.[0]?.path).toBe('body.secret');
  expect((await set({ secret: 'whsec_of_the_vendor' })).status).toBe(200);
  expect((await tried(id)).json.delivered).toBe(true);
});

describe('over GitHub’s API', () => {
  const fake = new FakeGitHub(clock);
  let github: VendorSync;
  let connections: IntegrationConnectionService;
  let subscriptions: InboundSubscriptions;
  let management: WebhookManagementService;
  const hooks = () => fake.repository('acme/site').hooks;
  const secretNow = () => [...hooks().all.values()][0]?.config.secret;
  const issue = () => hooks().deliver('issues', { action: 'opened' }, here);
  const body = (more: object = {}) =>
    registerWebhookBody.parse({
      ...{ providerId: 'github', integrationId: github.id, resource: 'acme/site' },
      ...more,
    });
  const registrations = async () => new InboundRepository(core.db).registrations(github.organizationId);
  const forget = (id: string) => WebhookReceiver.getInstance().forget(id);

  beforeAll(async () => {
    await fake.start();
    fake.repository('acme/site');
    github = new VendorSync('github', fake, clock);
    await github.connect();
    await core.db.update(core.db.doc(integrationModel, github.id), {
      settings: { repositories: ['acme/site'] },
    });
    const { deps } = usual;
    const { repository, adapters, service } = github.world;
    subscriptions = new InboundSubscriptions({
      repository: deps.repository,
      integration: (organization, id) => repository.get(organization, id),
      session: (id, signal) => service.session(id, signal),
      ...{ adapters, clock, forget },
    });
    management = new WebhookManagementService({ ...deps, subscriptions, clock });
    connections = new IntegrationConnectionService({
      ...service.deps,
      ends: [...service.deps.ends, subscriptions],
    });
  });
  afterAll(() => fake.stop());

  it('opens nothing for what is not there, is another’s, or the vendor refuses', async () => {
    const faulty: [object, string][] = [
      [{ integrationId: 'int_nobody' }, 'body.integrationId'],
      [{ integrationId: null }, 'body.integrationId'],
      [{ providerId: 'slack', secret: 'slack-secret', resource: undefined }, 'body.providerId'],
      [{ providerId: 'generic' }, 'body.resource'],
      [{ resource: 'acme/other' }, 'body.resource'],
    ];
    for (const [more, path] of faulty)
      await expect(management.register(github.actor, body(more))).rejects.toMatchObject({
        faults: [{ path }],
      });
    expect((await asked<{ errors: unknown }>(body())).json.errors).toMatchObject([
      { path: 'body.integrationId' },
    ]);
    hooks().allowed = false;
    await expect(management.register(github.actor, body())).rejects.toMatchObject({
      faults: [{ path: 'body.resource', message: expect.stringContaining('Webhooks: read and write') }],
    });
    hooks().allowed = true;
    // It is made there although no answer comes: what is not open here is taken back there.
    fake.fault({ on: 'commit', kind: 'accept_then_reset', times: 3 });
    await expect(management.register(github.actor, body())).rejects.toMatchObject({
      code: 'external_service',
    });
    expect([hooks().all.size, await registrations()]).toEqual([0, []]);
  });

  it('the vendor is told, its events verify, and a rotation reaches it or changes nothing', async () => {
    const { id, secret } = await management.register(github.actor, body());
    expect([secretNow(), await issue()]).toEqual([secret, [200]]);
    expect(await kept(id)).toMatchObject({ verified: true, vendorResource: 'acme/site' });
    expect((await kept(id))?.providerWebhookId).toBe(String([...hooks().all.keys()][0]));
    fake.fault({ on: 'commit', kind: 'server_error', times: 9 });
    await expect(management.rotate(github.actor, id, { keepOldHours: 0 })).rejects.toMatchObject({
      kind: 'unavailable',
    });
    fake.calm();
    clock.advance(2 * 3600_000);
    expect([secretNow(), await issue()]).toEqual([secret, [200]]);
    const { secret: fresh } = await management.rotate(github.actor, id, { keepOldHours: 24 });
    expect([secretNow(), await issue()]).toEqual([fresh, [200]]);
    expect((await kept(id))?.secrets).toHaveLength(2);
  });

  it('a subscription that is gone there is noticed, and set up again or given up', async () => {
    const [known] = await registrations();
    const id = known?.id ?? '';
    const look = async () => {
      clock.advance(3600_000);
      await subscriptions.sweep(() => true);
      return kept(id);
    };
    expect((await look())?.status).toBe('active');
    hooks().all.clear();
    fake.fault({ on: 'read', kind: 'server_error', times: 9 });
    expect((await look())?.status).toBe('active');
    fake.calm();
    const gone = { status: 'failing', failingReason: 'subscription_gone' };
    expect(await look()).toMatchObject({ ...gone, failingSince: clock.now() });
    await management.change(github.actor, id, { enabled: true });
    expect(await kept(id)).toMatchObject({ status: 'active', failingReason: null, failingSince: null });
    expect(await issue()).toEqual([200]);
    const [hook] = hooks().all.values();
    if (hook) hook.active = false;
    expect(await look()).toMatchObject(gone);
    if (hook) hook.active = true;
    expect((await look())?.status).toBe('active');
    hooks().all.clear();
    await look();
    clock.advance(25 * 3600_000);
    await new InboundProcessor({ ...InboundProcessor.getInstance().deps, clock }).sweep();
    expect(await kept(id)).toMatchObject({ status: 'disabled', disabledReason: 'gone' });
    await management.change(github.actor, id, { enabled: true });
    expect(hooks().all.size).toBe(1);
  });

  it('ends with its connection, at the vendor too', async () => {
    const [known] = await registrations();
    const id = known?.id ?? '';
    await connections.disconnect(github.actor, github.id);
    expect(hooks().all.size).toBe(0);
    expect(await kept(id)).toMatchObject({ status: 'disabled', disabledReason: 'disconnected' });
    await expect(management.change(github.actor, id, { enabled: true })).rejects.toMatchObject({
      status: 409,
    });
    await github.connect();
    await management.change(github.actor, id, { enabled: true });
    expect(hooks().all.size).toBe(1);
    await management.delete(github.actor, id);
    expect([hooks().all.size, await registrations()]).toEqual([0, []]);
    await management.register(github.actor, body());
    await connections.delete(github.actor, github.id);
    expect([hooks().all.size, await registrations()]).toEqual([0, []]);
  });
});
