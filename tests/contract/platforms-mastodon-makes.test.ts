import { content, mediaSource, type TestChannel, TestStep } from '@tests/fakes/platforms/harness';
import { FakeMastodon } from '@tests/fakes/platforms/mastodon';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { stepMaterial } from '@/features/platforms/providers/material';
import { build, channelOf, now, walkConsent } from './platforms-networks-parts';

/** Servers of other makes that speak Mastodon's API, with what a real one was seen to do otherwise. */

const clock = now();
let fake: FakeMastodon;
let built: ReturnType<typeof build>;
let channel: TestChannel;
let runs = 0;

async function start(foreign: boolean) {
  fake = new FakeMastodon(clock);
  fake.foreign = foreign;
  await fake.start();
  built = build('mastodon', clock, {});
  channel = await channelOf(built.adapter, clock, await walkConsent(built.adapter, fake.url));
}
afterEach(() => fake.stop());

const step = (...what: Parameters<typeof content>) => {
  runs += 1;
  return new TestStep(channel, `run${runs}`, 'root', content(...what));
};
const finish = (one: TestStep) => built.provider.finish(one.context());
const reconcile = (one: TestStep) => built.provider.reconcile({ ...one.context(), sentAt: clock.now() });
const ruleOf = (one: TestStep) =>
  built.provider.reconcileRule(channel.facts, one.content, one.context().limits).mode;

describe('a server of another make', () => {
  beforeEach(() => start(true));

  it('tells its limits on the older page', () => {
    expect(channel.account.limits).toMatchObject({ textMax: 500, mediaMax: 4, idempotencyKeys: false });
  });

  it('is looked at after a lost answer, never asked again', async () => {
    const one = step('*Irises* are out, @ada@far.example');
    expect(ruleOf(one)).toBe('eventual');
    fake.fault({ on: 'commit', kind: 'reset_before' });
    await finish(one);
    expect(await reconcile(one)).toEqual({ status: 'absent' });
    fake.fault({ on: 'commit', kind: 'accept_then_reset' });
    await finish(one);
    const found = await reconcile(one);
    expect(found).toMatchObject({ status: 'found', ref: { id: fake.posts()[0]?.id } });
    expect(await reconcile(one)).toEqual(found);
    expect(fake.posts()).toHaveLength(1);
  });

  it('takes nobody who likes a post for its author', async () => {
    await finish(step('Irises'));
    fake.hear('ada', 'Beautiful');
    const items = (await built.provider.inbox?.(channel.context(), clock.now())) ?? [];
    expect(items.map(({ author, text }) => [author.handle, text])).toEqual([
      ['ada@far.example', 'Beautiful'],
    ]);
  });

  it('gets an answer once', async () => {
    const id = fake.hear('ada', 'Beautiful');
    const [item] = (await built.provider.inbox?.(channel.context(), clock.now())) ?? [];
    const reply = {
      item: { id, authorHandle: item?.author.handle ?? '' },
      text: 'Thank you',
      material: stepMaterial('answer', 'comment', clock.now()),
    };
    fake.fault({ on: 'commit', kind: 'accept_then_reset' });
    await expect(built.provider.reply?.(channel.context(), reply)).rejects.toMatchObject({
      outcome: 'unknown',
    });
    const out = await built.provider.reply?.(channel.context(), reply);
    expect(fake.posts().map((post) => [post.id, post.text])).toEqual([
      [out?.id, '@ada@far.example Thank you'],
    ]);
  });

  it('keeps pictures apart that have one name', async () => {
    const one = step('Irises', [
      mediaSource('image', new Uint8Array(1_000).fill(1), 'Blue'),
      mediaSource('image', new Uint8Array(2_000).fill(2), 'White'),
    ]);
    const started = await built.provider.start(one.context());
    if (started.status !== 'ready') throw new Error(started.status);
    one.artefacts = started.artefacts;
    await finish(one);
    expect(fake.posts()[0]?.media.map(({ alt, bytes }) => [alt, bytes])).toEqual([
      ['Blue', 1_000],
      ['White', 2_000],
    ]);
  });

  it('says so where it does not delete', async () => {
    const result = await finish(step('Irises'));
    if (result.status !== 'published') throw new Error(result.status);
    const remove = (id: string) => built.provider.delete?.(channel.context(), { id });
    await expect(remove(result.ref.id)).rejects.toMatchObject({ vendorCode: 'not_supported' });
    await remove('4711');
  });

  it('registers anew where the server has forgotten the app', async () => {
    const { keep } = await walkConsent(built.adapter, fake.url);
    fake.apps.delete(keep.clientId ?? '');
    const again = await walkConsent(built.adapter, fake.url);
    expect(again.keep.clientId).not.toBe(keep.clientId);
    expect((await walkConsent(built.adapter, fake.url)).keep).toEqual(again.keep);
  });

  it('no longer takes a revoked token', async () => {
    fake.oauth.revokeAll();
    expect(await built.adapter.validateConnection(channel.tokenContext())).toMatchObject({ valid: false });
  });
});

it('on Mastodon itself the key settles it', async () => {
  await start(false);
  const one = step('Irises are out');
  expect(channel.account.limits?.idempotencyKeys).toBe(true);
  expect(ruleOf(one)).toBe('exact');
  fake.fault({ on: 'commit', kind: 'reset_before' });
  await finish(one);
  expect((await reconcile(one)).status).toBe('found');
  expect(fake.posts()).toHaveLength(1);
});
