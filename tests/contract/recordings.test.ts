import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FakeHubSpot } from '@tests/fakes/hubspot';
import { type Exchange, Recorder, Replayer, recording } from '@tests/fakes/recordings';
import { vendorAdapter, vendorSession } from '@tests/support/vendor-adapter';
import { afterEach, expect, it } from 'vitest';
import { FixedClock } from '@/core/time/clock';
import type { OAuth2Secret } from '@/features/integrations/credentials/schema';

/** Made against its fake by `RECORD=1`; a recording of the vendor itself would take its place unchanged. */
const STORED = join(import.meta.dirname, '../fakes/recordings/hubspot-contacts.json');
const redirectUri = 'http://localhost:3000/api/integrations/callback/hubspot';
const codeVerifier = 'a-verifier-that-nobody-is-to-see-in-any-recording';
const APP = { HUBSPOT_CLIENT_ID: 'app-of-ours', HUBSPOT_CLIENT_SECRET: 'the-secret-of-the-app-of-ours' };
const servers: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of servers.splice(0)) await one.stop();
});

const newClock = () => new FixedClock('2026-11-21T10:00:00Z');
const signal = () => AbortSignal.timeout(10_000);
const FIELDS = ['properties.email', 'properties.firstname'];

/** Signs in, reads, writes, and goes on with a renewed token. */
async function walk(url: string, code: string, clock = newClock()) {
  const adapter = vendorAdapter('hubspot', clock, { ...APP, HUBSPOT_API_BASE_URL: url });
  const { secret, account } = await adapter.exchangeCode({
    ...{ code, redirectUri, codeVerifier, signal: signal() },
  });
  const { session, held } = vendorSession(adapter, secret);
  const page = await adapter.fetchAll(session, 'contact', null, FIELDS);
  const [first] = page.records;
  const changes = [{ externalId: first?.externalId ?? '', values: { 'properties.firstname': 'Anna' } }];
  const outcomes = await adapter.writer?.batchUpdate(session, 'contact', changes);
  await session.renew(1);
  const from = new Date(clock.now().getTime() - 60_000);
  const cursor = adapter.changesFrom(from, new Date(clock.now().getTime() + 60_000));
  const changed = await adapter.fetchChanges(session, 'contact', cursor, FIELDS);
  const secrets = [secret, held.secret].flatMap((one) => {
    const { accessToken, refreshToken } = one as OAuth2Secret;
    return [accessToken, refreshToken ?? ''];
  });
  return {
    secrets,
    account: account.name,
    listed: page.records.map(({ externalId }) => externalId),
    outcomes,
    people: changed.records.map(({ data }) => data.properties),
  };
}

async function recorded() {
  const clock = newClock();
  const fake = new FakeHubSpot(clock);
  await fake.start();
  for (const name of ['ann', 'ben', 'cem'])
    fake.add('contacts', { email: `${name}@private.test`, firstname: name, jobtitle: null });
  const recorder = new Recorder(fake.url);
  await recorder.start();
  servers.push(fake, recorder);
  const consent = vendorAdapter('hubspot', clock, { ...fake.env(), HUBSPOT_AUTH_BASE_URL: fake.url });
  const asked = consent.authorizationUrl({ state: 's', redirectUri, codeVerifier });
  const page = await fetch(asked, { redirect: 'manual' });
  const code = new URL(page.headers.get('location') ?? '').searchParams.get('code') ?? '';
  const real = await walk(recorder.url, code, clock);
  return { code, real, exchanges: recorder.exchanges };
}

async function replayer(exchanges: readonly Exchange[]): Promise<Replayer> {
  const made = new Replayer(exchanges);
  await made.start();
  servers.push(made);
  return made;
}

it('a recording holds no token, no secret of ours and nobody’s address, and still hangs together', async () => {
  const { code, real, exchanges } = await recorded();
  const text = JSON.stringify(exchanges);
  const hidden = [
    ...real.secrets,
    code,
    codeVerifier,
    APP.HUBSPOT_CLIENT_SECRET,
    'private.test',
    '127.0.0.1',
  ];
  for (const one of hidden) expect(text).not.toContain(one);
  expect(real.people.map((person) => (person as { email: string }).email)).toContain('ann@private.test');
  const tokens = exchanges.filter(({ request }) => request.path.endsWith('/token'));
  const given = tokens.map(
    ({ answer }) => (JSON.parse(answer.body) as { access_token: string }).access_token,
  );
  const used = new Set(exchanges.flatMap(({ request }) => request.authorization || []));
  expect([...used]).toEqual(given.map((token) => `Bearer ${token}`));
});

it('a replay answers what was recorded in its order; what is asked out of turn, anew or not at all is a fault', async () => {
  const { exchanges } = await recorded();
  const right = await replayer(exchanges);
  const played = await walk(right.url, 'any-code');
  right.finished();
  expect(played.people).toHaveLength(3);

  const outOfTurn = await replayer([...exchanges.slice(1), ...exchanges.slice(0, 1)]);
  await expect(walk(outOfTurn.url, 'any-code')).rejects.toThrow();
  expect(() => outOfTurn.finished()).toThrow('asked: POST /oauth/v3/token');
  const less = await replayer(exchanges.slice(0, -1));
  await expect(walk(less.url, 'any-code')).rejects.toThrow();
  expect(() => less.finished()).toThrow('recorded: nothing');
  const more = await replayer([...exchanges, ...exchanges.slice(-1)]);
  await walk(more.url, 'any-code');
  expect(() => more.finished()).toThrow('never asked: POST /crm/v3/objects/contacts/search');
  const other = await replayer(exchanges);
  expect((await fetch(`${other.url}/crm/v3/objects/contacts`)).status).toBe(501);
});

it('HubSpot’s adapter reads and writes as in the stored recording', async () => {
  if (process.env.RECORD) writeFileSync(STORED, `${JSON.stringify((await recorded()).exchanges, null, 2)}\n`);
  const stored = await replayer(recording.parse(JSON.parse(readFileSync(STORED, 'utf8'))));
  const played = await walk(stored.url, 'any-code');
  stored.finished();
  expect(played).toMatchObject({
    listed: ['1001', '1002', '1003'],
    outcomes: [{ externalId: '1001', ok: true }],
    people: [{ firstname: 'Anna' }, { firstname: 'ben' }, { firstname: 'cem' }],
  });
});
