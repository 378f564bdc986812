import { randomUUID } from 'node:crypto';
import { FakeBluesky } from '@tests/fakes/platforms/bluesky';
import { FakeMastodon } from '@tests/fakes/platforms/mastodon';
import { anActor, announced, type PlatformWorld, platformWorld } from '@tests/support/platforms';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FixedClock } from '@/core/time/clock';
import { core } from '@/server/core';

const start = () => new FixedClock(new Date(Math.floor(Date.now() / 1000) * 1000));

describe('tokens that rotate', () => {
  let clock: FixedClock;
  let fake: FakeBluesky;
  let world: PlatformWorld;
  let id: string;
  let organizationId: string;

  const another = () => platformWorld({ clock, env: { BLUESKY_API_BASE_URL: fake.url } });
  beforeEach(async () => {
    clock = start();
    fake = new FakeBluesky(clock);
    await fake.start();
    world = another();
    organizationId = `org-${randomUUID()}`;
    const answer = await world.service.connect(anActor(organizationId), {
      platform: 'bluesky',
      handle: fake.handle,
      appPassword: fake.appPassword,
    });
    if (!('account' in answer)) throw new Error('no account');
    id = answer.account.id;
  });
  afterEach(() => fake.stop());

  const health = async () => (await world.repository.connection(id))?.health;
  const near = () => clock.advance(115 * 60_000);
  const past = () => clock.advance(3 * 3_600_000);

  it('50 concurrent uses over five processes make one token call', async () => {
    past();
    const before = fake.calls('token');
    const worlds = Array.from({ length: 5 }, another);
    const tokens = await Promise.all(
      Array.from({ length: 50 }, (_, index) => (worlds[index % 5] as PlatformWorld).keeper.credentials(id)),
    );
    expect(fake.calls('token') - before).toBe(1);
    expect(new Set(tokens.map((token) => token.accessToken)).size).toBe(1);
    expect(await world.repository.connection(id)).toMatchObject({ health: 'healthy', tokenVersion: 2 });
  });

  it('renews at 80 % of the life and not before', async () => {
    const before = fake.calls('token');
    clock.advance(90 * 60_000);
    await world.keeper.credentials(id);
    expect(fake.calls('token')).toBe(before);
    clock.advance(10 * 60_000);
    await world.keeper.credentials(id);
    expect(fake.calls('token')).toBe(before + 1);
  });

  it('a token call that fails disconnects nothing, cools down and heals', async () => {
    near();
    const old = await world.vault.open((await world.repository.credential(id)) as never);
    fake.fault({ on: 'token', kind: 'server_error', times: 100 });
    expect((await world.keeper.credentials(id)).accessToken).toBe(old.accessToken);
    expect(await health()).toBe('refresh_failing');
    const during = fake.calls('token');
    await world.keeper.credentials(id);
    expect(fake.calls('token')).toBe(during);
    fake.calm();
    clock.advance(31_000);
    expect((await world.keeper.credentials(id)).accessToken).not.toBe(old.accessToken);
    expect(await health()).toBe('healthy');
  });

  it('says unavailable, not "reconnect", when a token has ended and cannot be renewed just now', async () => {
    past();
    fake.fault({ on: 'token', kind: 'server_error', times: 100 });
    await expect(world.keeper.credentials(id)).rejects.toMatchObject({ kind: 'unavailable' });
    expect(await health()).toBe('refresh_failing');
  });

  it('a revoked grant means reconnect, is announced once, and is not asked for again', async () => {
    past();
    fake.sessions.endAll();
    await expect(world.keeper.credentials(id)).rejects.toMatchObject({ kind: 'auth_expired' });
    expect(await health()).toBe('needs_reauth');
    const after = fake.log.length;
    await expect(another().keeper.credentials(id)).rejects.toMatchObject({ kind: 'auth_expired' });
    expect(fake.log.length).toBe(after);
    expect(await announced('account.needs_reauth', id)).toHaveLength(1);
  });

  it('a refusal that the network does not confirm is passing trouble', async () => {
    near();
    // The token call says "revoked", yet the session itself still answers.
    const wrong = await world.repository.credential(id);
    fake.fault({ on: 'token', kind: 'unauthorized' });
    const kept = await world.keeper.credentials(id);
    expect(kept.version).toBe(wrong?.version);
    expect(await health()).toBe('refresh_failing');
    expect(await announced('account.needs_reauth', id)).toHaveLength(0);
  });

  it('checking a channel whose token merely ran out renews it, and does not ask to reconnect', async () => {
    past();
    const account = await world.service.validateConnection(anActor(organizationId), id);
    expect(account).toMatchObject({ health: 'healthy', displayName: 'Iris' });
    expect((await world.repository.connection(id))?.tokenVersion).toBe(2);
  });

  it('two who were refused the same token renew it once', async () => {
    const { version } = await world.keeper.credentials(id);
    const before = fake.calls('token');
    await Promise.all([world.keeper.renew(id, version), another().keeper.renew(id, version)]);
    await world.keeper.renew(id, version);
    expect(fake.calls('token') - before).toBe(1);
  });

  it('reconnecting keeps id and settings and makes the channel whole', async () => {
    const actor = anActor(organizationId);
    await world.service.changeSettings(actor, id, { signature: '— Iris' });
    past();
    fake.sessions.endAll();
    await expect(world.keeper.credentials(id)).rejects.toMatchObject({ kind: 'auth_expired' });
    const again = await world.service.connect(actor, {
      platform: 'bluesky',
      handle: fake.handle,
      appPassword: fake.appPassword,
    });
    expect(again).toMatchObject({ account: { id, health: 'healthy', settings: { signature: '— Iris' } } });
    expect((await world.keeper.credentials(id)).accessToken).toBeTruthy();
    expect((await announced('platform_connected', id)).map((event) => event.reconnected).sort()).toEqual([
      false,
      true,
    ]);
  });

  it('disconnecting destroys the secret here and ends the session there', async () => {
    await world.service.disconnect(anActor(organizationId), id);
    expect(await world.repository.credential(id)).toBeNull();
    expect(fake.log.some((entry) => entry.path.endsWith('deleteSession'))).toBe(true);
    await expect(world.keeper.credentials(id)).rejects.toMatchObject({ kind: 'auth_expired' });
    await expect(world.service.publishingContext(organizationId, id)).rejects.toMatchObject({
      code: 'not_found',
    });
    expect(await announced('account.disconnected', id)).toHaveLength(1);
  });

  it('keeps no secret outside the encrypted payload', async () => {
    const { accessToken, refreshToken } = await world.keeper.credentials(id);
    const dump = async (collection: string, name: string) =>
      JSON.stringify((await core.db.firestore.doc(`${collection}/${name}`).get()).data());
    const text = `${await dump('platform_connections', id)}${await dump('credentials', `platform_${id}`)}`;
    for (const secret of [accessToken, refreshToken, fake.appPassword]) expect(text).not.toContain(secret);
  });

  it('the maintenance job renews idle grants', async () => {
    const before = fake.calls('token');
    clock.advance(8 * 86_400_000);
    const report = await world.maintenance.run();
    expect(report.renewed).toBeGreaterThanOrEqual(1);
    expect(fake.calls('token')).toBe(before + 1);
    expect(await health()).toBe('healthy');
  });
});

describe('a federated network', () => {
  it('registers one app per server, keeps it encrypted, and connects', async () => {
    const clock = start();
    const fake = new FakeMastodon(clock);
    await fake.start();
    const world = platformWorld({ clock });
    const actor = anActor(`org-${randomUUID()}`);
    const connect = async () => {
      const begun = await world.service.connect(actor, { platform: 'mastodon', baseUrl: fake.url });
      if (!('authorizationUrl' in begun)) throw new Error('no consent page');
      const page = await fetch(begun.authorizationUrl, { redirect: 'manual' });
      const query = new URL(page.headers.get('location') ?? '').searchParams;
      return await world.service.callback('mastodon', actor.userId, {
        state: query.get('state') ?? '',
        code: query.get('code') ?? '',
      });
    };
    const first = new URL((await connect()).redirectTo, 'http://x').searchParams.get('connected');
    const second = new URL((await connect()).redirectTo, 'http://x').searchParams.get('connected');
    expect(first).toMatch(/^ch_/);
    expect(second).toBe(first);
    expect(fake.apps.size).toBe(1);
    const account = await world.service.get(actor, first ?? '');
    expect(account).toMatchObject({
      platform: 'mastodon',
      baseUrl: fake.url,
      limits: { textMax: 500, urlLength: 23 },
    });
    const stored = JSON.stringify(
      (await core.db.firestore.collection('credentials').where('kind', '==', 'server_app').get()).docs.map(
        (doc) => doc.data(),
      ),
    );
    for (const { secret } of fake.apps.values()) expect(stored).not.toContain(secret);
    await fake.stop();
  });

  it('refuses a grant with less than it needs', async () => {
    const clock = start();
    const fake = new FakeMastodon(clock);
    await fake.start();
    fake.oauth.withheld = ['write:media'];
    const world = platformWorld({ clock });
    const actor = anActor(`org-${randomUUID()}`);
    const begun = await world.service.connect(actor, { platform: 'mastodon', baseUrl: fake.url });
    if (!('authorizationUrl' in begun)) throw new Error('no consent page');
    const page = await fetch(begun.authorizationUrl, { redirect: 'manual' });
    const query = Object.fromEntries(new URL(page.headers.get('location') ?? '').searchParams);
    const answer = await world.service.callback('mastodon', actor.userId, query);
    expect(answer.redirectTo).toBe('/channels?connect_error=missing_scope');
    expect((await world.service.list(actor)).items).toEqual([]);
    await fake.stop();
  });
});

describe('warnings before the end', () => {
  it('come at 14, 7 and 1 days, once each, and at the end the channel needs a person', async () => {
    const clock = start();
    const world = platformWorld({ clock });
    const organizationId = `org-${randomUUID()}`;
    const day = 86_400_000;
    const id = await world.connector.store(
      'mastodon',
      { organizationId, userId: 'u' },
      {
        credentials: {
          accessToken: 't',
          expiresAt: new Date(clock.now().getTime() + 20 * day),
          scopes: [],
          extra: {},
        },
        account: {
          accountId: randomUUID(),
          handle: 'h',
          displayName: 'H',
          baseUrl: 'https://m.example',
          limits: {},
        },
      },
    );
    const left: number[] = [];
    for (let passed = 0; passed < 24; passed += 1) {
      clock.advance(day);
      await world.maintenance.run();
      await world.maintenance.run();
      const events = await announced('account.expiring', id);
      if (events.length > left.length) left.push(Number(events.at(-1)?.daysLeft));
    }
    const days = (await announced('account.expiring', id))
      .map((event) => Number(event.daysLeft))
      .sort((a, b) => b - a);
    expect(days).toHaveLength(3);
    expect(days[0]).toBeLessThanOrEqual(14);
    expect(days[1]).toBeLessThanOrEqual(7);
    expect(days[2]).toBeLessThanOrEqual(1);
    expect((await world.repository.connection(id))?.health).toBe('needs_reauth');
    expect(await announced('account.needs_reauth', id)).toHaveLength(1);
  }, 60_000);
});

describe('the tier limit', () => {
  it('gives the last place to one of two who connect at once, and always lets an active channel reconnect', async () => {
    const world = platformWorld({ limit: 2 });
    const owner = { organizationId: `org-${randomUUID()}`, userId: 'u' };
    const account = (name: string) => ({
      credentials: { accessToken: 't', scopes: [], extra: {} },
      account: { accountId: name, handle: name, displayName: name, limits: {} },
    });
    await world.connector.store('x', owner, account('one'));
    const results = await Promise.allSettled(
      ['two', 'three', 'four'].map((name) => world.connector.store('x', owner, account(name))),
    );
    expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1);
    for (const result of results)
      if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'tier_limit' });
    await expect(world.connector.store('x', owner, account('one'))).resolves.toMatch(/^ch_/);
    expect((await world.repository.active(owner.organizationId)).length).toBe(2);
  });
});
