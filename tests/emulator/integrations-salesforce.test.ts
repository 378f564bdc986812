import { FakeSalesforce } from '@tests/fakes/salesforce';
import { integrationWorld, TestJobs } from '@tests/support/integrations';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FixedClock } from '@/core/time/clock';
import { linkIdOf } from '@/features/integrations/sync/repository';
import { core } from '@/server/core';

const clock = new FixedClock(new Date(Math.floor(Date.now() / 1000) * 1000));
const fake = new FakeSalesforce(clock);
const jobs = new TestJobs();
const organizationId = `org-${core.ids.next()}`;
const actor = { organizationId, userId: 'ada', displayName: 'Ada' } as never;
/** A process with the same accounts and jobs. */
const another = () => integrationWorld({ clock, fake, jobs, env: fake.env() });
let world: ReturnType<typeof another>;
let id: string;

beforeAll(async () => {
  await fake.start();
  world = another();
  id = await connect();
});
afterAll(() => fake.stop());

async function connect(): Promise<string> {
  const begun = await world.service.connect(actor, 'salesforce', { redirectTo: '/integrations' });
  const page = await fetch('authorizationUrl' in begun ? begun.authorizationUrl : '', { redirect: 'manual' });
  const query = Object.fromEntries(new URL(page.headers.get('location') ?? '').searchParams);
  const { redirectTo } = await world.service.callback('salesforce', 'ada', query);
  return new URL(redirectTo, 'http://x').searchParams.get('connected') ?? redirectTo;
}

/** @returns created, updated, unchanged, deleted, failed. */
async function sync(body: { full?: boolean } = {}): Promise<number[]> {
  const defaults = { mode: 'pull' as const, full: false, dryRun: false, confirmDeletes: false };
  const { taskId } = await world.sync.start(actor, id, { ...defaults, ...body });
  await jobs.drain(world);
  const { items } = await world.sync.results(organizationId, { integrationId: id, limit: 100 });
  const result = items.find((one) => one.taskId === taskId);
  expect(result).toMatchObject({ message: null, status: 'success' });
  return [
    result?.recordsCreated ?? -1,
    result?.recordsUpdated ?? -1,
    result?.recordsUnchanged ?? -1,
    result?.recordsDeleted ?? -1,
    result?.recordsFailed ?? -1,
  ];
}

const record = (entity: string, externalId: string | undefined) =>
  core.db.get(world.records.ref(linkIdOf(id, entity, externalId ?? '')));

async function written(): Promise<string[]> {
  const rows = await Promise.all([
    core.db.firestore.collection('crm_records').where('connectionId', '==', id).get(),
    core.db.firestore.collection('record_links').where('integrationId', '==', id).get(),
  ]);
  return rows.flatMap(({ docs }) => docs.map((doc) => `${doc.ref.path} ${doc.updateTime.toMillis()}`)).sort();
}

describe('Salesforce', () => {
  it('comes here whole, then what changed, then what was deleted; an unchanged pass writes nothing', async () => {
    expect(id).toMatch(/^int_/);
    const leads = Array.from({ length: 230 }, (_, index) =>
      fake.add('Lead', {
        FirstName: 'Ann',
        LastName: `No${index}`,
        Email: `l${index}@x.test`,
        Company: 'Fern',
      }),
    );
    const account = fake.add('Account', { Name: 'Fernhill', BillingCity: 'Oslo', NumberOfEmployees: 12 });
    fake.add('Contact', { LastName: 'Ito', AccountId: account.Id, MailingCountry: 'Japan' });
    const deal = fake.add('Opportunity', {
      ...{ Name: 'Spring', Amount: 1200.5, StageName: 'Won', CloseDate: '2026-12-01', Probability: 90 },
    });
    clock.advance(60_000);
    expect(await sync()).toEqual([233, 0, 0, 0, 0]);
    const lead = await record('lead', leads[0]?.Id);
    expect(lead).toMatchObject({ title: 'Ann No0', subtitle: 'l0@x.test · Fern', status: 'active' });
    expect(lead).toMatchObject({
      externalUrl: `${fake.instanceUrl}/${leads[0]?.Id}`,
      platform: 'salesforce',
    });
    expect((await record('company', account.Id))?.fields).toMatchObject({
      'address.city': 'Oslo',
      employees: 12,
    });
    expect((await record('opportunity', deal.Id))?.fields).toMatchObject({ closesOn: '2026-12-01' });
    const before = await written();
    clock.advance(3_600_000);
    expect(await sync({ full: true })).toEqual([0, 0, 233, 0, 0]);
    clock.advance(3_600_000);
    expect(await sync()).toEqual([0, 0, 0, 0, 0]);
    expect(await written()).toEqual(before);

    fake.edit('Lead', leads[1]?.Id ?? '', { Title: 'CEO' });
    fake.delete('Lead', leads[2]?.Id ?? '');
    clock.advance(120_000);
    expect(await sync()).toEqual([0, 1, 0, 1, 0]);
    expect(await record('lead', leads[2]?.Id)).toMatchObject({
      status: 'deleted',
      fields: { firstName: 'Ann' },
    });

    // Longer away than Salesforce tells of deletions: a full pass finds what is not there any more.
    fake.delete('Lead', leads[3]?.Id ?? '');
    clock.advance(16 * 86_400_000);
    expect(await sync()).toEqual([0, 0, 231, 1, 0]);
    expect(await record('lead', leads[3]?.Id)).toMatchObject({ status: 'deleted', fields: {} });
  });

  it('renews a refused token once for two processes, and keeps the new grant before it is used', async () => {
    const other = another();
    const first = await world.credentials.open(id);
    const calls = fake.calls('token');
    clock.advance(3 * 3_600_000);
    await Promise.all([
      world.credentials.renew(id, first.version),
      other.credentials.renew(id, first.version),
    ]);
    expect(fake.calls('token') - calls).toBe(1);
    const stored = (await another().credentials.open(id)).secret;
    const before = 'refreshToken' in first.secret ? first.secret.refreshToken : '';
    if (stored.type !== 'oauth2') throw new Error('not a grant');
    expect(stored.refreshToken).not.toBe(before);
    expect(stored.instanceUrl).toBe('https://acme.my.salesforce.com');
    // Each new refresh token is the one the next renewal uses, or the grant would end.
    const adapter = world.adapters.get('salesforce');
    const session = world.service.session(id, AbortSignal.timeout(20_000));
    for (let round = 0; round < 3; round += 1) {
      clock.advance(3 * 3_600_000);
      await expect(adapter?.checkHealth(session)).resolves.toMatchObject({ account: { name: 'Acme' } });
    }
    expect(fake.calls('token') - calls).toBe(4);
    expect(await world.repository.get(organizationId, id)).toMatchObject({ status: 'active' });
  });
});
