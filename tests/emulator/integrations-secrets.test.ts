import { PassThrough } from 'node:stream';
import { FakeHubSpot } from '@tests/fakes/hubspot';
import { call, type Person, team } from '@tests/support/accounts';
import { CRM_TYPES, CrmAccount } from '@tests/support/crm-vendors';
import type { DocumentReference } from 'firebase-admin/firestore';
import pino from 'pino';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { POST as test } from '@/app/api/integrations/[id]/test/route';
import { GET as callback } from '@/app/api/integrations/callback/[type]/route';
import { POST as connect } from '@/app/api/integrations/connect/[type]/route';
import { POST as receive } from '@/app/api/webhooks/[target]/events/route';
import { POST as register } from '@/app/api/webhooks/route';
import { logger, redact } from '@/core/telemetry/logger';
import type { CreatedInboundView } from '@/features/integrations/inbound/schema';
import { core } from '@/server/core';

/** Everything that is written, said and logged, while all goes wrong at a vendor that repeats what it is sent. */
let admin: Person;
let organizationId: string;
let account: CrmAccount | undefined;
const logged: string[] = [];
const said: string[] = [];

/** What the log makes of it, with its own rules for what is left out. */
const lines = new PassThrough().on('data', (chunk: Buffer) => logged.push(chunk.toString()));
const paper = pino({ level: 'trace', redact }, lines);

beforeAll(async () => {
  for (const level of ['debug', 'info', 'warn', 'error'] as const)
    vi.spyOn(logger, level).mockImplementation((...words: unknown[]) => paper[level](...(words as [object])));
  const made = await team({ ada: 'admin' });
  ({ organizationId } = made);
  admin = made.ada;
});
afterEach(() => account?.end());
afterAll(() => vi.restoreAllMocks());

async function ask(route: Parameters<typeof call>[0], path: string, more: object = {}) {
  const answer = await call(route, { path, as: admin, organizationId, ...more });
  said.push(answer.text, JSON.stringify([...answer.headers]));
  return answer;
}

/** Every document of this file's own database. */
async function everything(): Promise<string> {
  const found: string[] = [];
  const read = async (doc: DocumentReference): Promise<void> => {
    found.push(JSON.stringify((await doc.get()).data() ?? null));
    for (const below of await doc.listCollections())
      for (const one of await below.listDocuments()) await read(one);
  };
  for (const collection of await core.db.firestore.listCollections())
    for (const doc of await collection.listDocuments()) await read(doc);
  return found.join('\n');
}

/** @throws when one of these stands anywhere, in clear or as it is written in addresses. */
async function expectNowhere(secrets: readonly string[]): Promise<void> {
  const places = { documents: await everything(), log: logged.join('\n'), answers: said.join('\n') };
  expect(secrets.length).toBeGreaterThan(5);
  for (const [place, text] of Object.entries(places)) {
    expect(text.length, place).toBeGreaterThan(100);
    for (const secret of secrets)
      for (const form of [secret, encodeURIComponent(secret), Buffer.from(secret).toString('base64')])
        expect(text.includes(form), `${secret} in ${place}`).toBe(false);
  }
}

describe.each(CRM_TYPES)('%s', (type) => {
  it('secrets that are seeded everywhere appear nowhere', async () => {
    const made = await CrmAccount.connected(type, { organizationId, userId: admin.uid });
    account = made;
    const { fake, vendor, clock } = made;
    made.world = made.another({ serve: true });
    const [ann = '', ben = ''] = made.people(2);
    await made.run({ mode: 'bidirectional' });
    const told = (on: 'read' | 'commit' | 'token') => fake.fault({ on, kind: 'tell_tale', times: 1_000 });

    // Reading, writing and renewing are refused in words that repeat what was sent.
    clock.advance(60_000);
    told('read');
    expect((await made.run({ mode: 'bidirectional', full: true })).status).toBe('failed');
    expect((await ask(test, `/api/integrations/${made.id}/test`, { method: 'POST' })).status).toBe(200);
    fake.calm();
    await made.edit(ann, { firstName: 'Anna' });
    told('commit');
    await made.run({ mode: 'bidirectional' });
    expect(await made.contact(ann)).toMatchObject({
      sync: 'refused',
      syncMessage: expect.stringContaining('[hidden]'),
    });
    fake.calm();
    clock.advance(3 * 3_600_000);
    fake.oauth.expireAll();
    told('token');
    vendor.edit(ben, { firstName: 'Benno' });
    clock.advance(1_000);
    const failed = await made.begin();
    const job = made.jobs.waiting.shift();
    await made.world.runner.work(job?.payload as never, new AbortController().signal).catch(() => undefined);
    await ask(test, `/api/integrations/${made.id}/test`, { method: 'POST' });
    fake.calm();
    expect(failed).not.toBe('');

    // Signing in, with what nobody may see, is refused as well.
    const begun = await made.world.service.connect(made.actor, type, { redirectTo: '/integrations' });
    const page = await fetch('authorizationUrl' in begun ? begun.authorizationUrl : '', {
      redirect: 'manual',
    });
    const back = new URL(page.headers.get('location') ?? '').searchParams;
    told('token');
    await ask(callback, `/api/integrations/callback/${type}?${back}`);
    fake.calm();
    const key = 'pat-na1-99999999-2222-3333-4444-555555555555';
    if (fake instanceof FakeHubSpot) {
      told('token');
      await ask(connect, '/api/integrations/connect/hubspot', { body: { apiKey: key } });
      fake.calm();
      await ask(connect, '/api/integrations/connect/hubspot', { body: { apiKey: fake.apiKey } });
    }

    // A webhook's secret, and a delivery that does not verify.
    const secret = `webhook-secret-of-${type}`;
    const opened = await call<CreatedInboundView>(register, {
      ...{ path: '/api/webhooks', as: admin, organizationId },
      body: { providerId: 'github', secret },
    });
    const raw = JSON.stringify({ action: 'opened' });
    const headers = { 'x-hub-signature-256': `sha256=${'0'.repeat(64)}`, 'x-github-delivery': 'd' };
    await ask(receive, `/api/webhooks/${opened.json.id}/events`, { raw, headers, as: undefined });

    const keys = fake instanceof FakeHubSpot ? [fake.apiKey] : [];
    const state = back.get('state') ?? '';
    await expectNowhere([...fake.oauth.given, fake.clientSecret, ...keys, key, secret, state]);
  }, 60_000);
});
