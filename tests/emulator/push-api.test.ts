import { call, organizationOf, type Person, person } from '@tests/support/accounts';
import { ownPushService } from '@tests/support/push';
import { afterAll, describe, expect, it } from 'vitest';
import { POST as login } from '@/app/api/auth/login/route';
import { POST as logout } from '@/app/api/auth/logout/route';
import { DELETE, GET, POST } from '@/app/api/notifications/push/route';
import { DELETE as closeAccount } from '@/app/api/users/me/route';
import { GET as serviceWorker } from '@/app/sw.js/route';
import type { PushAnswer } from '@/features/notifications/push-schema';
import { PushSubscriptionService } from '@/features/notifications/push-subscriptions';
import { core } from '@/server/core';

const world = await ownPushService();
afterAll(() => world.service.stop());

const path = '/api/notifications/push';
const add = (as: Person, body: unknown = world.browser().toJSON(), userAgent = '') =>
  call<PushAnswer & { errors: { path: string }[] }>(POST, {
    path,
    as,
    body,
    headers: { 'user-agent': userAgent },
  });
const list = async (as: Person) => (await call<PushAnswer>(GET, { path, as })).json.subscriptions;
const remove = (as: Person, id: string) => call(DELETE, { path: `${path}?id=${id}`, as });
const stored = async (who: Person) =>
  (await core.db.firestore.collection('push_subscriptions').where('userId', '==', who.uid).get()).docs;

it('the service worker is served as a script that browsers check anew', async () => {
  const answer = serviceWorker();
  expect(answer.headers.get('content-type')).toContain('text/javascript');
  expect(answer.headers.get('cache-control')).toBe('no-cache');
  expect(await answer.text()).toContain("addEventListener('push'");
});

describe('browsers of a person', () => {
  it('are added, renewed, listed and removed; nobody else sees or removes them', async () => {
    const [ann, eve] = await Promise.all([person(), person()]);
    const browser = world.browser().toJSON();
    const userAgent = 'Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0';
    await add(ann, browser, userAgent);
    const answer = await add(ann, browser, userAgent);
    expect(answer.json).toMatchObject({
      publicKey: world.publicKey,
      subscriptions: [{ label: 'Firefox, Linux', lastSuccessAt: null }],
    });
    expect(answer.text).not.toContain(browser.endpoint);
    expect(answer.text).not.toContain(browser.keys.auth);
    const [row] = await stored(ann);
    expect(JSON.stringify(row?.data())).not.toContain(browser.keys.auth);

    const id = answer.json.subscriptions[0]?.id ?? '';
    expect(await list(eve)).toEqual([]);
    expect((await remove(eve, id)).status).toBe(404);
    // The same endpoint named by somebody else leaves the first one alone.
    await add(eve, browser);
    expect(await list(ann)).toHaveLength(1);
    expect((await remove(ann, id)).status).toBe(204);
    expect([await list(ann), (await list(eve)).length]).toEqual([[], 1]);
  });

  it('are ten at most: the one that was quiet longest makes room', async () => {
    const ann = await person();
    for (let made = 0; made < 11; made += 1) await add(ann);
    const kept = await list(ann);
    expect(kept).toHaveLength(10);
    expect(new Set(kept.map(({ id }) => id)).size).toBe(10);
  });

  it('refuses what no browser makes and what leads inside, with its path', async () => {
    const ann = await person();
    const good = world.browser().toJSON();
    const noPoint = Buffer.concat([Buffer.from([4]), Buffer.alloc(64, 1)]).toString('base64url');
    const bad: [unknown, string][] = [
      [{ ...good, keys: { ...good.keys, p256dh: noPoint } }, 'body.keys.p256dh'],
      [{ ...good, keys: { ...good.keys, auth: 'short' } }, 'body.keys.auth'],
      [{ ...good, endpoint: 'http://127.0.0.1:9/x' }, 'body.endpoint'],
      [{ ...good, endpoint: 'https://169.254.169.254/latest' }, 'body.endpoint'],
      [{ ...good, endpoint: 'javascript:alert(1)' }, 'body.endpoint'],
    ];
    for (const [body, where] of bad) {
      const answer = await add(ann, body);
      expect([answer.status, answer.json.errors[0]?.path]).toEqual([400, where]);
    }
    expect(await stored(ann)).toEqual([]);
  });

  it('end with a sign-out everywhere, and with the account', async () => {
    const [ann, bob] = await Promise.all([person(), person()]);
    await organizationOf(ann);
    await Promise.all([add(ann), add(bob)]);
    const session = await call(login, { path: '/api/auth/login', body: { idToken: ann.idToken } });
    const cookie = /__session=([^;]+)/.exec(session.headers.get('set-cookie') ?? '')?.[1] ?? '';
    await call(logout, { path: '/api/auth/logout', as: { cookie } });
    expect([(await stored(ann)).length, (await stored(bob)).length]).toEqual([0, 1]);
    const closed = await call(closeAccount, {
      path: '/api/users/me',
      as: bob,
      body: { confirmEmail: bob.email },
    });
    expect([closed.status, (await stored(bob)).length]).toEqual([204, 0]);
  });

  it('an installation without keys says so', async () => {
    const { deps } = PushSubscriptionService.getInstance();
    const without = new PushSubscriptionService({ ...deps, publicKey: null });
    await expect(without.list('anybody')).rejects.toMatchObject({ code: 'push_not_configured', status: 503 });
    await expect(without.subscribe('anybody', world.browser().toJSON(), null)).rejects.toMatchObject({
      code: 'push_not_configured',
    });
  });
});
