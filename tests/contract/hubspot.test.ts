import { FakeHubSpot } from '@tests/fakes/hubspot';
import { platformEnv } from '@tests/fakes/platforms/harness';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { OutboundHttp } from '@/core/http/outbound';
import { ResilienceService } from '@/core/resilience/policy';
import { FixedClock } from '@/core/time/clock';
import { integrationAdapters } from '@/features/integrations/providers/registry';
import type {
  IntegrationAdapter,
  VendorSession,
  VendorWriter,
} from '@/features/integrations/providers/types';

/** HubSpot publishes its descriptions under terms that keep them out of this project: the fake stands on its documentation alone. */
const clock = new FixedClock('2026-11-21T10:00:00Z');
const fake = new FakeHubSpot(clock);
let adapter: IntegrationAdapter;
let session: VendorSession;
const FIELDS = ['properties.email', 'properties.firstname'];

beforeAll(async () => {
  await fake.start();
  const found = integrationAdapters({
    http: new OutboundHttp({ allowHosts: ['127.0.0.1'], clock }),
    resilience: new ResilienceService({ random: () => 0, failuresToOpen: 1_000 }),
    clock,
    env: platformEnv({ HUBSPOT_API_BASE_URL: fake.url }),
  }).get('hubspot');
  if (!found) throw new Error('no adapter');
  adapter = found;
  session = {
    owner: 'test',
    secret: async () => ({ version: 1, secret: { type: 'api_key', apiKey: fake.apiKey } }),
    renew: async () => undefined,
    signal: AbortSignal.timeout(60_000),
  };
});
afterAll(() => fake.stop());
afterEach(() => {
  fake.calm();
  fake.records.contacts.clear();
});

function writer(): VendorWriter {
  if (!adapter.writer) throw new Error('no writer');
  return adapter.writer;
}

async function changes(from: Date, to: Date): Promise<{ ids: string[]; pages: number }> {
  const ids: string[] = [];
  let pages = 0;
  let cursor: string | null = adapter.changesFrom(from, to);
  while (cursor) {
    const page = await adapter.fetchChanges(session, 'contact', cursor, FIELDS);
    ids.push(...page.records.map(({ externalId }) => externalId));
    cursor = page.next;
    pages += 1;
  }
  return { ids, pages };
}

const at = (minutes: number) => new Date(clock.now().getTime() + minutes * 60_000);

describe('what changed', () => {
  it('is found once each, though more share a stamp than a page holds and more fit than a search gives', async () => {
    for (let index = 0; index < 2_500; index += 1)
      fake.add('contacts', { email: `${index}@x.test` }, at(-30));
    for (let index = 0; index < 8_000; index += 1)
      fake.add('contacts', { email: `late${index}@x.test` }, at(-20 + (index % 10)));
    const { ids } = await changes(at(-60), at(0));
    expect([ids.length, new Set(ids).size]).toEqual([10_500, 10_500]);
  });

  it('is what lies in the slice: its beginning included, its end not', async () => {
    const first = fake.add('contacts', {}, at(-10));
    fake.add('contacts', {}, at(0));
    fake.add('contacts', {}, at(-11));
    expect((await changes(at(-10), at(0))).ids).toEqual([first.id]);
  });

  it('that moves out of the slice meanwhile is left to the next one', async () => {
    const moved = fake.add('contacts', {}, at(-5));
    for (let index = 0; index < 250; index += 1) fake.add('contacts', {}, at(-4));
    const last = fake.add('contacts', {}, at(-4));
    fake.beforePage = () => {
      if (fake.pages.search % 2 === 0) fake.edit('contacts', last.id, {}, at(1));
    };
    const { ids } = await changes(at(-10), at(0));
    fake.beforePage = () => undefined;
    expect(ids).toContain(moved.id);
    expect((await changes(at(-1), at(5))).ids).toEqual([last.id]);
  });
});

describe('records', () => {
  it('come whole and in the order of their ids, with the asked fields alone', async () => {
    for (let index = 0; index < 150; index += 1)
      fake.add('contacts', { email: `${index}@x.test`, firstname: 'A', secret: 's' });
    const first = await adapter.fetchAll(session, 'contact', null, FIELDS);
    const second = await adapter.fetchAll(session, 'contact', first.next, FIELDS);
    const order = [...first.records, ...second.records].map(({ externalId }) => adapter.orderOf(externalId));
    expect([first.records.length, second.records.length, second.next]).toEqual([100, 50, null]);
    expect(order).toEqual([...order].sort());
    expect(first.records[0]?.data.properties).toMatchObject({ email: '0@x.test', firstname: 'A' });
    expect(first.records[0]?.data.properties).not.toHaveProperty('secret');
  });

  it('that were archived are listed apart, and asking for them by id finds those that are there', async () => {
    const [one, two] = [fake.add('contacts', {}), fake.add('contacts', {})];
    fake.archive('contacts', one.id);
    expect(await adapter.fetchDeleted(session, 'contact', null)).toEqual({ ids: [one.id], next: null });
    const found = await adapter.fetchByIds(session, 'contact', [one.id, two.id, '999'], FIELDS);
    expect(found.map(({ externalId }) => externalId)).toEqual([two.id]);
  });
});

describe('failures', () => {
  const list = () => adapter.fetchAll(session, 'contact', null, FIELDS);

  it('that pass are tried again: limits by their own word, errors, resets and broken bodies', async () => {
    fake.add('contacts', {});
    for (const kind of ['rate_limit', 'server_error', 'reset_before', 'malformed_body'] as const) {
      fake.fault({ on: 'read', kind, retryAfterSeconds: 0 });
      expect((await list()).records).toHaveLength(1);
    }
  });

  it('of single records in an answer are none of their absence: what is not found is, what was not read is not', async () => {
    const [there, gone] = [fake.add('contacts', {}), fake.add('contacts', {})];
    const ids = [there.id, gone.id];
    fake.purge('contacts', gone.id);
    const found = await adapter.fetchByIds(session, 'contact', ids, []);
    expect(found.map(({ externalId }) => externalId)).toEqual([there.id]);
    fake.unreadable.add(there.id);
    const unread = adapter.fetchByIds(session, 'contact', ids, []);
    await expect(unread).rejects.toMatchObject({ kind: 'unavailable', vendorCode: 'INTERNAL_ERROR' });
    fake.unreadable.clear();
  });

  it('are classified: a limit that lasts, a request that is wrong, a key that ended', async () => {
    fake.fault({ on: 'read', kind: 'rate_limit', retryAfterSeconds: 120, times: 9 });
    await expect(list()).rejects.toMatchObject({ kind: 'rate_limit', retryAfterMs: 120_000 });
    fake.calm();
    fake.fault({ on: 'read', kind: 'reject' });
    await expect(list()).rejects.toMatchObject({ kind: 'invalid_request', retryable: false });
    fake.keyRevoked = true;
    await expect(list()).rejects.toMatchObject({ kind: 'auth_expired' });
    fake.keyRevoked = false;
  });
});

describe('what is written', () => {
  afterEach(() => {
    fake.refused = () => false;
    fake.updates.length = 0;
  });

  it('has an outcome for each record: one that is gone or not valid fails alone', async () => {
    const all = Array.from({ length: 5 }, () => fake.add('contacts', { firstname: 'Ann' }));
    fake.archive('contacts', all[1]?.id ?? '');
    fake.refused = (values) => values.firstname === 'No3';
    const outcomes = await writer().batchUpdate(
      session,
      'contact',
      all.map(({ id }, index) => ({
        externalId: id,
        values: { 'properties.firstname': `No${index}`, 'properties.jobtitle': index === 0 ? null : 'x' },
      })),
    );
    expect(outcomes.map(({ externalId, ok }) => [externalId, ok])).toEqual(
      all.map(({ id }, index) => [id, index !== 1 && index !== 3]),
    );
    expect(outcomes[1]).toMatchObject({ message: expect.stringContaining('may be deleted') });
    expect(outcomes[3]).toMatchObject({ message: expect.stringContaining('not valid') });
    expect(fake.updates.map(({ id }) => id)).toEqual([0, 2, 4].map((index) => all[index]?.id));
    expect(fake.updates[0]?.properties).toEqual({ firstname: 'No0', jobtitle: '' });
  });

  it('is not sent again by itself when the answer is lost', async () => {
    const { id } = fake.add('contacts', { firstname: 'Ann' });
    fake.fault({ on: 'commit', kind: 'accept_then_reset' });
    const changed = [{ externalId: id, values: { 'properties.firstname': 'Anna' } }];
    await expect(writer().batchUpdate(session, 'contact', changed)).rejects.toMatchObject({
      outcome: 'unknown',
    });
    expect(fake.updates).toHaveLength(1);
  });

  it('goes to properties that HubSpot does not keep itself', () => {
    const fields = ['properties.email', 'properties.hs_object_id', 'properties.a.b', 'id'];
    expect(fields.map((field) => writer().writes('contact', field))).toEqual([true, false, false, false]);
  });
});
