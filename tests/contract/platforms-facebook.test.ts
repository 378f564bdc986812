import { randomBytes } from 'node:crypto';
import { FakeFacebook } from '@tests/fakes/platforms/facebook';
import {
  content,
  mediaSource,
  platformDependencies,
  platformEnv,
  TestChannel,
  TestStep,
} from '@tests/fakes/platforms/harness';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { FixedClock } from '@/core/time/clock';
import { FacebookAdapter } from '@/features/platforms/providers/facebook/adapter';
import { FacebookProvider } from '@/features/platforms/providers/facebook/provider';
import type { PublishedRef } from '@/features/platforms/providers/types';
import { walkConsent } from './platforms-networks-parts';

let clock: FixedClock;
let fake: FakeFacebook;
let adapter: FacebookAdapter;
let provider: FacebookProvider;
let channel: TestChannel;

beforeEach(async () => {
  clock = new FixedClock(new Date('2026-11-21T10:00:00Z'));
  fake = new FakeFacebook(clock);
  await fake.start();
  const deps = platformDependencies(
    clock,
    platformEnv({
      FACEBOOK_APP_ID: fake.appId,
      FACEBOOK_APP_SECRET: fake.appSecret,
      FACEBOOK_API_BASE_URL: fake.url,
      FACEBOOK_AUTH_BASE_URL: fake.url,
      FACEBOOK_UPLOAD_BASE_URL: fake.url,
    }),
  );
  adapter = new FacebookAdapter(deps);
  provider = new FacebookProvider(deps);
  const { credentials, account } = await adapter.authenticate(await walkConsent(adapter));
  channel = new TestChannel('facebook', adapter, clock, credentials, account);
});
afterEach(() => fake.stop());

const clip = (bytes = 20_000) => mediaSource('video', randomBytes(bytes));
const reel = (text: string, media = [clip()]) =>
  new TestStep(channel, 'run-reel', 'root', content(text, media, { settings: { format: 'reel' } }));

async function prepare(one: TestStep): Promise<void> {
  const result = await provider.start(one.context());
  if (result.status === 'failed') throw result.error;
  one.artefacts = result.artefacts;
}

async function outcome(one: TestStep): Promise<PublishedRef> {
  for (let round = 0; round < 5; round += 1) {
    const checked = await provider.check(one.context());
    if (checked.status === 'failed') throw checked.error;
    if (checked.status === 'published') return checked.ref;
  }
  throw new Error('never out');
}

it('gives every Page that may be posted to, each with a token of its own', async () => {
  const first = await adapter.authenticate(await walkConsent(adapter));
  const all = [first, ...(first.others ?? [])];
  expect(all.map(({ account }) => account.displayName)).toEqual(['Iris Garden', 'Iris Shop']);
  expect(new Set(all.map(({ credentials }) => credentials.accessToken)).size).toBe(2);
  expect(all.every(({ target, credentials }) => target === 'page' && !credentials.expiresAt)).toBe(true);
});

it('refuses a consent without a permission or without a Page', async () => {
  fake.declined = ['pages_manage_posts'];
  await expect(walkConsent(adapter).then((input) => adapter.authenticate(input))).rejects.toMatchObject({
    vendorCode: 'missing_scope',
  });
  fake.declined = [];
  fake.pages.length = 0;
  await expect(walkConsent(adapter).then((input) => adapter.authenticate(input))).rejects.toMatchObject({
    vendorCode: 'no_targets',
  });
});

it('publishes a reel: upload, finish, out once processed', async () => {
  const one = reel('A reel of irises');
  await prepare(one);
  expect(fake.posts()).toHaveLength(0);
  const result = await provider.finish(one.context());
  expect(result.status).toBe('accepted');
  if (result.status === 'accepted') one.artefacts = result.artefacts;
  const ref = await outcome(one);
  expect(ref.permalink).toContain('/reel/');
  expect(fake.posts()).toMatchObject([{ text: 'A reel of irises', media: [{ bytes: 20_000 }] }]);
  expect((await provider.metrics(channel.context(), ref)).likes).toBe(11);
  await provider.delete(channel.context(), ref);
  expect(fake.posts()).toHaveLength(0);
});

it('takes a reel up again where a crash left its upload', async () => {
  const one = reel('Resumed');
  one.failSave = 2;
  await expect(provider.start(one.context())).rejects.toThrow('the lease is lost');
  one.failSave = 0;
  const media = one.content.media[0] as ReturnType<typeof clip>;
  const { reads } = media;
  await prepare(one);
  // Everything had arrived already; only the record of it was lost.
  expect(media.reads).toBe(reads);
  expect((await provider.finish(one.context())).status).toBe('accepted');
});

it('settles a lost answer of a reel for sure', async () => {
  const one = reel('Lost answer');
  expect(provider.reconcileRule(channel.facts, one.content).mode).toBe('exact');
  await prepare(one);
  fake.fault({ on: 'commit', kind: 'reset_before' });
  await provider.finish(one.context());
  const asked = () => provider.reconcile({ ...one.context(), sentAt: clock.now() });
  expect(await asked()).toEqual({ status: 'absent' });
  fake.fault({ on: 'commit', kind: 'accept_then_reset' });
  expect(await provider.finish(one.context())).toMatchObject({ error: { outcome: 'unknown' } });
  // While it is being processed nobody may send it again.
  expect(await asked()).toMatchObject({ status: 'unknown' });
  expect(await asked()).toMatchObject({ status: 'found' });
  expect(fake.posts()).toHaveLength(1);
});

it('takes a finished upload for accepted when its end is sent a second time', async () => {
  const one = reel('Ended twice');
  await prepare(one);
  fake.fault({ on: 'commit', kind: 'accept_then_reset' });
  await provider.finish(one.context());
  const result = await provider.finish(one.context());
  if (result.status !== 'accepted') throw new Error(result.status);
  one.artefacts = result.artefacts;
  await outcome(one);
  expect(fake.posts()).toHaveLength(1);
});

it('says why a video could not be processed', async () => {
  fake.failVideos = true;
  const one = new TestStep(channel, 'run-video', 'root', content('Broken', [clip()]));
  await prepare(one);
  const result = await provider.finish(one.context());
  if (result.status !== 'accepted') throw new Error(result.status);
  one.artefacts = result.artefacts;
  await expect(outcome(one)).rejects.toMatchObject({
    kind: 'invalid_request',
    retryable: false,
    message: expect.stringContaining('The video is broken'),
  });
});

it('recognises its own post by its photos, not by words that another shares', async () => {
  const photo = () => mediaSource('image', randomBytes(800), 'An iris');
  const other = new TestStep(channel, 'run-a', 'root', content('', [photo()]));
  await prepare(other);
  await provider.finish(other.context());
  const lost = new TestStep(channel, 'run-b', 'root', content('', [photo()]));
  await prepare(lost);
  const asked = () => provider.reconcile({ ...lost.context(), sentAt: clock.now() });
  expect(await asked()).toEqual({ status: 'absent' });
  fake.fault({ on: 'commit', kind: 'accept_then_reset' });
  await provider.finish(lost.context());
  const found = await asked();
  expect(found.status === 'found' && found.ref.id).toBe([...fake.feed.keys()].at(-1));
});

it('takes a second post with the same words for a duplicate', async () => {
  const one = new TestStep(channel, 'run-c', 'root', content('Twice'));
  expect((await provider.finish(one.context())).status).toBe('published');
  expect(await provider.finish(one.context())).toMatchObject({
    status: 'failed',
    error: { kind: 'invalid_request', vendorCode: 'duplicate', outcome: 'rejected' },
  });
});

it('goes without insights where a post has none', async () => {
  const one = new TestStep(channel, 'run-d', 'root', content('Measured'));
  const result = await provider.finish(one.context());
  if (result.status !== 'published') throw new Error(result.status);
  fake.fault({ on: 'read', kind: 'reject', skip: 1 });
  expect(await provider.metrics(channel.context(), result.ref)).toMatchObject({
    likes: 11,
    views: null,
    reach: null,
  });
});
