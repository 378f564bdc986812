import type { FakeOAuth } from '@tests/fakes/platforms/oauth-server';
import { FakePinterest } from '@tests/fakes/platforms/pinterest';
import { FakeReddit } from '@tests/fakes/platforms/reddit';
import type { FakeNetwork } from '@tests/fakes/platforms/server';
import { FakeTikTok } from '@tests/fakes/platforms/tiktok';
import { FakeYouTube } from '@tests/fakes/platforms/youtube';
import type { FixedClock } from '@/core/time/clock';
import type { PlatformId } from '@/features/platforms/schema';
import { build, channelOf, type NetworkUnderTest, now, walkConsent } from './platforms-networks-parts';

/** Networks whose posts are files first: each wants a picture, a video or a place to put it. */

type Extras = Partial<NetworkUnderTest>;

async function startFake(
  platform: PlatformId,
  fake: FakeNetwork & { oauth: FakeOAuth },
  env: Record<string, string>,
  extras: Extras,
): Promise<NetworkUnderTest> {
  const clock = fake.clock as FixedClock;
  const built = build(platform, clock, env);
  return {
    platform,
    clock,
    ...built,
    posts: () => fake.posts(),
    calls: (point) => fake.calls(point),
    fault: (fault) => fake.fault(fault),
    calm: () => fake.calm(),
    connect: async () => channelOf(built.adapter, clock, await walkConsent(built.adapter)),
    expireTokens: () => fake.oauth.expireAll(),
    revokeGrants: () => fake.oauth.revokeAll(),
    violations: () => [],
    checkedCalls: () => true,
    unvalidated: `${platform} publishes no description we hold; the fake checks bodies strictly`,
    stop: () => fake.stop(),
    ...extras,
  };
}

async function startYouTube(): Promise<NetworkUnderTest> {
  const fake = new FakeYouTube(now());
  await fake.start();
  const env = {
    YOUTUBE_CLIENT_ID: fake.clientId,
    YOUTUBE_CLIENT_SECRET: fake.clientSecret,
    YOUTUBE_API_BASE_URL: fake.url,
    YOUTUBE_AUTH_BASE_URL: fake.url,
  };
  return await startFake('youtube', fake, env, {
    hear: (name, text, on) => fake.hear(name, text, on.id),
    contentExtras: { title: 'Irises' },
    violations: () => fake.contract.violations,
    checkedCalls: () => fake.contract.missing !== undefined || fake.contract.checked > 2,
    unvalidated: fake.contract.missing ?? 'comments, token calls and reports are in no description we hold',
  });
}

async function startTikTok(): Promise<NetworkUnderTest> {
  const fake = new FakeTikTok(now());
  await fake.start();
  const env = {
    TIKTOK_CLIENT_KEY: fake.clientKey,
    TIKTOK_CLIENT_SECRET: fake.clientSecret,
    TIKTOK_APP_AUDITED: 'true',
    TIKTOK_API_BASE_URL: fake.url,
    TIKTOK_AUTH_BASE_URL: fake.url,
  };
  return await startFake('tiktok', fake, env, { picturesGoAlong: true });
}

async function startPinterest(): Promise<NetworkUnderTest> {
  const fake = new FakePinterest(now());
  await fake.start();
  const env = {
    PINTEREST_APP_ID: fake.appId,
    PINTEREST_APP_SECRET: fake.appSecret,
    PINTEREST_API_BASE_URL: fake.url,
    PINTEREST_AUTH_BASE_URL: fake.url,
  };
  return await startFake('pinterest', fake, env, {
    picturesGoAlong: true,
    contentExtras: { title: 'Irises', settings: { boardId: '1000001' } },
    leftAfterCommit: 77,
    waitsWithoutHeader: 45_000,
  });
}

async function startReddit(): Promise<NetworkUnderTest> {
  const fake = new FakeReddit(now());
  await fake.start();
  const env = {
    REDDIT_CLIENT_ID: fake.clientId,
    REDDIT_CLIENT_SECRET: fake.clientSecret,
    REDDIT_API_BASE_URL: fake.url,
    REDDIT_AUTH_BASE_URL: fake.url,
  };
  return await startFake('reddit', fake, env, {
    contentExtras: { title: 'Irises', settings: { subreddit: 'gardening' } },
    hear: (name, text, on) => fake.hear(name, text, on.id),
    editsTextOnly: true,
    leftAfterCommit: 996,
    waitsWithoutHeader: 45_000,
  });
}

export const FILE_NETWORKS: readonly [string, () => Promise<NetworkUnderTest>][] = [
  ['YouTube', startYouTube],
  ['TikTok', startTikTok],
  ['Pinterest', startPinterest],
  ['Reddit', startReddit],
];
