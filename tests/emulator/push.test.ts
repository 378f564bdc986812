import { randomUUID } from 'node:crypto';
import type { FakeBrowser } from '@tests/fakes/push';
import { type Account, account, organization, ownMailServer } from '@tests/support/mail';
import { ownDatabase } from '@tests/support/publishing';
import { ownPushService } from '@tests/support/push';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import webPush from 'web-push';
import { singleton } from '@/core/singletons';
import { WebPush } from '@/features/notifications/providers/web-push';
import { PUSH_ATTEMPTS, PushDeliverer } from '@/features/notifications/push-deliverer';
import { pushDeliveryModel } from '@/features/notifications/push-schema';
import { PushSubscriptionService } from '@/features/notifications/push-subscriptions';
import { notificationModel } from '@/features/notifications/schema';
import { NotificationService } from '@/features/notifications/service';
import { tokenDepleted, tokenWarning } from '@/features/tokens/events';
import { core } from '@/server/core';
import '@/server/services';

ownDatabase('push');
const catcher = await ownMailServer();
const world = await ownPushService();

beforeAll(() => core.jobs.start({ concurrency: 4 }));
afterAll(async () => {
  await core.jobs.stop();
  await Promise.all([world.service.stop(), catcher.stop()]);
});

const FIREFOX = 'Mozilla/5.0 (Windows NT 10.0; rv:150.0) Gecko/20100101 Firefox/150.0';
const subscriptions = () => PushSubscriptionService.getInstance();
async function subscribed(who: Account, browser: FakeBrowser = world.browser()): Promise<FakeBrowser> {
  await subscriptions().subscribe(who.uid, browser.toJSON(), FIREFOX);
  return browser;
}
const count = async (who: Account) => (await subscriptions().list(who.uid)).subscriptions.length;
const tell = (who: Account, key: string = randomUUID()) =>
  NotificationService.getInstance().notify(
    who.uid,
    'tokens.depleted',
    { used: 50, total: 50, available: 0, refreshAt: Date.UTC(2026, 11, 1) },
    { href: '/tokens', key },
  );
const deliveries = (who: Account) =>
  core.db.find(core.db.collection(pushDeliveryModel).where('userId', '==', who.uid));
const becomes = (who: Account, status: string) =>
  expect
    .poll(async () => (await deliveries(who)).map((one) => one.status), { timeout: 20_000, interval: 100 })
    .toEqual([status]);

/** A message that is due and has no job, so that a test runs it itself. */
async function due(who: Account): Promise<string> {
  await tell(who);
  const [told] = await core.db.find(
    core.db.collection(notificationModel).where('userId', '==', who.uid).limit(1),
  );
  const deliverer = PushDeliverer.getInstance();
  await subscribed(who, dueBrowser);
  const targets = await deliverer.targets(who.uid);
  const [id] = await core.db.run(async (tx) =>
    deliverer.createIn(tx, { id: told?.id ?? '', userId: who.uid }, targets),
  );
  return id ?? '';
}
let dueBrowser: FakeBrowser;
const run = (id: string, attempt = 1) =>
  PushDeliverer.getInstance().send(id, { attempt, maxAttempts: PUSH_ATTEMPTS });

describe('from an event to a browser', () => {
  it('80 and 100 % of the tokens reach every browser of the person once, in their language', async () => {
    const [owner, other] = await Promise.all([account({ locale: 'de' }), account()]);
    const organizationId = await organization(owner);
    const browsers = [await subscribed(owner), await subscribed(owner)];
    const foreign = await subscribed(other);
    const usage = {
      ownerId: owner.uid,
      userId: owner.uid,
      organizationId,
      used: 40,
      total: 50,
      available: 10,
      nextRefreshDate: new Date('2026-12-01T00:00:00Z'),
    };
    const eventId = await core.db.run(async (tx) =>
      core.outbox.append(tx, tokenWarning, { ...usage, percent: 80 }),
    );
    for (const browser of browsers)
      await expect.poll(() => browser.received.length, { timeout: 20_000, interval: 50 }).toBe(1);
    await core.db.run(async (tx) => {
      core.outbox.append(tx, tokenDepleted, { ...usage, used: 50, available: 0 });
    });
    for (const browser of browsers) {
      await expect.poll(() => browser.received.length, { timeout: 20_000, interval: 50 }).toBe(2);
      const [warning, depleted] = browser.received;
      expect(warning?.message).toMatchObject({
        href: '/tokens',
        title: expect.stringMatching(/80 % .*verbraucht/),
      });
      expect(Object.keys(warning?.message ?? {}).sort()).toEqual(['body', 'href', 'tag', 'title']);
      expect([warning?.urgency, depleted?.urgency, warning?.ttl]).toEqual(['normal', 'high', 86_400]);
    }
    // Delivered again, as after a crash before the acknowledgement: nobody hears of it twice.
    const again = { ...usage, percent: 80 as const };
    await core.bus.emit(tokenWarning, again, { eventId, occurredAt: new Date() });
    await Promise.all((await deliveries(owner)).map(({ id }) => run(id)));
    expect(browsers.map((one) => one.calls)).toEqual([2, 2]);
    expect(foreign.calls).toBe(0);
    // Mail and push of one notification go out side by side.
    await expect.poll(() => catcher.to(owner.email).length, { timeout: 20_000 }).toBe(2);
    expect((await deliveries(owner)).map((one) => one.status)).toEqual(['sent', 'sent', 'sent', 'sent']);
    expect((await subscriptions().list(owner.uid)).subscriptions[0]?.lastSuccessAt).toBeInstanceOf(Date);
  });

  it('waits out what the push service asks for, and gets through', async () => {
    const who = await account();
    const browser = await subscribed(who);
    browser.faults.push({ kind: 'status', status: 429, retryAfter: '1' }, { kind: 'reset_after_accept' });
    await tell(who);
    await becomes(who, 'sent');
    expect(browser.calls).toBe(3);
    // The lost answer made it come twice; its tag makes it one.
    expect([browser.received.length, browser.shown.length]).toEqual([2, 1]);
    expect(new Set(browser.received.map(({ topic }) => topic)).size).toBe(1);
  });

  it('forgets a browser that is gone, and no other', async () => {
    const [who, other] = await Promise.all([account(), account()]);
    const [gone, stays] = [await subscribed(who), await subscribed(who)];
    await subscribed(other);
    gone.faults.push({ kind: 'status', status: 410 });
    await tell(who);
    await expect.poll(() => count(who), { timeout: 20_000 }).toBe(1);
    await expect.poll(() => stays.received.length, { timeout: 20_000 }).toBe(1);
    expect(await count(other)).toBe(1);
    await tell(who);
    await expect.poll(() => stays.received.length, { timeout: 20_000 }).toBe(2);
    expect(gone.calls).toBe(1);
  });

  it('says nothing where it is switched off, at night, or once it was read elsewhere', async () => {
    const muted = await account({ muted: ['tokens.depleted.push'] });
    const asleep = await account({ quietHours: { from: '00:00', to: '23:59' } });
    const browsers = await Promise.all([muted, asleep].map((one) => subscribed(one)));
    await Promise.all([muted, asleep].map((one) => tell(one)));
    expect((await Promise.all([muted, asleep].map(deliveries))).flat()).toEqual([]);
    expect(browsers.map((one) => one.calls)).toEqual([0, 0]);

    const reader = await account();
    dueBrowser = world.browser();
    const id = await due(reader);
    await NotificationService.getInstance().markRead(reader.uid, { all: true });
    await run(id);
    await becomes(reader, 'dropped');
    expect(dueBrowser.calls).toBe(0);
  });
});

describe('one message', () => {
  it('is sent once when its job runs twice at once, and found by the sweep when it has no job', async () => {
    const who = await account();
    dueBrowser = world.browser();
    const id = await due(who);
    const outcomes = await Promise.allSettled([run(id), run(id)]);
    for (const one of outcomes) {
      if (one.status === 'rejected')
        expect(one.reason).toMatchObject({ retryable: true, outcome: 'not_sent' });
    }
    await run(id);
    expect(dueBrowser.calls).toBe(1);

    const lost = await account();
    dueBrowser = world.browser();
    const lostId = await due(lost);
    await core.db.firestore
      .doc(`push_deliveries/${lostId}`)
      .update({ queuedAt: new Date(Date.now() - 180_000) });
    expect((await PushDeliverer.getInstance().sweep()).due).toBeGreaterThan(0);
    await becomes(lost, 'sent');
  });

  it('hands on how long to wait, and gives up for good where waiting cannot help', async () => {
    const who = await account();
    dueBrowser = world.browser();
    const id = await due(who);
    dueBrowser.faults.push(
      { kind: 'status', status: 429, retryAfter: '90' },
      { kind: 'status', status: 500 },
      { kind: 'reset' },
      { kind: 'status', status: 403 },
      { kind: 'status', status: 400 },
    );
    await expect(run(id)).rejects.toMatchObject({ retryable: true, retryAfterMs: 90_000 });
    await expect(run(id, 2)).rejects.toMatchObject({ retryable: true });
    await expect(run(id, 3)).rejects.toMatchObject({ retryable: true });
    await becomes(who, 'waiting');
    const failures = async () =>
      (
        await core.db.firestore.collection('push_subscriptions').where('userId', '==', who.uid).get()
      ).docs.map((doc) => doc.get('failures') as number);
    // Our signature was refused: not the browser's fault.
    await expect(run(id, 4)).rejects.toMatchObject({ retryable: false });
    await becomes(who, 'failed');
    expect(await failures()).toEqual([0]);
    await expect(run(id, 5)).rejects.toMatchObject({ retryable: false });
    expect(await failures()).toEqual([1]);
    // A person may let it run again.
    await run(id);
    await becomes(who, 'sent');
    expect(await failures()).toEqual([0]);
  });

  it('is not sent for a key pair of the past', async () => {
    const who = await account();
    dueBrowser = world.browser();
    const id = await due(who);
    const rows = await core.db.firestore
      .collection('push_subscriptions')
      .where('userId', '==', who.uid)
      .get();
    await rows.docs[0]?.ref.update({ serverKey: 'an-older-key' });
    await run(id);
    await becomes(who, 'gone');
    expect([dueBrowser.calls, await count(who)]).toEqual([0, 0]);
  });

  it('does not wait for ever for an answer', async () => {
    const browser = world.browser();
    browser.faults.push({ kind: 'silent' });
    const { vapid } = singleton<WebPush>('WebPush');
    const hasty = new WebPush(vapid, core.outbound, () => core.clock.now(), 150);
    const { endpoint, keys } = browser.toJSON();
    const options = { urgent: false, ttlSeconds: 60, topic: 't' };
    await expect(hasty.send({ endpoint, keys }, {}, options)).rejects.toMatchObject({
      kind: 'timeout',
      retryable: true,
    });
  });

  it('is refused when signed by anybody else, and keys that are no pair do not start', async () => {
    const browser = world.browser();
    const { endpoint, keys } = browser.toJSON();
    const { vapid } = singleton<WebPush>('WebPush');
    const made = (pair: { publicKey: string; privateKey: string }) =>
      new WebPush({ ...vapid, ...pair }, core.outbound, () => core.clock.now());
    const stranger = made(webPush.generateVAPIDKeys());
    const options = { urgent: false, ttlSeconds: 60, topic: 't' };
    await expect(stranger.send({ endpoint, keys }, {}, options)).rejects.toMatchObject({ vendorStatus: 403 });
    expect(browser.received).toEqual([]);
    const other = webPush.generateVAPIDKeys();
    expect(() => made({ ...other, publicKey: vapid.publicKey })).toThrow(/not a pair/);
  });
});
