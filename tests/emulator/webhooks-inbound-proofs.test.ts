import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { call, type Person, team } from '@tests/support/accounts';
import { auditOf, eventsOf, inboundAt, opened, send } from '@tests/support/inbound-webhooks';
import { mac } from '@tests/support/webhook-senders';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GET as challenge } from '@/app/api/webhooks/[target]/events/route';
import { GET as health } from '@/app/api/webhooks/[target]/health/route';
import { POST as register } from '@/app/api/webhooks/route';
import { OutboundHttp } from '@/core/http/outbound';
import type { InboundProvider } from '@/features/integrations/inbound/providers.data';
import { GooglePushTokens } from '@/features/integrations/inbound/pubsub';
import { WebhookReceiver } from '@/features/integrations/inbound/receiver';
import type { InboundHealthView } from '@/features/integrations/inbound/schema';
import { core } from '@/server/core';

let organizationId: string;
let admin: Person;

beforeAll(async () => {
  const made = await team({ ada: 'admin' });
  organizationId = made.organizationId;
  admin = made.ada;
});

const open = (providerId: InboundProvider, more: Record<string, unknown> = {}) =>
  opened({ as: admin, organizationId }, { providerId, ...more });

describe('handshakes', () => {
  it('of Slack: the challenge comes back, signed ones only', async () => {
    const { id } = await open('slack', { secret: 'slack-secret' });
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
    const meta = await open('meta', { secret: 'app-secret' });
    const query = (token: string) => `?hub.mode=subscribe&hub.challenge=c-2&hub.verify_token=${token}`;
    expect(await ask(meta.id, query(meta.verifyToken ?? ''))).toMatchObject({ status: 200, text: 'c-2' });
    expect((await ask(meta.id, query('guess'))).status).toBe(401);
    expect((await ask(meta.id, '')).status).toBe(401);
    const x = await open('x', { secret: 'consumer-secret' });
    const answer = await ask(x.id, '?crc_token=abc');
    expect(answer.json).toEqual({ response_token: `sha256=${mac('consumer-secret', 'abc', 'base64')}` });
    expect((await ask(x.id, '')).status).toBe(401);
  });

  it('of Notion: the token is taken once nobody has signed yet, shown to admins, and never afterwards', async () => {
    const { clock, deliver, management, receiver } = inboundAt(new Date().toISOString(), {
      as: admin,
      organizationId,
    });
    const { id } = await open('notion');
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
    const late = await open('notion');
    clock.advance(20 * 60_000);
    await expect(deliver(late.id, token('secret_fourth_token_4'), {})).rejects.toMatchObject({ status: 401 });
    expect([management.deps.clock, receiver.deps.clock]).toEqual([clock, clock]);
  });

  it('of a Google channel: sync is acknowledged, changes are kept, another channel is refused', async () => {
    const { id, secret } = await open('google_channel', { settings: { channelId: 'channel-1' } });
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
  const { id, webhookUrl } = await open('salesforce', { settings });
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
    const { id, webhookUrl } = await open('google_pubsub', { settings: { serviceAccountEmail: email } });
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
