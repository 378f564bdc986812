import { createHmac } from 'node:crypto';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { call, type Person, team } from '@tests/support/accounts';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GET as challenge, POST as receive } from '@/app/api/webhooks/[target]/events/route';
import { GET as health } from '@/app/api/webhooks/[target]/health/route';
import { POST as replay } from '@/app/api/webhooks/[target]/received/[eventId]/replay/route';
import { GET as received } from '@/app/api/webhooks/[target]/received/route';
import { POST as rotate } from '@/app/api/webhooks/[target]/rotate/route';
import { DELETE as remove } from '@/app/api/webhooks/[target]/route';
import { GET as readEndpoint } from '@/app/api/webhooks/endpoints/[id]/route';
import { GET as list, POST as register } from '@/app/api/webhooks/route';
import { outboxModel } from '@/core/events/outbox';
import { OutboundHttp } from '@/core/http/outbound';
import type { JobRequest } from '@/core/jobs/job-queue';
import { FixedClock } from '@/core/time/clock';
import { InboundProcessor } from '@/features/integrations/inbound/processor';
import type { InboundProvider } from '@/features/integrations/inbound/providers.data';
import { GooglePushTokens } from '@/features/integrations/inbound/pubsub';
import { WebhookReceiver } from '@/features/integrations/inbound/receiver';
import { WebhookManagementService } from '@/features/integrations/inbound/registrations';
import { InboundRepository } from '@/features/integrations/inbound/repository';
import {
  type CreatedInboundView,
  type InboundEventView,
  type InboundHealthView,
  inboundAuditModel,
  inboundEventModel,
  inboundRegistrationModel,
} from '@/features/integrations/inbound/schema';
import { core } from '@/server/core';

let organizationId: string;
let admin: Person;
let stranger: { owner: Person; organizationId: string };

beforeAll(async () => {
  const made = await team({ ada: 'admin' });
  organizationId = made.organizationId;
  admin = made.ada;
  stranger = await team();
});

const mac = (secret: string, text: string | Uint8Array, encoding: 'hex' | 'base64' = 'hex') =>
  createHmac('sha256', secret).update(text).digest(encoding);

async function opened(
  providerId: InboundProvider,
  more: Record<string, unknown> = {},
): Promise<CreatedInboundView> {
  const body = { providerId, ...more };
  const answer = await call<CreatedInboundView>(register, {
    path: '/api/webhooks',
    as: admin,
    organizationId,
    body,
  });
  expect([answer.status, answer.text]).toEqual([201, expect.any(String)]);
  return answer.json;
}

const github = (text: string | Uint8Array, secret: string, delivery = 'd-1') => ({
  'x-hub-signature-256': `sha256=${mac(secret, text)}`,
  'x-github-delivery': delivery,
  'x-github-event': 'issues',
});

function send(target: string, raw: string | Uint8Array<ArrayBuffer>, headers: Record<string, string>) {
  return call(receive, { path: `/api/webhooks/${target}/events`, raw, headers });
}

const eventsOf = (registrationId: string) =>
  core.db.find(core.db.collection(inboundEventModel).where('registrationId', '==', registrationId));
const auditOf = (registrationId: string) =>
  core.db.find(core.db.collection(inboundAuditModel).where('registrationId', '==', registrationId));
const jobsOf = async (eventId: string) => {
  const payload = JSON.stringify({ eventId });
  return (await core.db.firestore.collection('jobs').where('payload', '==', payload).get()).size;
};

describe('a delivery', () => {
  it('is kept with its job before it is acknowledged, once however often and however many at once it is sent', async () => {
    const { id, secret } = await opened('github');
    const text = '{"action":"opened","title":"ä"}';
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => send(id, text, github(text, secret ?? ''))),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(200));
    const [event, ...others] = await eventsOf(id);
    expect(others).toEqual([]);
    expect(event).toMatchObject({ organizationId, topic: 'issues', body: text });
    expect(await jobsOf(event?.id ?? '')).toBe(1);
    await InboundProcessor.getInstance().process(event?.id ?? '', false);
    await InboundProcessor.getInstance().process(event?.id ?? '', false);
    expect((await eventsOf(id))[0]?.status).toBe('processed');
    const announced = await core.db.find(
      core.db.collection(outboxModel).where('event', '==', 'webhook_received'),
    );
    expect(announced.filter(({ payload }) => payload.includes(id))).toHaveLength(1);
  });

  it('that is altered, unsigned or signed by another is refused, written down, and changes nothing', async () => {
    const { id, secret } = await opened('github');
    const text = '{"action":"opened"}';
    const good = github(text, secret ?? '');
    const refused: [string, Record<string, string>, string][] = [
      [text.replace('o', 'p'), good, 'signature_mismatch'],
      [
        text,
        { ...good, 'x-hub-signature-256': good['x-hub-signature-256'].slice(0, -1) },
        'signature_mismatch',
      ],
      [text, github(text, 'another secret'), 'signature_mismatch'],
      [text, { 'x-github-delivery': 'd-1' }, 'header_missing'],
    ];
    for (const [body, headers] of refused) expect((await send(id, body, headers)).status).toBe(401);
    expect(await eventsOf(id)).toEqual([]);
    const audit = await auditOf(id);
    expect(audit.map(({ reason }) => reason).sort()).toEqual(refused.map(([, , reason]) => reason).sort());
    expect(JSON.stringify(audit)).not.toContain('opened');
    const known = await core.db.get(core.db.doc(inboundRegistrationModel, id));
    expect(known).toMatchObject({ status: 'active', failureCount: 0, verified: false });
    expect((await send(id, text, good)).status).toBe(200);
  });

  it('for nobody is 404, for a disabled address 410, over 4 MiB 413, and large ones are kept whole', async () => {
    const { id, secret } = await opened('github');
    expect((await send('in_nobody', '{}', github('{}', 'x'))).status).toBe(404);
    expect((await send('a.b.c', '{}', {})).status).toBe(404);
    const bytes = Uint8Array.from(
      Buffer.concat([Buffer.from('{"action":"x","t":"'), Buffer.alloc(2_000_001, 'a'), Buffer.from('"}')]),
    );
    expect((await send(id, bytes, github(bytes, secret ?? ''))).status).toBe(200);
    const [event] = await eventsOf(id);
    expect(event?.body).toBeNull();
    if (!event) throw new Error('not kept');
    expect(Buffer.compare(await new InboundRepository(core.db).bodyOf(event), bytes)).toBe(0);
    const tooLarge = new Uint8Array(4 * 1024 * 1024 + 1);
    expect((await send(id, tooLarge, github(tooLarge, secret ?? ''))).status).toBe(413);
    await core.db.update(core.db.doc(inboundRegistrationModel, id), { status: 'disabled' });
    WebhookReceiver.getInstance().forget(id);
    expect((await send(id, '{}', github('{}', secret ?? '', 'd-2'))).status).toBe(410);
  });

  it('that verifies and cannot be read is acknowledged, kept and not processed', async () => {
    const { id, secret } = await opened('github');
    expect((await send(id, '{"action":', github('{"action":', secret ?? ''))).status).toBe(200);
    const [event] = await eventsOf(id);
    expect(event).toMatchObject({ status: 'unparseable', body: '{"action":' });
    expect(await jobsOf(event?.id ?? '')).toBe(0);
    expect((await auditOf(id)).map(({ outcome }) => outcome)).toEqual(['unparseable']);
  });

  it('is answered 503 while the store is away, and its repetition is handled once', async () => {
    const { id, secret } = await opened('github');
    class Away extends InboundRepository {
      override keep(): Promise<boolean> {
        return Promise.reject(Object.assign(new Error('UNAVAILABLE'), { code: 14, details: 'away' }));
      }
    }
    const deps = WebhookReceiver.getInstance().deps;
    const away = new WebhookReceiver({ ...deps, repository: new Away(core.db) });
    const request = new Request(`http://localhost:3000/api/webhooks/${id}/events`, {
      method: 'POST',
      headers: github('{}', secret ?? ''),
    });
    await expect(away.receive(id, request, Buffer.from('{}'))).rejects.toMatchObject({ code: 14 });
    expect(await eventsOf(id)).toEqual([]);
    for (let time = 0; time < 2; time += 1)
      expect((await send(id, '{}', github('{}', secret ?? ''))).status).toBe(200);
    expect(await eventsOf(id)).toHaveLength(1);
  });

  it('forged sixty times a minute is not looked at any more, while the vendor is', async () => {
    const { id, secret } = await opened('github');
    const forger = { 'x-forwarded-for': '198.51.100.77' };
    const statuses: number[] = [];
    for (let time = 0; time < 62; time += 1)
      statuses.push((await send(id, '{}', { ...github('{}', 'forged'), ...forger })).status);
    expect(statuses.filter((status) => status === 401)).toHaveLength(60);
    expect(statuses.at(-1)).toBe(429);
    expect((await send(id, '{}', { ...github('{}', secret ?? ''), ...forger })).status).toBe(429);
    expect((await send(id, '{}', github('{}', secret ?? ''))).status).toBe(200);
    expect(await auditOf(id)).toHaveLength(60);
  });
});

/** The product's own services with a clock that tests move, and a queue that only remembers. */
function at(start: string) {
  const clock = new FixedClock(start);
  const queue: JobRequest[] = [];
  const jobs = {
    /** Lost at once. */
    enqueueIn: async () => ({ jobId: 'job', created: true }),
    async enqueue(request: JobRequest) {
      const created = !queue.some(({ idempotencyKey }) => idempotencyKey === request.idempotencyKey);
      if (created) queue.push(request);
      return { jobId: 'job', created };
    },
  };
  const receiver = new WebhookReceiver({ ...WebhookReceiver.getInstance().deps, clock, jobs });
  const forget = (id: string) => receiver.forget(id);
  const management = new WebhookManagementService({
    ...WebhookManagementService.getInstance().deps,
    clock,
    jobs,
    forget,
  });
  const actor = {
    userId: admin.uid,
    organizationId,
    role: 'admin' as const,
    permissions: new Set<string>(),
    channelIds: [],
  };
  const deliver = (id: string, text: string, headers: Record<string, string>) =>
    receiver.receive(
      id,
      new Request(`http://localhost:3000/api/webhooks/${id}/events`, { method: 'POST', headers }),
      Buffer.from(text),
    );
  return { clock, queue, jobs, receiver, management, actor, deliver };
}

it('a rotation lets both secrets verify for a day, in processes that have not heard of it too', async () => {
  const { clock, management, actor, deliver, receiver } = at('2026-03-02T09:00:00Z');
  const { id, secret: old } = await opened('github');
  await deliver(id, '{}', github('{}', old ?? '', 'a'));
  const other = new WebhookReceiver(receiver.deps);
  const request = (secret: string, delivery: string) =>
    new Request('http://x/api/webhooks/y/events', {
      method: 'POST',
      headers: github('{}', secret, delivery),
    });
  await other.receive(id, request(old ?? '', 'b'), Buffer.from('{}'));
  const { secret: fresh } = await management.rotate(actor, id, { keepOldHours: 24 });
  await other.receive(id, request(fresh ?? '', 'c'), Buffer.from('{}'));
  await deliver(id, '{}', github('{}', old ?? '', 'd'));
  await deliver(id, '{}', github('{}', fresh ?? '', 'e'));
  clock.advance(24 * 3600_000 + 1);
  receiver.forget(id);
  await expect(deliver(id, '{}', github('{}', old ?? '', 'f'))).rejects.toMatchObject({ status: 401 });
  await deliver(id, '{}', github('{}', fresh ?? '', 'g'));
  expect(await eventsOf(id)).toHaveLength(6);
});

it('five failures in a row mark an address as failing, a day of it switches it off, a success resets it', async () => {
  const { clock, queue, jobs, actor, management, deliver } = at('2026-03-02T09:00:00Z');
  const { id, secret } = await opened('generic');
  let broken = true;
  const repository = new InboundRepository(core.db);
  const processor = new InboundProcessor({
    ...InboundProcessor.getInstance().deps,
    repository,
    jobs,
    clock,
    consumers: new Map([
      [
        'generic',
        async () => {
          if (broken) throw new Error('The vendor is away.');
        },
      ],
    ]),
  });
  const key = Buffer.from((secret ?? '').replace('whsec_', ''), 'base64');
  for (let time = 1; time <= 5; time += 1) {
    const stamp = String(clock.now().getTime() / 1000);
    const signature = createHmac('sha256', key).update(`m${time}.${stamp}.{}`).digest('base64');
    await deliver(id, '{}', {
      'webhook-id': `m${time}`,
      'webhook-timestamp': stamp,
      'webhook-signature': `v1,${signature}`,
    });
  }
  const events = await eventsOf(id);
  expect(events).toHaveLength(5);
  const state = async () => core.db.get(core.db.doc(inboundRegistrationModel, id));
  for (const [index, event] of events.entries()) {
    await expect(processor.process(event.id, false)).rejects.toThrow('away');
    expect((await state())?.failureCount).toBe(index);
    await expect(processor.process(event.id, true)).rejects.toThrow('away');
    expect((await state())?.status).toBe(index < 4 ? 'active' : 'failing');
  }
  const [first] = events;
  broken = false;
  await management.replay(actor, id, first?.id ?? '');
  expect(queue).toHaveLength(1);
  await processor.process(first?.id ?? '', false);
  expect(await state()).toMatchObject({ status: 'active', failureCount: 0, failingSince: null });
  await core.db.update(core.db.doc(inboundRegistrationModel, id), {
    status: 'failing',
    failingSince: clock.now(),
  });
  clock.advance(24 * 3600_000 - 60_000);
  await processor.sweep();
  expect((await state())?.status).toBe('failing');
  clock.advance(61_000);
  await processor.sweep();
  expect(await state()).toMatchObject({ status: 'disabled', disabledReason: 'exhausted' });
});

it('a delivery whose webhook was deleted before its turn is not processed', async () => {
  const { management, actor, deliver } = at('2026-03-02T09:00:00Z');
  const { id, secret } = await opened('github');
  await deliver(id, '{}', github('{}', secret ?? ''));
  await management.delete(actor, id);
  const [event] = await eventsOf(id);
  await InboundProcessor.getInstance().process(event?.id ?? '', false);
  expect((await eventsOf(id))[0]).toMatchObject({
    status: 'failed',
    error: expect.stringContaining('deleted'),
  });
});

it('a delivery whose job was lost with its queue gets another', async () => {
  const { clock, queue, jobs, deliver } = at('2026-03-02T09:00:00Z');
  const { id, secret } = await opened('github');
  await deliver(id, '{}', github('{}', secret ?? ''));
  const [event] = await eventsOf(id);
  const processor = new InboundProcessor({ ...InboundProcessor.getInstance().deps, jobs, clock });
  const mine = () => queue.filter(({ payload }) => (payload as { eventId: string }).eventId === event?.id);
  await processor.sweep();
  expect(mine()).toEqual([]);
  clock.advance(11 * 60_000);
  await processor.sweep();
  await processor.sweep();
  expect(mine()).toHaveLength(1);
});

describe('handshakes', () => {
  it('of Slack: the challenge comes back, signed ones only', async () => {
    const { id } = await opened('slack', { secret: 'slack-secret' });
    const text = JSON.stringify({ type: 'url_verification', challenge: 'c-1' });
    const stamp = String(Math.floor(Date.now() / 1000));
    const headers = (secret: string) => ({
      'x-slack-request-timestamp': stamp,
      'x-slack-signature': `v0=${mac(secret, `v0:${stamp}:${text}`)}`,
    });
    expect((await send(id, text, headers('wrong-secret'))).status).toBe(401);
    expect(await send(id, text, headers('slack-secret'))).toMatchObject({ status: 200, text: 'c-1' });
    expect(await eventsOf(id)).toEqual([]);
  });

  it('of Meta and X', async () => {
    const ask = (id: string, query: string) =>
      call(challenge, { path: `/api/webhooks/${id}/events${query}`, method: 'GET' });
    const meta = await opened('meta', { secret: 'app-secret' });
    const query = (token: string) => `?hub.mode=subscribe&hub.challenge=c-2&hub.verify_token=${token}`;
    expect(await ask(meta.id, query(meta.verifyToken ?? ''))).toMatchObject({ status: 200, text: 'c-2' });
    expect((await ask(meta.id, query('guess'))).status).toBe(401);
    expect((await ask(meta.id, '')).status).toBe(401);
    const x = await opened('x', { secret: 'consumer-secret' });
    const answer = await ask(x.id, '?crc_token=abc');
    expect(answer.json).toEqual({ response_token: `sha256=${mac('consumer-secret', 'abc', 'base64')}` });
    expect((await ask(x.id, '')).status).toBe(401);
  });

  it('of Notion: the token is taken once nobody has signed yet, shown to admins, and never afterwards', async () => {
    const { clock, deliver, management, receiver } = at(new Date().toISOString());
    const { id } = await opened('notion');
    const token = (text: string) => JSON.stringify({ verification_token: text });
    expect((await send(id, '{"id":"e","type":"page.created"}', {})).status).toBe(401);
    expect((await send(id, token('secret_first_token_1'), {})).status).toBe(200);
    expect((await send(id, token('secret_second_token_2'), {})).status).toBe(200);
    const shown = () =>
      call<InboundHealthView>(health, { path: `/api/webhooks/${id}/health`, as: admin, organizationId });
    expect((await shown()).json.handshakeToken).toBe('secret_second_token_2');
    const text = '{"id":"e","type":"page.created"}';
    const signed = { 'x-notion-signature': `sha256=${mac('secret_second_token_2', text)}` };
    expect((await send(id, text, signed)).status).toBe(200);
    expect((await shown()).json).toMatchObject({ handshakeToken: null, verified: true, received: 1 });
    expect((await send(id, token('secret_third_token_33'), {})).status).toBe(401);
    expect(
      (await send(id, text, { 'x-notion-signature': `sha256=${mac('secret_third_token_33', text)}` })).status,
    ).toBe(401);
    const late = await opened('notion');
    clock.advance(20 * 60_000);
    await expect(deliver(late.id, token('secret_fourth_token_4'), {})).rejects.toMatchObject({ status: 401 });
    expect([management.deps.clock, receiver.deps.clock]).toEqual([clock, clock]);
  });

  it('of a Google channel: sync is acknowledged, changes are kept, another channel is refused', async () => {
    const { id, secret } = await opened('google_channel', { settings: { channelId: 'channel-1' } });
    const headers = (state: string, number: string, channel = 'channel-1') => ({
      'x-goog-channel-token': secret ?? '',
      'x-goog-channel-id': channel,
      'x-goog-resource-id': 'r',
      'x-goog-resource-state': state,
      'x-goog-message-number': number,
    });
    expect((await send(id, '', headers('sync', '1'))).status).toBe(200);
    expect((await send(id, '', headers('update', '2', 'channel-2'))).status).toBe(401);
    expect((await send(id, '', { ...headers('update', '2'), 'x-goog-channel-token': 'guess' })).status).toBe(
      401,
    );
    expect(await eventsOf(id)).toEqual([]);
    for (const number of ['2', '2', '3'])
      expect((await send(id, '', headers('update', number))).status).toBe(200);
    expect(await eventsOf(id)).toHaveLength(2);
  });
});

it('Salesforce needs the secret path, the known organisation and a known address', async () => {
  const settings = { vendorOrganizationId: '00D000000000001AAA', allowedIps: ['13.108.0.0/14'] };
  const bare = await call(register, {
    path: '/api/webhooks',
    as: admin,
    organizationId,
    body: { providerId: 'salesforce' },
  });
  expect(bare.json).toMatchObject({
    status: 400,
    errors: [{ path: 'body.settings.vendorOrganizationId' }, { path: 'body.settings.allowedIps' }],
  });
  const { id, webhookUrl } = await opened('salesforce', { settings });
  const target = webhookUrl.split('/').at(-2) ?? '';
  expect(target.startsWith(`${id}.`)).toBe(true);
  const message = (organization = settings.vendorOrganizationId, before = '') =>
    `<?xml version="1.0"?>${before}<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body><notifications xmlns="http://soap.sforce.com/2005/09/outbound"><OrganizationId>${organization}</OrganizationId><ActionId>04k0</ActionId><Notification><Id>04l1</Id><sObject><sf:Id xmlns:sf="urn:s">003</sf:Id></sObject></Notification></notifications></soapenv:Body></soapenv:Envelope>`;
  const from = (ip: string) => ({ 'x-forwarded-for': ip, 'content-type': 'text/xml' });
  const good = from('13.110.7.7');
  expect((await send(id, message(), good)).status).toBe(401);
  expect((await send(`${id}.guess`, message(), good)).status).toBe(401);
  expect((await send(target, message(), from('12.0.0.1'))).status).toBe(401);
  expect((await send(target, message('00D000000000002AAA'), good)).status).toBe(401);
  expect((await send(target, message(undefined, '<!DOCTYPE a [<!ENTITY b "c">]>'), good)).status).toBe(401);
  const answer = await send(target, message(), good);
  expect([answer.status, answer.text]).toEqual([200, expect.stringContaining('<Ack>true</Ack>')]);
  await send(target, message(), good);
  expect(await eventsOf(id)).toHaveLength(1);
  expect(JSON.stringify([await auditOf(id), await eventsOf(id)])).not.toContain(target.split('.')[1]);
});

describe('Google Pub/Sub', () => {
  let keysUp = true;
  let server: http.Server;
  let outbound: OutboundHttp;
  afterAll(async () => {
    server?.close();
    await outbound?.close();
  });

  it('takes tokens of Google for this address and account only, and none while its keys are away', async () => {
    const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true });
    const forged = await generateKeyPair('RS256');
    const keys = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'k1', alg: 'RS256' }] });
    server = http.createServer((_, response) =>
      response.writeHead(keysUp ? 200 : 500).end(keysUp ? keys : '{}'),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const email = 'push@project.iam.gserviceaccount.com';
    const { id, webhookUrl } = await opened('google_pubsub', { settings: { serviceAccountEmail: email } });
    outbound = new OutboundHttp();
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/certs`;
    const deps = WebhookReceiver.getInstance().deps;
    const fresh = () =>
      new WebhookReceiver({ ...deps, tokens: new GooglePushTokens(outbound, core.clock, url) });
    const receiver = fresh();
    const token = (claims: Record<string, unknown>, key = privateKey, expires = '5m') =>
      new SignJWT({ email, email_verified: true, ...claims })
        .setProtectedHeader({ alg: 'RS256', kid: 'k1' })
        .setIssuer((claims.iss as string) ?? 'https://accounts.google.com')
        .setAudience((claims.aud as string) ?? webhookUrl)
        .setExpirationTime(expires)
        .sign(key);
    const body = Buffer.from(
      JSON.stringify({ message: { messageId: 'm1', data: 'e30=' }, subscription: 's' }),
    );
    const push = async (bearer: string, to = receiver) =>
      to
        .receive(
          id,
          new Request(webhookUrl, { method: 'POST', headers: { authorization: `Bearer ${bearer}` } }),
          body,
        )
        .then(
          () => 200,
          (error: { status: number }) => error.status,
        );
    expect(await push(await token({}))).toBe(200);
    expect(await push(await token({}, forged.privateKey))).toBe(401);
    expect(await push(await token({ aud: 'https://elsewhere.test' }))).toBe(401);
    expect(await push(await token({ iss: 'https://evil.test' }))).toBe(401);
    expect(await push(await token({ email: 'other@project.iam.gserviceaccount.com' }))).toBe(401);
    expect(await push(await token({ email_verified: false }))).toBe(401);
    expect(await push(await token({}, privateKey, '-1m'))).toBe(401);
    const none =
      `${btoa('{"alg":"none"}')}.${btoa(JSON.stringify({ email, email_verified: true }))}.x`.replaceAll(
        '=',
        '',
      );
    expect(await push(none)).toBe(401);
    keysUp = false;
    expect(await push(await token({}), fresh())).toBe(503);
    expect(await eventsOf(id)).toHaveLength(1);
  });
});

describe('management', () => {
  it('keeps registrations of others away, and secrets out of every answer but the first', async () => {
    const { id, secret } = await opened('github');
    await send(id, '{}', github('{}', secret ?? ''));
    const [event] = await eventsOf(id);
    const foreign = { as: stranger.owner, organizationId: stranger.organizationId };
    const own = { as: admin, organizationId };
    const paths = [
      [health, 'health', 'GET'],
      [received, 'received', 'GET'],
      [rotate, 'rotate', 'POST'],
      [replay, `received/${event?.id}/replay`, 'POST'],
    ] as const;
    for (const [handler, path, method] of paths) {
      const body = method === 'POST' && handler !== replay ? { body: {} } : {};
      expect([
        path,
        (await call(handler, { path: `/api/webhooks/${id}/${path}`, ...body, ...foreign })).status,
      ]).toEqual([path, 404]);
    }
    expect((await call(remove, { path: `/api/webhooks/${id}`, ...foreign })).status).toBe(404);
    expect((await call(readEndpoint, { path: `/api/webhooks/endpoints/${id}`, ...own })).status).toBe(404);
    const listed = await call(list, { path: '/api/webhooks', ...own });
    const log = await call<{ items: InboundEventView[] }>(received, {
      path: `/api/webhooks/${id}/received`,
      ...own,
    });
    expect(log.json.items).toMatchObject([{ id: event?.id, preview: '{}' }]);
    expect(listed.text + log.text).not.toContain(secret);
    expect(
      (await call(replay, { path: `/api/webhooks/${id}/received/${event?.id}/replay`, ...own })).status,
    ).toBe(409);
    expect((await call(remove, { path: `/api/webhooks/${id}`, ...own })).status).toBe(204);
    expect((await send(id, '{}', github('{}', secret ?? '', 'd-9'))).status).toBe(404);
  });

  it('says which secret or setting lacks', async () => {
    const asked = (body: Record<string, unknown>) =>
      call<{ errors: { path: string }[] }>(register, {
        path: '/api/webhooks',
        as: admin,
        organizationId,
        body,
      });
    expect((await asked({ providerId: 'slack' })).json.errors[0]?.path).toBe('body.secret');
    expect((await asked({ providerId: 'notion', secret: 'of my own 123' })).json.errors[0]?.path).toBe(
      'body.secret',
    );
    expect((await asked({ providerId: 'generic', secret: 'whsec_short' })).json.errors[0]?.path).toBe(
      'body.secret',
    );
    expect(
      (await asked({ providerId: 'salesforce', settings: { allowedIps: ['10.0.0.0/99'] } })).json.errors[0]
        ?.path,
    ).toBe('body.settings.allowedIps.0');
    expect((await asked({ providerId: 'elsewhere' })).json.errors[0]?.path).toBe('body.providerId');
  });
});
