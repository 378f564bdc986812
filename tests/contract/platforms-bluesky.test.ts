import { FakeBluesky } from '@tests/fakes/platforms/bluesky';
import { content, mediaSource, type TestChannel, TestStep } from '@tests/fakes/platforms/harness';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { build, channelOf, now } from './platforms-networks-parts';

/** What a real Personal Data Server was seen to do, and no other network does. */

let fake: FakeBluesky;
let built: ReturnType<typeof build>;
const clock = now();

beforeEach(async () => {
  fake = new FakeBluesky(clock);
  await fake.start();
  built = build('bluesky', clock, { BLUESKY_API_BASE_URL: fake.url, BLUESKY_UPLOAD_BASE_URL: fake.url });
});
afterEach(async () => {
  expect(fake.violations).toEqual([]);
  await fake.stop();
});

const connect = (): Promise<TestChannel> =>
  channelOf(built.adapter, clock, {
    kind: 'app_password',
    handle: fake.handle,
    appPassword: fake.appPassword,
    signal: AbortSignal.timeout(10_000),
  });
const finish = (one: TestStep) => built.provider.finish(one.context());
const valid = (channel: TestChannel) => built.adapter.validateConnection(channel.tokenContext());

it('connects while the view of the network is out of reach', async () => {
  fake.fault({ on: 'read', kind: 'server_error', times: 20 });
  const channel = await connect();
  expect(channel.account).toMatchObject({ handle: fake.handle, displayName: fake.handle });
  fake.calm();
  expect((await built.provider.fetchAccount(channel.context())).displayName).toBe('Iris');
});

it('tells a closed account from one that may post', async () => {
  const channel = await connect();
  fake.standing = 'deactivated';
  const post = new TestStep(channel, 'run1', 'root', content('Irises are out'));
  expect(await finish(post)).toMatchObject({ error: { kind: 'auth_expired', outcome: 'rejected' } });
  // The session can still be renewed: only the account's standing tells.
  await channel.renew(channel.version);
  expect(await valid(channel)).toEqual({ valid: false, reason: 'Bluesky says this account is deactivated.' });
  fake.standing = 'takendown';
  expect(await finish(post)).toMatchObject({ error: { kind: 'auth_expired', outcome: 'rejected' } });
  expect(await valid(channel)).toMatchObject({ valid: false });
  await expect(channel.renew(channel.version)).rejects.toMatchObject({ kind: 'auth_expired' });
  expect(fake.posts()).toEqual([]);
});

it('two who renew with one token both go on', async () => {
  const channel = await connect();
  const renew = () => built.adapter.refreshTokens?.(channel.tokenContext());
  const [first, second] = [await renew(), await renew()];
  expect(second?.refreshToken).toBe(first?.refreshToken);
  clock.advance(3 * 3_600_000);
  await expect(renew()).rejects.toMatchObject({ kind: 'auth_expired' });
});

it('refuses files for good that the server, or a post, will not take', async () => {
  const channel = await connect();
  const large = new TestStep(channel, 'run1', 'root', content('x', [media(5_300_000)]));
  const refused = {
    status: 'failed',
    error: { kind: 'invalid_request', outcome: 'rejected', retryable: false },
  };
  expect(await built.provider.start(large.context())).toMatchObject(refused);
  const stored = new TestStep(channel, 'run2', 'root', content('x', [media(2_100_000)]));
  const started = await built.provider.start(stored.context());
  if (started.status !== 'ready') throw new Error(started.status);
  stored.artefacts = started.artefacts;
  expect(await finish(stored)).toMatchObject(refused);
});

const media = (bytes: number) => mediaSource('image', new Uint8Array(bytes));
