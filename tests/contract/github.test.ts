import { FakeGitHub } from '@tests/fakes/github';
import { vendorAdapter, vendorSession } from '@tests/support/vendor-adapter';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { FixedClock } from '@/core/time/clock';
import { settingsSchemaOf } from '@/features/integrations/connections/settings';
import type { IntegrationAdapter, VendorSession } from '@/features/integrations/providers/types';

const clock = new FixedClock('2026-11-21T10:00:00Z');
const fake = new FakeGitHub(clock);
let adapter: IntegrationAdapter;
let session: VendorSession;

beforeAll(async () => {
  await fake.start();
  adapter = vendorAdapter('github', clock, fake.env());
  session = vendorSession(
    adapter,
    { type: 'api_key', apiKey: fake.key },
    {
      repositories: ['acme/site', 'acme/app'],
    },
  ).session;
});
afterAll(() => fake.stop());
afterEach(() => {
  fake.calm();
  fake.repositories.clear();
  fake.repository('acme/site');
  fake.repository('acme/app');
  fake.allowance = 5_000;
});

const minutes = (many: number) => new Date(clock.now().getTime() + many * 60_000);

describe('GitHub', () => {
  it('gives what changed since, without pull requests, drafts, and repositories nobody chose', async () => {
    fake.addIssue('acme/site', { title: 'Old', updatedAt: minutes(-90) });
    fake.addIssue('acme/site', { title: 'New', updatedAt: minutes(-5), labels: ['bug', 'ui'] });
    fake.addIssue('acme/app', { title: 'A pull request', pull: true });
    fake.addIssue('acme/other', { title: 'Not ours' });
    const first = await adapter.fetchChanges(
      session,
      'issue',
      adapter.changesFrom(minutes(-60), minutes(0)),
      [],
    );
    expect(first.records).toEqual([]);
    const second = await adapter.fetchChanges(session, 'issue', first.next ?? '', []);
    expect([second.records.map(({ externalId }) => externalId), second.next]).toEqual([
      ['acme/site#2'],
      null,
    ]);
    expect(second.records[0]?.data).toMatchObject({ title: 'New', repository: 'acme/site' });
    fake.addRelease('acme/site', { tag: 'v1', draft: true });
    const release = fake.addRelease('acme/site', { tag: 'v2' });
    const all = await adapter.fetchAll(session, 'release', null, []);
    const rest = await adapter.fetchAll(session, 'release', all.next, []);
    expect([...all.records, ...rest.records].map(({ externalId }) => externalId)).toEqual([
      `acme/site@${release.id}`,
    ]);
  });

  it('asks again for what it has only whether it changed, which costs nothing', async () => {
    fake.addIssue('acme/app');
    const read = () => adapter.fetchAll(session, 'issue', null, []);
    const first = await read();
    const [left, unchanged] = [fake.allowance, fake.unchanged];
    expect(await read()).toEqual(first);
    expect([fake.allowance, fake.unchanged]).toEqual([left, unchanged + 1]);
    fake.addIssue('acme/app', { title: 'Another' });
    expect((await read()).records).toHaveLength(2);
  });

  it('waits for the hour’s end when its allowance is spent', async () => {
    fake.allowance = 0;
    await expect(adapter.fetchAll(session, 'issue', null, [])).rejects.toMatchObject({
      ...{ kind: 'rate_limit', retryable: true, retryAfterMs: 1_800_000 },
    });
    fake.allowance = 100;
    expect(await adapter.checkHealth(session)).toMatchObject({ health: 'degraded', quotaLeft: 99 });
  });

  it('names a repository that it does not see; one asked for by id is only not there', async () => {
    const { session: lost } = vendorSession(
      adapter,
      { type: 'api_key', apiKey: fake.key },
      {
        repositories: ['acme/gone'],
      },
    );
    await expect(adapter.fetchAll(lost, 'issue', null, [])).rejects.toMatchObject({
      ...{ vendorCode: 'settings_refused', message: expect.stringContaining('acme/gone') },
    });
    fake.addIssue('acme/site');
    const ids = ['acme/site#1', 'acme/site#99', 'acme/gone#1', 'nonsense'];
    const found = await adapter.fetchByIds(session, 'issue', ids, []);
    expect(found.map(({ externalId }) => externalId)).toEqual(['acme/site#1']);
  });

  it('keeps a token’s own end', async () => {
    fake.keyExpires = '2026-12-01 10:00:00 UTC';
    const signal = AbortSignal.timeout(10_000);
    const { expiresAt } = await adapter.authenticateKey(fake.key, signal);
    expect(expiresAt).toEqual(new Date('2026-12-01T10:00:00Z'));
  });

  it('takes repositories by owner and name, each once, in any case', () => {
    const schema = settingsSchemaOf('github');
    expect(schema.parse({ repositories: [' Acme/Site ', 'acme/site'] })).toEqual({
      repositories: ['acme/site'],
    });
    for (const bad of ['acme', 'acme/', 'acme/..', 'a b/c', 'https://github.com/acme/site', 'acme/x/y'])
      expect(schema.safeParse({ repositories: [bad] }).success, bad).toBe(false);
    expect(schema.safeParse({ repositories: [], other: 1 }).success).toBe(false);
  });
});

describe('GitHub’s webhooks', () => {
  const url = 'https://irisync.test/api/webhooks/in_1/events';
  const hooks = () => fake.repository('acme/site').hooks;
  const subscriber = () => {
    if (!adapter.subscriber) throw new Error('no subscriber');
    return adapter.subscriber;
  };
  const told = (secret = 'first-secret', events: string[] = []) =>
    subscriber().subscribe(session, 'acme/site', { url, secret, events });

  it('are made once, brought up to date, switched on again and ended', async () => {
    const id = await told();
    const [hook] = hooks().all.values();
    expect(hook).toMatchObject({ active: true, events: ['issues', 'release'], config: { url } });
    expect(hook?.config).toMatchObject({ secret: 'first-secret', content_type: 'json', insecure_ssl: '0' });
    if (hook) hook.active = false;
    expect(await subscriber().find(session, 'acme/site', url)).toEqual({ id, active: false });
    expect(await told('second-secret', ['star'])).toBe(id);
    expect([hook?.active, hook?.config.secret, hook?.events]).toEqual([true, 'second-secret', ['star']]);
    for (let time = 0; time < 2; time += 1) await subscriber().unsubscribe(session, 'acme/site', id);
    expect(await subscriber().find(session, 'acme/site', url)).toBeNull();
    expect(fake.violations).toEqual([]);
  });

  it('are one although the answer to the first call was lost', async () => {
    fake.fault({ on: 'commit', kind: 'accept_then_reset' });
    const id = await told();
    expect([...hooks().all.keys()].map(String)).toEqual([id]);
  });

  it('that the token may not change say what to allow, and look as if there were none', async () => {
    hooks().allowed = false;
    await expect(told()).rejects.toMatchObject({
      ...{ vendorCode: 'settings_refused', message: expect.stringContaining('Webhooks: read and write') },
    });
    expect(await subscriber().find(session, 'acme/site', url)).toBeNull();
    await expect(subscriber().find(session, 'acme/gone', url)).resolves.toBeNull();
    fake.fault({ on: 'read', kind: 'server_error', times: 9 });
    await expect(subscriber().find(session, 'acme/site', url)).rejects.toMatchObject({ kind: 'unavailable' });
  });
});
