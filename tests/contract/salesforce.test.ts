import { platformEnv } from '@tests/fakes/platforms/harness';
import { FakeSalesforce } from '@tests/fakes/salesforce';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { OutboundHttp } from '@/core/http/outbound';
import { ResilienceService } from '@/core/resilience/policy';
import { FixedClock } from '@/core/time/clock';
import type { OAuth2Secret } from '@/features/integrations/credentials/schema';
import { integrationAdapters } from '@/features/integrations/providers/registry';
import type { IntegrationAdapter, OpenSecret, VendorSession } from '@/features/integrations/providers/types';

/** Salesforce publishes no description that could be checked by machine: the fake stands on its documentation alone. */
const clock = new FixedClock('2026-11-21T10:00:00Z');
const fake = new FakeSalesforce(clock);
const FIELDS = ['FirstName', 'LastName', 'Email'];
const redirectUri = 'http://localhost:3000/api/integrations/callback/salesforce';
const codeVerifier = 'v'.repeat(43);
let adapter: IntegrationAdapter;
let held: OpenSecret & { secret: OAuth2Secret };
let session: VendorSession;
let renewals = 0;

function adapterWith(env: Record<string, string> = {}): IntegrationAdapter {
  const found = integrationAdapters({
    http: new OutboundHttp({ allowHosts: ['127.0.0.1'], clock }),
    resilience: new ResilienceService({ random: () => 0, failuresToOpen: 1_000 }),
    clock,
    env: platformEnv({ ...fake.env(), ...env }),
  }).get('salesforce');
  if (!found) throw new Error('no adapter');
  return found;
}

async function consented(using = adapter): Promise<string> {
  const url = using.authorizationUrl({ state: 'a-state', redirectUri, codeVerifier });
  const page = await fetch(url, { redirect: 'manual' });
  const back = new URL(page.headers.get('location') ?? '').searchParams;
  expect(back.get('state')).toBe('a-state');
  return back.get('code') ?? '';
}

const signal = () => AbortSignal.timeout(10_000);
const connect = async (using = adapter) =>
  using.exchangeCode({ code: await consented(using), redirectUri, codeVerifier, signal: signal() });

/** As the vault gives it out: a refused secret is renewed, and the new one kept. */
function sessionOf(secret: OAuth2Secret): VendorSession {
  held = { version: 1, secret };
  return {
    owner: 'test',
    secret: async () => held,
    renew: async () => {
      renewals += 1;
      const fresh = await adapter.refreshTokens(held.secret, signal());
      held = { version: held.version + 1, secret: fresh.secret };
    },
    signal: AbortSignal.timeout(60_000),
  };
}

beforeAll(async () => {
  await fake.start();
  adapter = adapterWith();
  session = sessionOf((await connect()).secret as OAuth2Secret);
});
afterAll(() => fake.stop());
afterEach(() => {
  fake.calm();
  for (const kind of Object.values(fake.records)) kind.clear();
  fake.batch = 2_000;
  fake.beforeQuery = () => undefined;
  fake.deletionsSince = new Date(0);
  fake.callsMade = 0;
});

const at = (minutes: number) => new Date(clock.now().getTime() + minutes * 60_000);

async function changes(from: Date, to: Date): Promise<string[]> {
  const ids: string[] = [];
  let cursor: string | null = adapter.changesFrom(from, to);
  while (cursor) {
    const page = await adapter.fetchChanges(session, 'lead', cursor, FIELDS);
    ids.push(...page.records.map(({ externalId }) => externalId));
    cursor = page.next;
  }
  return ids;
}

async function deletions(): Promise<string[]> {
  const ids: string[] = [];
  let cursor: string | null = null;
  do {
    const page = await adapter.fetchDeleted(session, 'lead', cursor);
    ids.push(...page.ids);
    cursor = page.next;
  } while (cursor);
  return ids;
}

describe('signing in', () => {
  it('names the organisation, with PKCE, and needs all that syncing needs', async () => {
    const { account, secret, expiresAt } = await connect();
    expect(account).toMatchObject({ accountId: fake.organizationId, name: 'Acme', url: fake.instanceUrl });
    expect([expiresAt, secret]).toMatchObject([null, { instanceUrl: 'https://acme.my.salesforce.com' }]);
    const code = await consented();
    const stolen = { code, redirectUri, codeVerifier: 'w'.repeat(43), signal: signal() };
    await expect(adapter.exchangeCode(stolen)).rejects.toMatchObject({ kind: 'auth_expired' });
    fake.oauth.withheld = ['refresh_token'];
    await expect(connect()).rejects.toMatchObject({ vendorCode: 'missing_scope' });
    fake.oauth.withheld = [];
    await expect(adapter.authenticateKey('a-key', signal())).rejects.toMatchObject({ status: 400 });
  });

  it('says what to set where there is no app, and asks no host that is not Salesforce’s', async () => {
    const none = adapterWith({ SALESFORCE_CLIENT_ID: '' });
    expect(none.oauthConfigured).toBe(false);
    expect(() => none.authorizationUrl({ state: 's', redirectUri, codeVerifier })).toThrow(
      'SALESFORCE_CLIENT_ID',
    );
    const plain = adapterWith({ SALESFORCE_API_BASE_URL: '' });
    const hosts = [
      'https://evil.example',
      'https://salesforce.com.evil.example',
      'https://evilsalesforce.com',
      'https://acme.my.salesforce.com:8443',
    ];
    for (const host of hosts) {
      fake.instanceUrl = host;
      await expect(connect(plain)).rejects.toMatchObject({ vendorCode: 'instance_refused' });
    }
    fake.instanceUrl = 'http://acme.my.salesforce.com';
    await expect(connect(plain)).rejects.toMatchObject({ vendorCode: 'unexpected_shape' });
    fake.instanceUrl = 'https://acme.my.salesforce.com';
  });

  it('gives the rotated refresh token back; one used twice ends the grant; without rotation the old one stays', async () => {
    const first = (await connect()).secret as OAuth2Secret;
    const second = (await adapter.refreshTokens(first, signal())).secret;
    expect(second.refreshToken).not.toBe(first.refreshToken);
    fake.rotating = false;
    const third = (await adapter.refreshTokens(second, signal())).secret;
    fake.rotating = true;
    expect(third.refreshToken).toBe(second.refreshToken);
    const again = adapter.refreshTokens(first, signal());
    await expect(again).rejects.toMatchObject({ kind: 'auth_expired', outcome: 'rejected' });
    const gone = adapter.refreshTokens(third, signal());
    await expect(gone).rejects.toMatchObject({ kind: 'auth_expired', outcome: 'rejected' });
  });

  it('a wrong client disconnects nobody; taking the grant back ends its tokens', async () => {
    const { secret } = await connect();
    const wrong = adapterWith({ SALESFORCE_CLIENT_SECRET: 'another' });
    const refused = wrong.refreshTokens(secret as OAuth2Secret, signal());
    await expect(refused).rejects.toMatchObject({ kind: 'unavailable', vendorCode: 'invalid_client' });
    await adapter.revoke(secret, signal());
    expect(fake.oauth.accepts((secret as OAuth2Secret).accessToken)).toBe(false);
  });

  it('tells calls left, and that they run out', async () => {
    expect(await adapter.checkHealth(session)).toEqual({
      health: 'healthy',
      account: { id: fake.organizationId, name: 'Acme' },
      quotaLeft: 14_999,
    });
    fake.callsMade = 13_600;
    expect(await adapter.checkHealth(session)).toMatchObject({ health: 'degraded', quotaLeft: 1_399 });
  });
});

describe('what changed', () => {
  it('is found once each, though more share a stamp than a page holds and pages come short', async () => {
    fake.batch = 130;
    const ids = Array.from({ length: 450 }, () => fake.add('Lead', { LastName: 'Tie' }, at(-30)).Id);
    for (let index = 0; index < 50; index += 1)
      ids.push(fake.add('Lead', { LastName: 'Late' }, at(-20 + (index % 10))).Id);
    const found = await changes(at(-60), at(0));
    expect(found.slice(0, 450)).toEqual(ids.slice(0, 450).sort());
    expect([found.length, new Set(found)]).toEqual([500, new Set(ids)]);
  });

  it('is what lies in the slice, and what moves out of it is left to the next one', async () => {
    const first = fake.add('Lead', {}, at(-10));
    fake.add('Lead', {}, at(0));
    fake.add('Lead', {}, at(-11));
    const moved = fake.add('Lead', {}, at(-5));
    fake.beforeQuery = () => fake.edit('Lead', moved.Id, {}, at(1));
    expect(await changes(at(-10), at(0))).toEqual([first.Id]);
    fake.beforeQuery = () => undefined;
    expect(await changes(at(0.5), at(5))).toEqual([moved.Id]);
  });
});

describe('records', () => {
  it('come whole and in the order of their ids, with the asked fields alone and where to open them', async () => {
    for (let index = 0; index < 250; index += 1)
      fake.add('Lead', { FirstName: 'Ann', LastName: `No${index}`, Title: 'kept there' });
    const fields = [...FIELDS, 'Owner.Name'];
    const calls = fake.queries.length;
    const first = await adapter.fetchAll(session, 'lead', null, fields);
    const second = await adapter.fetchAll(session, 'lead', first.next, fields);
    // Calls are limited, rows are not.
    expect(fake.queries.length - calls).toBe(1);
    // Another process goes on from the same place.
    const elsewhere = await adapter.fetchAll({ ...session }, 'lead', first.next, fields);
    expect(elsewhere).toEqual(second);
    const order = [...first.records, ...second.records].map(({ externalId }) => adapter.orderOf(externalId));
    expect([first.records.length, second.records.length, second.next]).toEqual([200, 50, null]);
    expect(order).toEqual([...order].sort());
    const [one] = first.records;
    expect(one?.data).toMatchObject({
      FirstName: 'Ann',
      LastName: 'No0',
      Email: null,
      Owner: { Name: 'Olive' },
    });
    expect(Object.keys(one?.data ?? {})).not.toContain('Title');
    const account = { accountId: fake.organizationId, accountUrl: fake.instanceUrl };
    expect(adapter.recordUrl(account, 'lead', one?.externalId ?? '')).toBe(
      `${fake.instanceUrl}/${one?.externalId}`,
    );
  });

  it('are found by id, in as many answers as the vendor likes, those in the bin excepted', async () => {
    fake.batch = 30;
    const ids = Array.from({ length: 100 }, () => fake.add('Account', { Name: 'Acme' }).Id);
    fake.delete('Account', ids[0] ?? '');
    const found = await adapter.fetchByIds(session, 'company', ids, ['Name']);
    expect(found.map(({ externalId }) => externalId)).toEqual(ids.slice(1));
    const evil = adapter.fetchByIds(session, 'company', ["001000000000000' OR Id != '"], ['Name']);
    await expect(evil).rejects.toThrow('not an id');
  });

  it('have fields that are described; a query with any other is not sent, and names it', async () => {
    const described = await adapter.describeEntity(session, 'lead');
    expect(described.find(({ name }) => name === 'Status')).toEqual({
      ...{ name: 'Status', label: 'Status', type: 'picklist', readOnly: false },
      options: [{ value: 'Open', label: 'Open - Not Contacted' }],
    });
    expect(described.find(({ name }) => name === 'Id')).toMatchObject({ readOnly: true });
    const before = fake.queries.length;
    for (const field of ['Nope__c', 'Email FROM Lead --', 'Nobody.Name', 'Owner.Name)', 'Owner'])
      await expect(adapter.fetchAll(session, 'lead', null, [field])).rejects.toThrow(field);
    expect(fake.queries.length).toBe(before);
    // Hidden from this person after it was described.
    fake.hidden.add('Email');
    const failed = adapter.fetchAll(session, 'lead', null, FIELDS);
    await expect(failed).rejects.toMatchObject({
      kind: 'invalid_request',
      vendorCode: 'unknown_field',
      message: expect.stringContaining('no field Email on Lead'),
    });
    fake.hidden.clear();
  });
});

describe('deletions', () => {
  it('are those of fifteen days; what is still being written is left to the next pass', async () => {
    const [one, two, three] = [fake.add('Lead', {}), fake.add('Lead', {}), fake.add('Lead', {})];
    fake.delete('Lead', one.Id);
    clock.advance(14 * 86_400_000);
    fake.delete('Lead', two.Id);
    fake.unfinishedSince = clock.now();
    clock.advance(120_000);
    expect(await deletions()).toEqual([one.Id]);
    fake.unfinishedSince = null;
    expect(await deletions()).toEqual([one.Id, two.Id]);
    clock.advance(2 * 86_400_000);
    fake.delete('Lead', three.Id);
    clock.advance(60_000);
    expect(await deletions()).toEqual([two.Id, three.Id]);
    for (const [start, end] of fake.deletedWindows)
      expect([end.getTime() - start.getTime() <= 30 * 86_400_000, start.getTime() % 60_000]).toEqual([
        true,
        0,
      ]);
  });

  it('that are too many come in narrower windows, each going on from what was covered', async () => {
    fake.deletionsAtOnce = 40;
    const ids = Array.from({ length: 100 }, () => fake.add('Lead', {}).Id);
    for (const id of ids) {
      fake.delete('Lead', id);
      clock.advance(3 * 3_600_000);
    }
    expect(new Set(await deletions())).toEqual(new Set(ids));
    // A crowd within one minute: the windows get narrow around it, and wide again.
    fake.deletionsAtOnce = 600_000;
    for (let many = 0; many < 2_001; many += 1) fake.delete('Lead', fake.add('Lead', {}).Id);
    clock.advance(86_400_000);
    const before = fake.deletedWindows.length;
    const found = await deletions();
    expect(new Set(found).size).toBe(2_101);
    expect(fake.deletedWindows.length - before).toBeLessThan(60);
  });

  it('are read as far as the vendor still has them, once its bin was emptied', async () => {
    const [old, fresh] = [fake.add('Lead', {}), fake.add('Lead', {})];
    fake.delete('Lead', old.Id);
    clock.advance(86_400_000);
    fake.deletionsSince = clock.now();
    clock.advance(3_600_000 * 6);
    fake.delete('Lead', fresh.Id);
    clock.advance(120_000);
    expect(await deletions()).toEqual([fresh.Id]);
    fake.deletionsSince = clock.now();
    expect(await deletions()).toEqual([]);
  });
});

describe('failures', () => {
  const list = () => adapter.fetchAll(session, 'lead', null, FIELDS);

  it('that pass are tried again: errors, resets, broken bodies, limits by their own word', async () => {
    fake.add('Lead', {});
    for (const kind of ['rate_limit', 'server_error', 'reset_before', 'malformed_body'] as const) {
      fake.fault({ on: 'read', kind, retryAfterSeconds: 0, times: 1 });
      expect((await list()).records).toHaveLength(1);
    }
  });

  it('are classified: too many at once, no calls left, a request that is wrong, an answer of another shape', async () => {
    fake.fault({ on: 'read', kind: 'rate_limit' });
    await expect(list()).rejects.toMatchObject({ kind: 'rate_limit', retryAfterMs: 60_000 });
    fake.calm();
    fake.callsMade = fake.callsAllowed;
    await expect(list()).rejects.toMatchObject({ kind: 'quota', retryable: false, retryAfterMs: 3_600_000 });
    fake.callsMade = 0;
    fake.fault({ on: 'read', kind: 'reject' });
    await expect(list()).rejects.toMatchObject({ kind: 'invalid_request', vendorCode: 'MALFORMED_QUERY' });
    fake.add('Lead', {}).Id = 'not-an-id';
    await expect(list()).rejects.toMatchObject({ vendorCode: 'unexpected_shape' });
  });

  it('a refused token is renewed once and the call made again; a grant that is gone is said so', async () => {
    fake.add('Lead', {});
    const before = renewals;
    clock.advance(3 * 3_600_000);
    expect((await list()).records).toHaveLength(1);
    expect(renewals - before).toBe(1);
    fake.oauth.revokeAll();
    await expect(list()).rejects.toMatchObject({ kind: 'auth_expired', outcome: 'rejected' });
    session = sessionOf((await connect()).secret as OAuth2Secret);
  });
});
