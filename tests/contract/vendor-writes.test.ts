import { FakeHubSpot } from '@tests/fakes/hubspot';
import { platformEnv } from '@tests/fakes/platforms/harness';
import { FakeSalesforce } from '@tests/fakes/salesforce';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { OutboundHttp } from '@/core/http/outbound';
import { ResilienceService } from '@/core/resilience/policy';
import { FixedClock } from '@/core/time/clock';
import type { Secret } from '@/features/integrations/credentials/schema';
import { integrationAdapters } from '@/features/integrations/providers/registry';
import type {
  IntegrationAdapter,
  VendorCreation,
  VendorCreator,
  VendorSession,
  VendorWriter,
} from '@/features/integrations/providers/types';

const clock = new FixedClock('2026-11-21T10:00:00Z');
const salesforce = new FakeSalesforce(clock);
const hubspot = new FakeHubSpot(clock);
let adapters: ReturnType<typeof integrationAdapters>;
let signedIn: VendorSession;

beforeAll(async () => {
  await Promise.all([salesforce.start(), hubspot.start()]);
  adapters = integrationAdapters({
    http: new OutboundHttp({ allowHosts: ['127.0.0.1'], clock }),
    resilience: new ResilienceService({ random: () => 0, failuresToOpen: 1_000 }),
    clock,
    env: platformEnv({ ...salesforce.env(), HUBSPOT_API_BASE_URL: hubspot.url }),
  });
  const redirectUri = 'http://localhost:3000/api/integrations/callback/salesforce';
  const codeVerifier = 'v'.repeat(43);
  const adapter = adapterOf('salesforce');
  const page = await fetch(adapter.authorizationUrl({ state: 's', redirectUri, codeVerifier }), {
    redirect: 'manual',
  });
  const code = new URL(page.headers.get('location') ?? '').searchParams.get('code') ?? '';
  const signal = AbortSignal.timeout(10_000);
  signedIn = sessionOf((await adapter.exchangeCode({ code, redirectUri, codeVerifier, signal })).secret);
});
afterAll(() => Promise.all([salesforce.stop(), hubspot.stop()]));
afterEach(() => {
  for (const fake of [salesforce, hubspot]) {
    fake.calm();
    for (const kind of Object.values(fake.records)) kind.clear();
    fake.updates.length = 0;
    fake.creations.length = 0;
  }
  salesforce.refused = () => null;
  salesforce.fixed.clear();
  salesforce.keys.clear();
  salesforce.callsMade = 0;
  hubspot.refused = () => false;
  hubspot.marked = false;
  hubspot.searchKnowsUntil = null;
});

function adapterOf(type: 'hubspot' | 'salesforce'): IntegrationAdapter {
  const found = adapters.get(type);
  if (!found) throw new Error('no adapter');
  return found;
}
function writerOf(type: 'hubspot' | 'salesforce'): VendorWriter & { creator: VendorCreator } {
  const { writer } = adapterOf(type);
  if (!writer?.creator) throw new Error('no creator');
  return writer as VendorWriter & { creator: VendorCreator };
}
function sessionOf(secret: Secret): VendorSession {
  return {
    owner: 'test',
    secret: async () => ({ version: 1, secret }),
    renew: async () => undefined,
    signal: AbortSignal.timeout(60_000),
  };
}
/** A run of its own: what one run learned of the account another asks for again. */
const session = (type: 'hubspot' | 'salesforce') =>
  type === 'hubspot' ? sessionOf({ type: 'api_key', apiKey: hubspot.apiKey }) : { ...signedIn };
const tried = (secondsAgo = 120) => ({
  first: new Date(clock.now().getTime() - secondsAgo * 1_000),
  last: new Date(clock.now().getTime() - secondsAgo * 1_000),
});

describe('Salesforce', () => {
  const update = (changes: { externalId: string; values: Record<string, unknown> }[], entity = 'contact') =>
    writerOf('salesforce').batchUpdate(session('salesforce'), entity, changes);

  it('takes two hundred a call, each with an outcome of its own, numbers as numbers', async () => {
    const all = Array.from({ length: 200 }, (_, index) =>
      salesforce.add('Contact', { LastName: `No${index}` }),
    );
    salesforce.delete('Contact', all[1]?.Id ?? '');
    salesforce.refused = ({ LastName }) =>
      LastName === 'New3'
        ? { statusCode: 'FIELD_CUSTOM_VALIDATION_EXCEPTION', message: 'Not on Mondays' }
        : null;
    const outcomes = await update(
      all.map(({ Id }, index) => ({ externalId: Id, values: { LastName: `New${index}`, Title: null } })),
    );
    expect(salesforce.calls('commit')).toBe(1);
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(198);
    expect(outcomes[1]).toMatchObject({ ok: false, later: true });
    expect(outcomes[3]).toMatchObject({ ok: false, message: 'Not on Mondays' });
    expect(outcomes[3]).not.toHaveProperty('later');
    const deal = salesforce.add('Opportunity', { Name: 'A', StageName: 'Won', CloseDate: '2026-12-01' });
    await update([{ externalId: deal.Id, values: { Amount: '1200.5', Probability: 90 } }], 'opportunity');
    expect(salesforce.updates.at(-1)).toEqual({ id: deal.Id, values: { Amount: 1200.5, Probability: 90 } });
  });

  it('is not asked to write what this person may not, and says which field it is', async () => {
    const [one, two] = [
      salesforce.add('Contact', { LastName: 'A' }),
      salesforce.add('Contact', { LastName: 'B' }),
    ];
    salesforce.fixed.add('Title');
    const outcomes = await update([
      { externalId: one.Id, values: { Title: 'CEO' } },
      { externalId: two.Id, values: { LastName: 'C' } },
    ]);
    expect(outcomes[0]).toMatchObject({ ok: false, message: expect.stringContaining('Title') });
    expect(outcomes[1]).toEqual({ externalId: two.Id, ok: true });
    const fields = ['LastName', 'Owner.Name', 'SystemModstamp', 'CreatedDate', 'Own__c'];
    expect(fields.map((field) => writerOf('salesforce').writes('contact', field))).toEqual([
      ...[true, false, false, false, true],
    ]);
  });

  it('refuses a whole call for one value: the others are taken; a limit says when to come back', async () => {
    const all = ['A', 'B', 'C'].map((Name) => salesforce.add('Account', { Name }));
    const values = [
      { NumberOfEmployees: 1 },
      { NumberOfEmployees: { no: 'number' } },
      { NumberOfEmployees: 3 },
    ];
    const outcomes = await update(
      all.map(({ Id }, index) => ({ externalId: Id, values: values[index] ?? {} })),
      'company',
    );
    expect(outcomes.map(({ ok }) => ok)).toEqual([true, false, true]);
    const [first] = all;
    salesforce.fault({ on: 'commit', kind: 'rate_limit', times: 1 });
    const change = [{ externalId: first?.Id ?? '', values: { Name: 'Z' } }];
    await expect(update(change, 'company')).rejects.toMatchObject({
      kind: 'rate_limit',
      outcome: 'rejected',
    });
    salesforce.refused = () => ({ statusCode: 'UNABLE_TO_LOCK_ROW', message: 'locked' });
    expect(await update(change, 'company')).toMatchObject([{ ok: false, later: true }]);
    salesforce.refused = () => null;
    salesforce.fault({ on: 'commit', kind: 'accept_then_reset' });
    await expect(update(change, 'company')).rejects.toMatchObject({ outcome: 'unknown' });
  });

  it('makes records, and finds those that were made by an id of ours, else by who they are and since when', async () => {
    const { creator } = writerOf('salesforce');
    const creations: VendorCreation[] = [
      { key: 'a', values: { LastName: "O'Neil\\", Email: 'o@x.test', Title: null }, tried: null },
      { key: 'b', values: { FirstName: 'No name' }, tried: null },
    ];
    expect(await creator.findCreated(session('salesforce'), 'contact', creations)).toEqual([]);
    const made = await creator.batchCreate(session('salesforce'), 'contact', creations);
    expect(made).toMatchObject([
      { key: 'a', ok: true, made: true },
      { key: 'b', ok: false, message: expect.stringContaining('LastName') },
    ]);
    const again = creations.map((one) => ({ ...one, tried: tried(30) }));
    expect(await creator.findCreated(session('salesforce'), 'contact', again)).toEqual([made[0]]);
    // A namesake from before is somebody else's.
    clock.advance(3_600_000);
    const later = creations.map((one) => ({ ...one, tried: tried(30) }));
    expect(await creator.findCreated(session('salesforce'), 'contact', later)).toEqual([]);
    salesforce.keys.add('Our_Id__c');
    const old = salesforce.add('Contact', { LastName: 'Old', Our_Id__c: 'X1' }, new Date(0));
    const keyed = [{ key: 'c', values: { LastName: 'Old', Our_Id__c: 'x1' }, tried: null }];
    expect(await creator.findCreated(session('salesforce'), 'contact', keyed)).toEqual([
      { key: 'c', ok: true, externalId: old.Id, made: false },
    ]);
  });
});

describe('HubSpot', () => {
  const of = (key: string, values: Record<string, string>, was: VendorCreation['tried'] = null) => ({
    key,
    values: Object.fromEntries(Object.entries(values).map(([name, text]) => [`properties.${name}`, text])),
    tried: was,
  });
  const find = (entity: string, ...all: VendorCreation[]) =>
    writerOf('hubspot').creator.findCreated(session('hubspot'), entity, all);
  const make = (entity: string, ...all: VendorCreation[]) =>
    writerOf('hubspot').creator.batchCreate(session('hubspot'), entity, all);

  it('makes records in any order of answers; one that is not valid, or there already, fails alone', async () => {
    hubspot.refused = ({ firstname }) => firstname === 'Bad';
    hubspot.add('contacts', { email: 'there@x.test' });
    const all = ['Ann', 'Bad', 'Cem', 'Dee'].map((firstname, index) =>
      of(`k${index}`, { firstname, email: firstname === 'Dee' ? 'there@x.test' : `${index}@x.test` }),
    );
    const outcomes = await make('contact', ...all);
    expect(outcomes.map(({ ok }) => ok)).toEqual([true, false, true, false]);
    expect(outcomes[3]).toMatchObject({ later: true });
    for (const [index, outcome] of outcomes.entries())
      if (outcome.ok)
        expect(hubspot.records.contacts.get(outcome.externalId)?.properties.email).toBe(`${index}@x.test`);
  });

  it('finds contacts by email at once, companies by domain; what is made since counts as ours', async () => {
    const ann = hubspot.add('contacts', { email: 'Ann@x.test' }, new Date(0));
    const fern = hubspot.add('companies', { name: 'Fern', domain: 'fern.test' });
    expect(await find('contact', of('a', { email: 'ann@x.test' }), of('b', { email: 'b@x.test' }))).toEqual([
      { key: 'a', ok: true, externalId: ann.id, made: false },
    ]);
    expect(await find('company', of('c', { name: 'x', domain: 'FERN.test' }, tried(10)))).toEqual([
      { key: 'c', ok: true, externalId: fern.id, made: true },
    ]);
  });

  it('finds what has no key by its name since the first try, once the search can know; by our mark where there is one', async () => {
    hubspot.add('deals', { dealname: 'Spring' }, new Date(0));
    expect(await find('deal', of('a', { dealname: 'Spring' }))).toEqual([]);
    expect(await find('deal', of('a', { dealname: 'Spring' }, tried(10)))).toMatchObject([
      { ok: false, later: true },
    ]);
    expect(await find('deal', of('a', { dealname: 'Spring' }, tried(120)))).toEqual([]);
    const mine = hubspot.add('deals', { dealname: 'Spring' });
    expect(await find('deal', of('a', { dealname: 'Spring' }, tried(120)))).toEqual([
      { key: 'a', ok: true, externalId: mine.id, made: true },
    ]);
    hubspot.marked = true;
    const [made] = await make('deal', of('f00', { dealname: 'Other' }));
    hubspot.searchKnowsUntil = new Date(0);
    expect(await find('deal', of('f00', { dealname: 'Other' }, tried(1)))).toEqual([made]);
  });
});
