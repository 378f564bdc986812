import { randomBytes } from 'node:crypto';
import {
  content,
  mediaSource,
  platformDependencies,
  platformEnv,
  TestChannel,
  TestStep,
} from '@tests/fakes/platforms/harness';
import { FakeTikTok } from '@tests/fakes/platforms/tiktok';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FixedClock } from '@/core/time/clock';
import type { PlatformAdapter } from '@/features/platforms/providers/adapter';
import { tiktok } from '@/features/platforms/providers/tiktok/module';
import type { CommitResult, PublishedRef, SocialProvider } from '@/features/platforms/providers/types';
import { walkConsent } from './platforms-networks-parts';

const MIB = 1024 * 1024;

describe('TikTok', () => {
  let clock: FixedClock;
  let fake: FakeTikTok;
  let adapter: PlatformAdapter;
  let provider: SocialProvider;
  let channel: TestChannel;

  async function connect(audited: boolean): Promise<void> {
    fake.audited = audited;
    const deps = platformDependencies(
      clock,
      platformEnv({
        TIKTOK_CLIENT_KEY: fake.clientKey,
        TIKTOK_CLIENT_SECRET: fake.clientSecret,
        TIKTOK_API_BASE_URL: fake.url,
        TIKTOK_AUTH_BASE_URL: fake.url,
        TIKTOK_APP_AUDITED: String(audited),
      }),
    );
    adapter = tiktok.createAdapter(deps);
    provider = tiktok.createProvider(deps);
    const { credentials, account } = await adapter.authenticate(await walkConsent(adapter));
    channel = new TestChannel('tiktok', adapter, clock, credentials, account);
  }

  beforeEach(async () => {
    clock = new FixedClock(new Date('2026-11-21T10:00:00Z'));
    fake = new FakeTikTok(clock);
    await fake.start();
    await connect(true);
  });
  afterEach(() => fake.stop());

  const film = (bytes = 2_000) => mediaSource('video', randomBytes(bytes));
  const photo = () => mediaSource('image', randomBytes(900));
  const step = (media = [film()], settings: Record<string, unknown> = {}) =>
    new TestStep(channel, 'run1', 'root', content('Irises are out', media, { settings }));
  async function prepare(one: TestStep): Promise<void> {
    const result = await provider.start(one.context());
    if (result.status === 'failed') throw result.error;
    one.artefacts = result.artefacts;
  }
  async function confirmed(one: TestStep, result: CommitResult): Promise<PublishedRef> {
    if (result.status !== 'accepted') throw new Error(result.status);
    one.artefacts = result.artefacts;
    for (let round = 0; round < 5; round += 1) {
      const checked = await provider.check(one.context());
      if (checked.status === 'published') return checked.ref;
    }
    throw new Error('never out');
  }
  const reconcile = (one: TestStep) => provider.reconcile({ ...one.context(), sentAt: clock.now() });

  it('holds back the last piece of a file, which is what posts it', async () => {
    const one = step([film(18 * MIB)]);
    await prepare(one);
    expect([...fake.publishes.values()]).toMatchObject([{ chunk: 5 * MIB, count: 3, received: 10 * MIB }]);
    expect(fake.posts()).toHaveLength(0);
    const ref = await confirmed(one, await provider.finish(one.context()));
    expect(fake.posts()).toMatchObject([{ media: [{ bytes: 18 * MIB }] }]);
    // 64-bit ids arrive whole.
    expect(ref.id).toBe(fake.posts()[0]?.id);
    expect(ref.permalink).toBe(`https://www.tiktok.com/@irisync_test/video/${ref.id}`);
  });

  it('goes on at the piece that TikTok waits for', async () => {
    const one = step([film(18 * MIB)]);
    fake.fault({ on: 'upload', kind: 'accept_then_reset', skip: 1 });
    expect((await provider.start(one.context())).status).toBe('failed');
    const before = fake.calls('upload');
    await prepare(one);
    expect(fake.calls('upload') - before).toBe(1);
    expect(fake.publishes.size).toBe(1);
  });

  it('finds a video whose last answer was lost', async () => {
    const one = step();
    await prepare(one);
    fake.fault({ on: 'commit', kind: 'accept_then_reset' });
    expect(await provider.finish(one.context())).toMatchObject({ error: { outcome: 'unknown' } });
    // TikTok is still at it; nothing is sent again meanwhile.
    expect((await reconcile(one)).status).toBe('unknown');
    expect(await reconcile(one)).toMatchObject({ status: 'found', ref: { id: fake.posts()[0]?.id } });
  });

  it('knows that nothing is out while the last piece is missing, and sends it then', async () => {
    const one = step();
    await prepare(one);
    fake.fault({ on: 'commit', kind: 'reset_before' });
    await provider.finish(one.context());
    expect((await reconcile(one)).status).toBe('absent');
    await prepare(one);
    await confirmed(one, await provider.finish(one.context()));
    expect(fake.posts()).toHaveLength(1);
  });

  it('never posts a video twice, however often the last piece goes out', async () => {
    const one = step();
    await prepare(one);
    fake.fault({ on: 'commit', kind: 'accept_late', delayMs: 40 });
    await provider.finish(one.context());
    await provider.finish(one.context());
    await new Promise((resolve) => setTimeout(resolve, 100));
    await prepare(one);
    await confirmed(one, await provider.finish(one.context()));
    expect(fake.posts()).toHaveLength(1);
    expect(fake.publishes.size).toBe(1);
  });

  it('starts afresh where the address has ended or the text has changed', async () => {
    const one = step();
    await prepare(one);
    for (const publish of fake.publishes.values()) publish.expired = true;
    expect(await provider.finish(one.context())).toMatchObject({
      status: 'failed',
      discardArtefacts: true,
      error: { outcome: 'not_sent' },
    });
    clock.advance(3_600_000);
    await prepare(one);
    expect(fake.publishes.size).toBe(2);
    // Publishing keeps `uploads` alone when the words change.
    expect(one.artefacts).not.toHaveProperty('uploads');
  });

  it('asks what the creator allows before each post, and keeps to it', async () => {
    fake.commentsOff = true;
    await prepare(step([film()], { allowComments: true, allowStitch: true, aiGenerated: true }));
    expect(fake.creatorQueries).toBeGreaterThan(1);
    expect(fake.lastInfo).toMatchObject({ disable_comment: true, disable_stitch: true, is_aigc: true });
    fake.privacyOptions = ['FOLLOWER_OF_CREATOR', 'SELF_ONLY'];
    await prepare(step([film()]));
    expect(fake.lastInfo).toMatchObject({ privacy_level: 'FOLLOWER_OF_CREATOR' });
    expect(await provider.start(step([film()], { privacy: 'everyone' }).context())).toMatchObject({
      status: 'failed',
      error: { vendorCode: 'privacy_not_allowed', outcome: 'not_sent', retryable: false },
    });
  });

  it('says before posting that an app without audit posts to the owner alone', async () => {
    await connect(false);
    const { limits } = await provider.fetchAccount(channel.context());
    expect(limits).toMatchObject({ visibilities: ['self'], videoSecondsMax: 300 });
    const variant = (settings: Record<string, unknown>) => ({ text: 'Hi', media: [film()], settings });
    const codes = async (settings: Record<string, unknown>) =>
      (await provider.validate(variant(settings), limits, channel.settings)).map(
        ({ code, severity, path }) => `${severity} ${code} ${path}`,
      );
    expect(await codes({})).toContain('warning visibility_limited settings.privacy');
    expect(await codes({ privacy: 'everyone' })).toContain('error settings_invalid settings.privacy');
    const one = step();
    await prepare(one);
    const ref = await confirmed(one, await provider.finish(one.context()));
    expect([...fake.publishes.values()]).toMatchObject([{ privacy: 'SELF_ONLY' }]);
    // Without a public id there is nothing to count and nothing to link to.
    expect(ref).toEqual({ id: ref.id, extra: { publishId: ref.id } });
    expect(Object.values((await provider.metrics?.(channel.context(), ref)) ?? {})).toEqual(
      Array(10).fill(null),
    );
  });

  it('takes up the public id of a post once TikTok has given one', async () => {
    const one = step([photo()]);
    await prepare(one);
    const ref = await confirmed(one, await provider.finish(one.context()));
    const byUpload = { id: String(ref.extra?.publishId), extra: { publishId: String(ref.extra?.publishId) } };
    expect(await provider.metrics?.(channel.context(), byUpload)).toMatchObject({ views: 90, shares: 2 });
  });

  it.each([
    [
      'spam_risk_too_many_posts',
      403,
      { scope: 'account', error: { kind: 'quota', retryAfterMs: 3_600_000 } },
    ],
    ['spam_risk_user_banned_from_posting', 403, { error: { kind: 'quota', retryable: false } }],
    ['reached_active_user_cap', 403, { scope: 'app', error: { kind: 'quota' } }],
    ['scope_not_authorized', 401, { error: { kind: 'invalid_request', vendorCode: 'permission' } }],
    ['url_ownership_unverified', 403, { error: { kind: 'invalid_request', retryable: false } }],
    // Some refusals come with 200.
    ['spam_risk_text', 200, { error: { kind: 'quota', outcome: 'rejected' } }],
  ])('understands %s', async (code, status, expected) => {
    const one = step([photo()]);
    await prepare(one);
    fake.refusePosts = { status, body: { data: {}, error: { code, message: code, log_id: '1' } } };
    expect(await provider.finish(one.context())).toMatchObject({ status: 'failed', ...expected });
  });

  it('tells why TikTok dropped a post it had accepted', async () => {
    fake.failReason = 'frame_rate_check_failed';
    const one = step();
    await prepare(one);
    const result = await provider.finish(one.context());
    if (result.status !== 'accepted') throw new Error(result.status);
    one.artefacts = result.artefacts;
    expect(await provider.check(one.context())).toMatchObject({
      status: 'failed',
      error: { kind: 'invalid_request', vendorCode: 'frame_rate_check_failed', outcome: 'rejected' },
    });
    expect((await reconcile(one)).status).toBe('absent');
  });

  it('renews with a token that is replaced each time, and knows when the grant ends', async () => {
    const before = channel.tokens.refreshToken;
    clock.advance(86_400_000);
    await channel.renew(1);
    expect(channel.tokens.refreshToken).not.toBe(before);
    expect(channel.tokens.grantExpiresAt).toEqual(new Date('2027-11-22T10:00:00Z'));
  });
});
