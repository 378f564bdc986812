import { FakeBluesky } from '@tests/fakes/platforms/bluesky';
import { FakeFacebook } from '@tests/fakes/platforms/facebook';
import { TestChannel } from '@tests/fakes/platforms/harness';
import { FakeInstagram } from '@tests/fakes/platforms/instagram';
import { FakeLinkedIn } from '@tests/fakes/platforms/linkedin';
import { FakeMastodon } from '@tests/fakes/platforms/mastodon';
import { FakeThreads } from '@tests/fakes/platforms/threads';
import { FakeX } from '@tests/fakes/platforms/x';
import type { FixedClock } from '@/core/time/clock';
import type { PlatformId } from '@/features/platforms/schema';
import {
  build,
  channelOf,
  controls,
  type NetworkUnderTest,
  now,
  walkConsent,
} from './platforms-networks-parts';
import { startSandbox, startSandboxInProcess } from './platforms-networks-sandbox';

async function startX(): Promise<NetworkUnderTest> {
  const clock = now();
  const fake = new FakeX(clock);
  await fake.start();
  const built = build('x', clock, {
    X_CLIENT_ID: fake.clientId,
    X_CLIENT_SECRET: fake.clientSecret,
    X_API_BASE_URL: fake.url,
    X_AUTH_BASE_URL: fake.url,
  });
  return {
    platform: 'x',
    leftAfterCommit: 99,
    waitsWithoutHeader: 30_000,
    clock,
    ...built,
    posts: () => fake.posts(),
    calls: (point) => fake.calls(point),
    fault: (fault) => fake.fault(fault),
    calm: () => fake.calm(),
    hear: (name, text, on) => fake.hear(name, text, on.id),
    connect: async () => channelOf(built.adapter, clock, await walkConsent(built.adapter)),
    expireTokens: () => fake.oauth.expireAll(),
    revokeGrants: () => fake.oauth.revokeAll(),
    violations: () => [],
    checkedCalls: () => true,
    unvalidated: 'X publishes no description we hold; the fake checks bodies strictly',
    stop: () => fake.stop(),
  };
}

async function startMastodon(): Promise<NetworkUnderTest> {
  const clock = now();
  const fake = new FakeMastodon(clock);
  await fake.start();
  const built = build('mastodon', clock, {});
  return {
    platform: 'mastodon',
    waitsWithoutHeader: 30_000,
    clock,
    ...built,
    posts: () => fake.posts(),
    calls: (point) => fake.calls(point),
    fault: (fault) => fake.fault(fault),
    calm: () => fake.calm(),
    connect: async () => channelOf(built.adapter, clock, await walkConsent(built.adapter, fake.url)),
    hear: (name, text, on) => fake.hear(name, text, on.id),
    expireTokens: () => fake.oauth.expireAll(),
    revokeGrants: () => fake.oauth.revokeAll(),
    violations: () => [],
    checkedCalls: () => true,
    unvalidated: 'Mastodon publishes no description we hold; the fake checks bodies strictly',
    stop: () => fake.stop(),
  };
}

const DAY_MS = 24 * 3_600_000;
const META_UNVALIDATED = 'Meta publishes no description we hold; the fake checks fields strictly';

async function startThreads(): Promise<NetworkUnderTest> {
  const fake = new FakeThreads(now());
  return await startContainers('threads', fake, (url) => ({
    THREADS_APP_ID: fake.appId,
    THREADS_APP_SECRET: fake.appSecret,
    THREADS_API_BASE_URL: url,
    THREADS_AUTH_BASE_URL: url,
  }));
}

async function startInstagram(): Promise<NetworkUnderTest> {
  const fake = new FakeInstagram(now());
  return await startContainers('instagram', fake, (url) => ({
    INSTAGRAM_APP_ID: fake.appId,
    INSTAGRAM_APP_SECRET: fake.appSecret,
    INSTAGRAM_API_BASE_URL: url,
    INSTAGRAM_AUTH_BASE_URL: url,
  }));
}

async function startFacebook(): Promise<NetworkUnderTest> {
  const clock = now();
  const fake = new FakeFacebook(clock);
  await fake.start();
  const built = build('facebook', clock, {
    FACEBOOK_APP_ID: fake.appId,
    FACEBOOK_APP_SECRET: fake.appSecret,
    FACEBOOK_API_BASE_URL: fake.url,
    FACEBOOK_AUTH_BASE_URL: fake.url,
    FACEBOOK_UPLOAD_BASE_URL: fake.url,
  });
  return {
    platform: 'facebook',
    clock,
    ...built,
    ...controls(fake),
    leftAfterCommit: 72,
    waitsWithoutHeader: 60_000,
    connect: async () => channelOf(built.adapter, clock, await walkConsent(built.adapter)),
    hear: (name, text, on) => fake.hear(name, text, on.id),
    expireTokens: () => fake.tokens.expireAll(),
    revokeGrants: () => fake.tokens.revokeAll(),
    unvalidated: META_UNVALIDATED,
  };
}

async function startLinkedIn(organization: boolean): Promise<NetworkUnderTest> {
  const clock = now();
  const fake = new FakeLinkedIn(clock);
  await fake.start();
  const built = build('linkedin', clock, {
    LINKEDIN_CLIENT_ID: fake.clientId,
    LINKEDIN_CLIENT_SECRET: fake.clientSecret,
    LINKEDIN_ORGANIZATIONS: String(organization),
    LINKEDIN_API_BASE_URL: fake.url,
    LINKEDIN_AUTH_BASE_URL: fake.url,
    LINKEDIN_UPLOAD_BASE_URL: fake.url,
  });
  return {
    platform: 'linkedin',
    clock,
    ...built,
    ...controls(fake),
    // LinkedIn tells little about the posts of a person.
    ...(organization
      ? { hear: (name, text, on) => fake.hear(name, text, on.id) }
      : { metricsHere: ['likes', 'comments'] }),
    connect: async () => {
      const member = await built.adapter.authenticate(await walkConsent(built.adapter));
      const { credentials, account } = (organization ? member.others?.[0] : undefined) ?? member;
      return new TestChannel('linkedin', built.adapter, clock, credentials, account);
    },
    expireTokens: () => fake.oauth.expireAll(),
    revokeGrants: () => fake.oauth.revokeAll(),
    unvalidated: 'LinkedIn publishes no description we hold; the fake checks bodies strictly',
  };
}

async function startContainers(
  platform: PlatformId,
  fake: FakeThreads | FakeInstagram,
  env: (url: string) => Record<string, string>,
): Promise<NetworkUnderTest> {
  const clock = fake.clock as FixedClock;
  await fake.start();
  const built = build(platform, clock, env(fake.url));
  return {
    platform,
    clock,
    ...built,
    ...controls(fake),
    leftAfterCommit: 88,
    leftScope: 'app',
    waitsWithoutHeader: 60_000,
    hear: (name, text, on) => fake.hear(name, text, on.id),
    connect: async () => {
      const channel = await channelOf(built.adapter, clock, await walkConsent(built.adapter));
      // Younger tokens cannot be renewed.
      clock.advance(DAY_MS);
      return channel;
    },
    expireTokens: () => fake.tokens.expireAll(),
    revokeGrants: () => fake.tokens.revokeAll(),
    unvalidated: META_UNVALIDATED,
  };
}

async function startBluesky(): Promise<NetworkUnderTest> {
  const clock = now();
  const fake = new FakeBluesky(clock);
  await fake.start();
  const built = build('bluesky', clock, {
    BLUESKY_API_BASE_URL: fake.url,
    BLUESKY_UPLOAD_BASE_URL: fake.url,
  });
  return {
    platform: 'bluesky',
    waitsWithoutHeader: 30_000,
    clock,
    ...built,
    posts: () => fake.posts(),
    calls: (point) => fake.calls(point),
    fault: (fault) => fake.fault(fault),
    calm: () => fake.calm(),
    connect: () =>
      channelOf(built.adapter, clock, {
        kind: 'app_password',
        handle: `@${fake.handle}`,
        appPassword: fake.appPassword,
        signal: AbortSignal.timeout(10_000),
      }),
    hear: (name, text, on) => fake.hear(name, text, on.id),
    expireTokens: () => fake.sessions.expireAll(),
    revokeGrants: () => fake.sessions.endAll(),
    tokensOutliveGrant: true,
    violations: () => fake.violations,
    checkedCalls: () => fake.lexicons.missing !== undefined || fake.lexicons.checked > 2,
    unvalidated: fake.lexicons.missing ?? '',
    stop: () => fake.stop(),
  };
}

export const NETWORKS: readonly [string, () => Promise<NetworkUnderTest>][] = [
  ['X', startX],
  ['Facebook', startFacebook],
  ['LinkedIn page', () => startLinkedIn(true)],
  ['LinkedIn member', () => startLinkedIn(false)],
  ['Threads', startThreads],
  ['Instagram', startInstagram],
  ['Bluesky', startBluesky],
  ['Mastodon', startMastodon],
  ['Sandbox', () => startSandbox()],
  ['Sandbox in process', startSandboxInProcess],
];

/** Forgets the contents of files, for files too large to keep. */
