import { FakeHubSpot } from '@tests/fakes/hubspot';
import { call, type Person, team } from '@tests/support/accounts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { GET as list } from '@/app/api/crm/records/route';
import { GET as totals } from '@/app/api/crm/totals/route';
import { GET as cron } from '@/app/api/cron/[task]/route';
import { DELETE as remove } from '@/app/api/integrations/[id]/route';
import { GET as status } from '@/app/api/integrations/[id]/status/route';
import { POST as connect } from '@/app/api/integrations/connect/[type]/route';
import { systemClock } from '@/core/time/clock';
import type { IntegrationView } from '@/features/integrations/connections/schema';
import { syncTaskModel } from '@/features/integrations/sync/schema';
import { core } from '@/server/core';

/** The product as it is put together: its own queue, events and scheduled tasks, against a fake of the vendor. */
const fake = new FakeHubSpot(systemClock);
let admin: Person;
let organizationId: string;

beforeAll(async () => {
  await fake.start();
  // Read once, with the first setting that anybody asks for.
  process.env.HUBSPOT_API_BASE_URL = fake.url;
  ({ owner: admin, organizationId } = await team());
});
afterAll(() => fake.stop());

/** Runs what is due until it is so. */
async function settled(read: () => Promise<object>, wanted: object): Promise<void> {
  const ask = async () => {
    await core.jobs.drain({ until: new Date(Date.now() + 20_000), limit: 50 });
    return read();
  };
  await expect.poll(ask, { timeout: 15_000, interval: 200 }).toMatchObject(wanted);
}

it('connecting brings the records, the hourly task what changed, and deleting takes all away', async () => {
  const [ann] = ['Ann', 'Ben', 'Cem'].map((firstname, index) =>
    fake.add('contacts', { firstname, email: `${index}@whole.test` }),
  );
  fake.add('companies', { name: 'Fernhill' });
  const mine = { as: admin, organizationId };
  const answer = await call<{ integration: IntegrationView }>(connect, {
    path: '/api/integrations/connect/hubspot',
    body: { apiKey: fake.apiKey },
    ...mine,
  });
  const { id } = answer.json.integration;
  const counted = async () => (await call(totals, { path: '/api/crm/totals', ...mine })).json;
  const runs = async () => (await call(status, { path: `/api/integrations/${id}/status`, ...mine })).json;
  await settled(runs, { taskId: null, lastStatus: 'success' });
  expect(await counted()).toEqual({ contact: 3, company: 1, deal: 0 });
  fake.edit('contacts', ann?.id ?? '', { firstname: 'Anna' });
  await core.db.update(core.db.doc(syncTaskModel, `schedule_${id}`), { nextScheduled: new Date() });
  const ran = await call(cron, { path: '/api/cron/integration-sync', as: { cron: true } });
  expect(ran.json).toMatchObject({ ran: true, failedSteps: [] });
  const found = async () =>
    (
      await call<{ items: { title: string }[] }>(list, { path: '/api/crm/records?q=anna', ...mine })
    ).json.items.map(({ title }) => title);
  await settled(async () => ({ titles: await found() }), { titles: ['Anna'] });
  await settled(runs, { taskId: null });
  expect((await call(remove, { path: `/api/integrations/${id}`, ...mine })).status).toBe(204);
  await settled(counted, { contact: 0, company: 0, deal: 0 });
  const left = await core.db.firestore.collection('record_links').where('integrationId', '==', id).get();
  expect(left.size).toBe(0);
}, 60_000);
