import { randomBytes } from 'node:crypto';
import {
  content,
  mediaSource,
  platformDependencies,
  platformEnv,
  TestChannel,
  TestStep,
} from '@tests/fakes/platforms/harness';
import { FakeYouTube } from '@tests/fakes/platforms/youtube';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FixedClock } from '@/core/time/clock';
import type { PlatformAdapter } from '@/features/platforms/providers/adapter';
import type { SocialProvider } from '@/features/platforms/providers/types';
import { youtube } from '@/features/platforms/providers/youtube/module';
import { walkConsent } from './platforms-networks-parts';

const HOUR_MS = 3_600_000;
const MIB = 1024 * 1024;
const quota = (reason: string) => ({
  status: 403,
  body: { error: { code: 403, message: reason, errors: [{ reason, domain: 'youtube.quota' }] } },
});

describe('YouTube', () => {
  let clock: FixedClock;
  let fake: FakeYouTube;
  let adapter: PlatformAdapter;
  let provider: SocialProvider;
  let channel: TestChannel;

  beforeEach(async () => {
    clock = new FixedClock(new Date('2026-11-21T20:00:00Z'));
    fake = new FakeYouTube(clock);
    await fake.start();
    const deps = platformDependencies(
      clock,
      platformEnv({
        YOUTUBE_CLIENT_ID: fake.clientId,
        YOUTUBE_CLIENT_SECRET: fake.clientSecret,
        YOUTUBE_API_BASE_URL: fake.url,
        YOUTUBE_AUTH_BASE_URL: fake.url,
        YOUTUBE_UPLOADS_PER_DAY: '2',
      }),
    );
    adapter = youtube.createAdapter(deps);
    provider = youtube.createProvider(deps);
    const { credentials, account } = await adapter.authenticate(await walkConsent(adapter));
    channel = new TestChannel('youtube', adapter, clock, credentials, account);
  });
  afterEach(() => fake.stop());

  const film = (bytes = 2_000) => mediaSource('video', randomBytes(bytes));
  const step = (media = film(), settings: Record<string, unknown> = {}) =>
    new TestStep(channel, 'run1', 'root', content('Irises are out', [media], { title: 'Irises', settings }));
  async function prepare(one: TestStep): Promise<void> {
    for (let round = 0; round < 5; round += 1) {
      const result = await provider.start(one.context());
      if (result.status === 'failed') throw result.error;
      one.artefacts = result.artefacts;
      if (result.status === 'ready') return;
    }
    throw new Error('never ready');
  }

  it('goes on in the middle of a file, at the byte YouTube names', async () => {
    const one = step(film(20 * MIB));
    fake.fault({ on: 'upload', kind: 'accept_then_reset', skip: 2 });
    expect(await provider.start(one.context())).toMatchObject({
      status: 'failed',
      error: { kind: 'unavailable', retryable: true },
    });
    const before = fake.calls('upload');
    await prepare(one);
    // The question how far it came, and the one piece that was still missing.
    expect(fake.calls('upload') - before).toBe(2);
    expect(fake.sessions.size).toBe(1);
    expect([...fake.videos.values()].map(({ bytes }) => bytes)).toEqual([20 * MIB]);
  });

  it('finds the video whose last answer was lost, and makes no second one', async () => {
    const one = step();
    fake.fault({ on: 'upload', kind: 'accept_then_reset', skip: 1 });
    expect((await provider.start(one.context())).status).toBe('failed');
    await prepare(one);
    expect(fake.videos.size).toBe(1);
  });

  it('opens a new session where the old one has ended', async () => {
    const one = step();
    fake.fault({ on: 'upload', kind: 'reset_before', skip: 1 });
    expect((await provider.start(one.context())).status).toBe('failed');
    fake.sessions.clear();
    await prepare(one);
    expect(fake.videos.size).toBe(1);
  });

  it('shows nobody the video before the commit, and then as chosen', async () => {
    const one = step(film(), { privacy: 'link', categoryId: '28', syntheticMedia: true });
    await prepare(one);
    expect([...fake.videos.values()].map(({ privacy }) => privacy)).toEqual(['private']);
    expect((await provider.finish(one.context())).status).toBe('published');
    expect([...fake.videos.values()]).toMatchObject([{ privacy: 'unlisted', snippet: { categoryId: '28' } }]);
  });

  it('says so when Google keeps the video private', async () => {
    fake.unaudited = true;
    const one = step();
    await prepare(one);
    expect(await provider.finish(one.context())).toMatchObject({
      status: 'failed',
      error: { kind: 'invalid_request', outcome: 'rejected', vendorCode: 'privacy_locked' },
    });
  });

  it.each([
    [
      'quotaExceeded',
      { scope: 'app', error: { kind: 'quota', retryable: true, retryAfterMs: 12 * HOUR_MS } },
    ],
    ['uploadLimitExceeded', { scope: 'account', error: { kind: 'quota', retryable: false } }],
    ['insufficientPermissions', { error: { kind: 'invalid_request', vendorCode: 'permission' } }],
  ])('understands %s', async (reason, expected) => {
    fake.refuseUploads = quota(reason);
    expect(await provider.start(step().context())).toMatchObject({ status: 'failed', ...expected });
  });

  it('counts uploads of the whole project, and waits for the Pacific midnight once they are used up', async () => {
    const remaining = async () => (await provider.fetchAccount(channel.context())).limits.caps?.[0];
    expect(await remaining()).toMatchObject({ scope: 'app', limit: 2, remaining: 2 });
    await prepare(step(film(1_000)));
    await prepare(step(film(1_001)));
    expect(await remaining()).toMatchObject({ remaining: 0, resetsAt: '2026-11-22T08:00:00.000Z' });
    const third = step(film(1_002));
    const before = fake.calls('upload');
    expect(await provider.start(third.context())).toMatchObject({
      status: 'failed',
      scope: 'app',
      error: { kind: 'quota', outcome: 'not_sent', retryable: true, retryAfterMs: 12 * HOUR_MS },
    });
    expect(fake.calls('upload')).toBe(before);
    clock.advance(12 * HOUR_MS);
    await channel.renew(1);
    await prepare(third);
    expect(await remaining()).toMatchObject({ remaining: 1 });
  });

  it('tells a video that could not be processed from one that may not be shown', async () => {
    for (const [status, kind] of [
      [{ uploadStatus: 'failed', failureReason: 'codec' }, 'invalid_request'],
      [{ uploadStatus: 'rejected', rejectionReason: 'copyright' }, 'content_policy'],
    ] as const) {
      fake.processing = status;
      expect(await provider.start(step().context())).toMatchObject({
        status: 'failed',
        error: { kind, retryable: false },
      });
    }
  });

  it('knows how long videos of this channel may be', async () => {
    expect((await provider.fetchAccount(channel.context())).limits.videoSecondsMax).toBe(900);
    fake.longUploads = 'allowed';
    expect((await provider.fetchAccount(channel.context())).limits.videoSecondsMax).toBeUndefined();
  });

  it('keeps what an edit does not name', async () => {
    const one = step(film(), { categoryId: '28' });
    await prepare(one);
    const result = await provider.finish(one.context());
    if (result.status !== 'published') throw new Error(result.status);
    await provider.edit?.(channel.context(), result.ref, content('Now in colour'));
    expect([...fake.videos.values()]).toMatchObject([
      { snippet: { title: 'Irises', description: 'Now in colour', categoryId: '28' }, privacy: 'public' },
    ]);
  });

  it('counts without watch time where that permission is missing', async () => {
    const one = step();
    await prepare(one);
    const result = await provider.finish(one.context());
    if (result.status !== 'published') throw new Error(result.status);
    const numbers = () => provider.metrics?.(channel.context(), result.ref);
    expect(await numbers()).toMatchObject({ views: 90, watchTimeSeconds: 720, shares: 3 });
    fake.analytics = false;
    expect(await numbers()).toMatchObject({ views: 90, watchTimeSeconds: null, shares: null });
  });

  it('sends its token to no host but its own', async () => {
    fake.uploadHost = 'http://127.0.0.1:9';
    expect(await provider.start(step().context())).toMatchObject({
      status: 'failed',
      error: { vendorCode: 'unexpected_upload_host' },
    });
  });

  it('remembers when the grant of a testing app ends', async () => {
    fake.grantSeconds = 604_800;
    const { credentials } = await adapter.authenticate(await walkConsent(adapter));
    expect(credentials.grantExpiresAt).toEqual(new Date('2026-11-28T20:00:00Z'));
    clock.advance(HOUR_MS);
    fake.grantSeconds = undefined;
    const fresh = await adapter.refreshTokens?.({
      ...channel.tokenContext(),
      credentials: { ...credentials, version: 1 },
    });
    expect(fresh?.grantExpiresAt).toEqual(credentials.grantExpiresAt);
    expect(fresh?.refreshToken).toBe(credentials.refreshToken);
  });
});
