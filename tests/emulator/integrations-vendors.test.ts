import { FakeGitHub } from '@tests/fakes/github';
import { FakeGoogleSheets } from '@tests/fakes/google-sheets';
import { FakeNotion } from '@tests/fakes/notion';
import { FakeSlack } from '@tests/fakes/slack';
import { call, type Person, team } from '@tests/support/accounts';
import { VendorSync } from '@tests/support/vendor-sync';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GET as data } from '@/app/api/integrations/[id]/data/route';
import { PATCH as change } from '@/app/api/integrations/[id]/route';
import { GET as registry } from '@/app/api/integrations/registry/route';
import { GET as stats } from '@/app/api/integrations/registry/stats/route';
import { FixedClock } from '@/core/time/clock';
import type { RegistryView, StatisticsView } from '@/features/integrations/connections/schema';
import type { IntegrationDataView } from '@/features/integrations/data/schema';
import { InboundProcessor } from '@/features/integrations/inbound/processor';
import { INTEGRATIONS } from '@/features/integrations/registry.data';
import { scheduleIdOf } from '@/features/integrations/sync/repository';
import { NUDGE_JOB } from '@/features/integrations/sync/service';
import { core } from '@/server/core';

const clock = new FixedClock(new Date(Math.floor(Date.now() / 60_000) * 60_000));
const ago = (minutes: number) => new Date(clock.now().getTime() - minutes * 60_000);
let organizationId: string;
let admin: Person;
let viewer: Person;
let stranger: { owner: Person; organizationId: string };

beforeAll(async () => {
  const made = await team({ ada: 'admin', vic: 'viewer' });
  ({ organizationId } = made);
  admin = made.ada;
  viewer = made.vic;
  stranger = await team();
});

const strange = () => ({ as: stranger.owner, organizationId: stranger.organizationId });
const page = (id: string, query: string, who: object = { as: viewer, organizationId }) =>
  call<{ items: IntegrationDataView[]; cursor: string | null; code: string }>(data, {
    path: `/api/integrations/${id}/data?${query}`,
    ...who,
  });

describe('Notion', () => {
  const fake = new FakeNotion(clock);
  let notion: VendorSync;
  beforeAll(async () => {
    await fake.start();
    notion = new VendorSync('notion', fake, clock, organizationId);
    notion.world = notion.another({ serve: true });
    await notion.connect();
  });
  afterAll(() => fake.stop());

  it('brings the pages it may see, in its own order; an unchanged pass writes nothing', async () => {
    const many = Array.from({ length: 130 }, (_, at) =>
      fake.add(`Page ${at}`, { Status: { type: 'status', status: { name: 'Draft' } } }, ago(30)),
    );
    const hidden = fake.add('Not shared');
    hidden.shared = false;
    expect(await notion.counts({ dryRun: true })).toEqual([130, 0, 0, 0, 0]);
    expect(await notion.written()).toEqual([]);
    expect(await notion.counts()).toEqual([130, 0, 0, 0, 0]);
    const one = await notion.record('page', many[7]?.id ?? '');
    expect(one).toMatchObject({
      ...{ title: 'Page 7', entityType: 'page', platform: 'notion', status: 'active', issues: [] },
      data: { title: 'Page 7', 'properties.Status': 'Draft', parentType: 'workspace' },
    });
    const before = await notion.written();
    expect(await notion.counts({ full: true })).toEqual([0, 0, 130, 0, 0]);
    expect(await notion.written()).toEqual(before);
  });

  it('takes over what changed alone, and what vanished once a full pass misses it', async () => {
    clock.advance(20 * 60_000);
    const [edited, trashed, unshared] = [...fake.pages.values()];
    if (!edited || !trashed || !unshared) throw new Error('no pages');
    fake.edit(edited.id, { title: 'Renamed' });
    clock.advance(60_000);
    expect(await notion.counts()).toEqual([0, 1, 0, 0, 0]);
    expect(await notion.record('page', edited.id)).toMatchObject({ title: 'Renamed' });
    trashed.inTrash = true;
    unshared.shared = false;
    expect(await notion.counts()).toEqual([0, 0, 1, 0, 0]);
    expect(await notion.counts({ full: true })).toEqual([0, 0, 128, 2, 0]);
    expect(await notion.record('page', trashed.id)).toMatchObject({ status: 'deleted', data: {} });
    expect(await notion.record('page', unshared.id)).toMatchObject({ status: 'deleted' });
  });

  it('gives them to its own people, page by page, and says how it fares', async () => {
    const first = await page(notion.id, 'entity=page&limit=100');
    expect(first.json.items).toHaveLength(100);
    expect(first.json.items[0]).toMatchObject({ title: 'Renamed' });
    const second = await page(notion.id, `entity=page&limit=100&cursor=${first.json.cursor}`);
    const ids = [...first.json.items, ...second.json.items].map(({ externalId }) => externalId);
    expect(new Set(ids).size).toBe(128);
    expect((await page(notion.id, 'entity=contact')).status).toBe(404);
    expect((await page(notion.id, 'entity=page', strange())).status).toBe(404);
    const counted = await call<StatisticsView>(stats, {
      path: '/api/integrations/registry/stats',
      as: viewer,
      organizationId,
    });
    expect(counted.json).toMatchObject({
      ...{ installed: 1, active: 1, failing: 0, records: 128 },
      byType: [{ type: 'notion', installed: 1 }],
    });
    const none = await call<StatisticsView>(stats, {
      path: '/api/integrations/registry/stats',
      ...strange(),
    });
    expect(none.json).toEqual({ installed: 0, active: 0, failing: 0, records: 0, byType: [] });
    const found = await call<{ items: RegistryView[] }>(registry, {
      path: '/api/integrations/registry?category=productivity',
      as: viewer,
      organizationId,
    });
    expect(found.json.items.every(({ category }) => category === 'productivity')).toBe(true);
    expect(found.json.items.map(({ type }) => type)).toContain('notion');
  });

  it('has nothing to choose, and says where something was written all the same', async () => {
    const patched = (body: object, who: object = { as: admin, organizationId }) =>
      call<{ name: string; errors: { path: string }[] }>(change, {
        path: `/api/integrations/${notion.id}`,
        body,
        ...who,
      });
    const refused = await patched({ settings: { repositories: [] } });
    expect([refused.status, refused.json.errors[0]?.path]).toEqual([400, 'body.settings']);
    expect((await patched({ name: 'Our Notion' })).json.name).toBe('Our Notion');
    expect((await patched({})).status).toBe(400);
    expect((await patched({ name: 'x' }, { as: viewer, organizationId })).status).toBe(403);
  });

  it('hears of changes by webhook, as every vendor does that has them: where nothing is named, it looks soon', async () => {
    const { consumers } = InboundProcessor.getInstance().deps;
    const told = INTEGRATIONS.filter(({ capabilities }) => capabilities.includes('webhooks'));
    expect([...consumers.keys()]).toEqual(expect.arrayContaining(told.map(({ type }) => type)));
    const event = { id: 'event', organizationId, providerId: 'notion', topic: 'page.created' };
    const registration = { integrationId: notion.id };
    const schedule = notion.world.syncRepository.taskRef(scheduleIdOf(notion.id));
    await core.db.update(schedule, { enabled: true });
    await consumers.get('notion')?.(event as never, registration as never, async () => new Uint8Array());
    expect(notion.jobs.waiting.splice(0)).toMatchObject([
      { type: NUDGE_JOB, payload: { integrationId: notion.id } },
    ]);
    await core.db.update(schedule, { enabled: false });
  });

  it('forgets everything it brought when it is deleted', async () => {
    await notion.world.service.delete(notion.actor, notion.id);
    await notion.world.setup.forgetRecords(notion.id, new AbortController().signal);
    expect(await notion.written()).toEqual([]);
    expect(await core.db.get(notion.world.syncRepository.checkpointRef(notion.id, 'page'))).toBeNull();
  });
});

describe('GitHub', () => {
  const fake = new FakeGitHub(clock);
  let github: VendorSync;
  beforeAll(async () => {
    await fake.start();
    github = new VendorSync('github', fake, clock, organizationId);
    github.world = github.another({ serve: true });
    await github.connect();
  });
  afterAll(() => fake.stop());

  const choose = (settings: object, who: object = { as: admin, organizationId }) =>
    call<{ settings: object; errors: { path: string }[] }>(change, {
      path: `/api/integrations/${github.id}`,
      body: { settings },
      ...who,
    });

  it('reads nothing until repositories are chosen, and then those', async () => {
    fake.addIssue('acme/site', { updatedAt: ago(60) });
    fake.addIssue('acme/app', { updatedAt: ago(60) });
    fake.addRelease('acme/site', { at: ago(60) });
    expect(await github.counts()).toEqual([0, 0, 0, 0, 0]);
    const wrong = await choose({ repositories: ['acme/site', 'nonsense'] });
    expect([wrong.status, wrong.json.errors[0]?.path]).toEqual([400, 'body.settings.repositories.1']);
    expect((await choose({ repositories: [] }, strange())).status).toBe(404);
    const chosen = await choose({ repositories: ['acme/site', 'acme/app'] });
    expect(chosen.json.settings).toEqual({ repositories: ['acme/site', 'acme/app'] });
    expect(await github.counts()).toEqual([3, 0, 0, 0, 0]);
    expect(await github.record('issue', 'acme/site#1')).toMatchObject({
      externalUrl: 'https://github.com/acme/site/issues/1',
      data: { state: 'open', labels: ['bug'], author: 'ann', repository: 'acme/site' },
    });
  });

  it('reads what changed alone, and lets go what is chosen no more', async () => {
    clock.advance(30 * 60_000);
    const before = await github.written();
    // Releases have no list of changes: they are read anew, and nothing is written.
    expect(await github.counts()).toEqual([0, 0, 1, 0, 0]);
    expect(await github.written()).toEqual(before);
    const issue = fake.repository('acme/site').issues.get(1);
    if (issue) Object.assign(issue, { state: 'closed', updatedAt: clock.now() });
    clock.advance(60_000);
    expect(await github.counts()).toEqual([0, 1, 1, 0, 0]);
    await choose({ repositories: ['acme/app'] });
    expect(await github.counts()).toEqual([0, 0, 1, 2, 0]);
    expect(await github.record('issue', 'acme/site#1')).toMatchObject({ status: 'deleted', data: {} });
    expect((await page(github.id, 'entity=issue')).json.items).toHaveLength(1);
  });

  it('says which repository it cannot see, and goes on once it is mended', async () => {
    await choose({ repositories: ['acme/app', 'acme/secret'] });
    const result = await github.run();
    expect(result).toMatchObject({ status: 'failed', message: expect.stringContaining('acme/secret') });
    expect(await github.record('issue', 'acme/app#1')).toMatchObject({ status: 'active' });
    await choose({ repositories: ['acme/app'] });
    expect((await github.run()).status).toBe('success');
  });
});

describe('Slack', () => {
  const fake = new FakeSlack(clock);
  let slack: VendorSync;
  beforeAll(async () => {
    await fake.start();
    slack = new VendorSync('slack', fake, clock, organizationId);
    await slack.connect();
  });
  afterAll(() => fake.stop());

  it('brings channels and people; one whose account was closed is deleted, an archived channel changed', async () => {
    const channel = fake.addChannel('general');
    const [ann] = [fake.addUser('Ann Ito'), fake.addUser('Bob')];
    expect(await slack.counts()).toEqual([3, 0, 0, 0, 0]);
    expect(await slack.record('user', ann.id)).toMatchObject({
      ...{ title: 'Ann', externalUrl: `https://acme.slack.com/team/${ann.id}` },
      data: { fullName: 'Ann Ito', jobTitle: 'Editor', bot: false },
    });
    const before = await slack.written();
    expect(await slack.counts()).toEqual([0, 0, 3, 0, 0]);
    expect(await slack.written()).toEqual(before);
    ann.deleted = true;
    channel.archived = true;
    expect(await slack.counts()).toEqual([0, 1, 1, 1, 0]);
    // Whoever left is known by name still: a record is erased only where the vendor has it no more.
    expect(await slack.record('user', ann.id)).toMatchObject({ status: 'deleted', title: 'Ann' });
  });

  it('asks for a person once its grant is gone', async () => {
    fake.oauth.revokeAll();
    expect((await slack.run()).status).toBe('failed');
    const integration = await slack.world.repository.get(organizationId, slack.id);
    expect(integration).toMatchObject({ status: 'reauth_required' });
  });
});

describe('Google Sheets', () => {
  const fake = new FakeGoogleSheets(clock);
  const spreadsheetId = 's'.repeat(30);
  let sheets: VendorSync;
  beforeAll(async () => {
    await fake.start();
    sheets = new VendorSync('google_sheets', fake, clock, organizationId);
    await sheets.connect();
  });
  afterAll(() => fake.stop());

  it('brings rows by their key, page by page, and what differs alone is written', async () => {
    const rows = Array.from({ length: 205 }, (_, at) => [`c${at}@x.test`, `No${at}`, at]);
    const tab = fake.addTab(spreadsheetId, 'Contacts', [['Email', 'Name', 'Score'], ...rows]);
    const settings = { spreadsheetId, range: 'Contacts!A:C', keyColumn: 'Email' };
    await sheets.world.service.change(sheets.actor, sheets.id, { settings });
    expect(await sheets.counts()).toEqual([205, 0, 0, 0, 0]);
    const id = `${spreadsheetId}/Contacts=c7@x.test`;
    expect(await sheets.record('row', id)).toMatchObject({
      ...{ title: 'c7@x.test', issues: [] },
      data: { 'cells.Name': 'No7', 'cells.Score': 7 },
    });
    tab.rows.splice(1, 1);
    const row = tab.rows.find(([email]) => email === 'c7@x.test');
    row?.splice(1, 1, 'Renamed');
    expect(await sheets.counts()).toEqual([0, 1, 203, 1, 0]);
    expect(await sheets.record('row', id)).toMatchObject({ data: { 'cells.Name': 'Renamed' } });
  });
});
