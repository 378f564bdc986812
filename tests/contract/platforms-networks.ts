import { randomBytes } from 'node:crypto';
import { FakeBluesky } from '@tests/fakes/platforms/bluesky';
import { FakeFacebook } from '@tests/fakes/platforms/facebook';
import { mediaSource, platformDependencies, platformEnv, TestChannel } from '@tests/fakes/platforms/harness';
import { FakeInstagram } from '@tests/fakes/platforms/instagram';
import { FakeLinkedIn } from '@tests/fakes/platforms/linkedin';
import { FakeMastodon } from '@tests/fakes/platforms/mastodon';
import { SandboxServer } from '@tests/fakes/platforms/sandbox';
import type { FakeNetwork, NetworkFault, SeenPost } from '@tests/fakes/platforms/server';
import { FakeThreads } from '@tests/fakes/platforms/threads';
import { FakeX } from '@tests/fakes/platforms/x';
import { FixedClock } from '@/core/time/clock';
import { PlatformAdapterFactory, PlatformProviderFactory } from '@/features/platforms/factories';
import type { PlatformDependencies } from '@/features/platforms/providers/deps';
import type {
  AuthenticationInput,
  MediaSource,
  PlatformAdapter,
  SocialProvider,
  StepContent,
} from '@/features/platforms/providers/types';
import { platformRegistry } from '@/features/platforms/registry';
import { PLATFORM_RULES } from '@/features/platforms/rules/rules';
import type { SandboxNetwork } from '@/features/platforms/sandbox/network';
import type { PlatformId } from '@/features/platforms/schema';

/** What the one suite needs of each network's fake. */
export interface NetworkUnderTest {
  platform: PlatformId;
  clock: FixedClock;
  deps: PlatformDependencies;
  adapter: PlatformAdapter;
  provider: SocialProvider;
  posts(): SeenPost[];
  calls(point: NetworkFault['on']): number;
  fault(fault: NetworkFault): void;
  calm(): void;
  /** What a post needs here at the least: no file, a picture or a video. */
  leastMedia(): MediaSource[];
  /** What else every post needs here: a title, a board. */
  contentExtras?: Partial<StepContent>;
  /** Pictures go along with the commit itself; only other files are uploaded before. */
  picturesGoAlong?: true;
  /** Only posts of text can be changed. */
  editsTextOnly?: true;
  /** Posts left of the allowance after one commit, where the network says. */
  leftAfterCommit?: number;
  /** Metrics of this account where they are fewer than the network's. */
  metricsHere?: readonly string[];
  leftScope?: 'account' | 'app';
  /** What a rate limit without `Retry-After` says about its end; absent where the network says nothing. Milliseconds. */
  waitsWithoutHeader?: number;
  /** Connects an account from nothing, through the adapter, as a person would. */
  connect(): Promise<TestChannel>;
  expireTokens(): void;
  revokeGrants(): void;
  /** What must be true at the end: no call broke the vendor's description. */
  violations(): string[];
  /** Whether calls were really checked against the vendor's description, where it is at hand. */
  checkedCalls(): boolean;
  /** Which descriptions were missing. */
  unvalidated: string;
  stop(): Promise<void>;
}

const REDIRECT = (platform: string) => `http://localhost:3000/api/accounts/callback/${platform}`;
const VERIFIER = 'verifier-verifier-verifier-verifier-verifier-1';

export function build(
  platform: PlatformId,
  clock: FixedClock,
  env: Record<string, string>,
  network?: () => SandboxNetwork,
) {
  const deps = platformDependencies(clock, platformEnv(env));
  const { media } = PLATFORM_RULES[platform];
  const kind = media.image ? 'image' : 'video';
  const leastMedia = () =>
    media.required ? [mediaSource(kind, randomBytes(1_500), 'An iris')] : ([] as MediaSource[]);
  const modules = platformRegistry(
    network ??
      (() => {
        throw new Error('There is no sandbox network here.');
      }),
  );
  return {
    deps,
    leastMedia,
    adapter: new PlatformAdapterFactory(modules, deps).get(platform),
    provider: new PlatformProviderFactory(modules, deps).get(platform),
  };
}

/** Walks to the consent page and back, as a browser does. */
export async function walkConsent(
  adapter: PlatformAdapter,
  baseUrl?: string,
): Promise<Extract<AuthenticationInput, { kind: 'code' }>> {
  const signal = AbortSignal.timeout(10_000);
  const start = await adapter.authorizationUrl?.({
    state: 'state-state-state-state-state-state-state-43',
    redirectUri: REDIRECT(adapter.platform),
    codeVerifier: VERIFIER,
    ...(baseUrl ? { baseUrl } : {}),
    signal,
  });
  if (!start) throw new Error(`${adapter.platform} has no consent page.`);
  const response = await fetch(start.url, { redirect: 'manual' });
  const location = response.headers.get('location');
  if (!location) throw new Error(`The consent page answered ${response.status}: ${await response.text()}`);
  return {
    kind: 'code',
    code: new URL(location).searchParams.get('code') ?? '',
    redirectUri: REDIRECT(adapter.platform),
    codeVerifier: VERIFIER,
    ...(baseUrl ? { baseUrl } : {}),
    keep: start.keep,
    signal,
  };
}

export async function channelOf(
  adapter: PlatformAdapter,
  clock: FixedClock,
  input: AuthenticationInput,
): Promise<TestChannel> {
  const { credentials, account } = await adapter.authenticate(input);
  return new TestChannel(adapter.platform, adapter, clock, credentials, account);
}

export const now = () => new FixedClock(new Date(Math.floor(Date.now() / 1000) * 1000));

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
    ...(organization ? {} : { metricsHere: ['likes', 'comments'] }),
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

/** What every fake on a socket offers alike. */
function controls(fake: FakeNetwork) {
  return {
    posts: () => fake.posts(),
    calls: (point: NetworkFault['on']) => fake.calls(point),
    fault: (fault: NetworkFault) => fake.fault(fault),
    calm: () => fake.calm(),
    violations: () => [],
    checkedCalls: () => true,
    stop: () => fake.stop(),
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
    expireTokens: () => fake.expireAll(),
    revokeGrants: () => fake.revokeAll(),
    violations: () => fake.violations,
    checkedCalls: () => fake.lexicons.missing !== undefined || fake.lexicons.checked > 100,
    unvalidated: fake.lexicons.missing ?? '',
    stop: () => fake.stop(),
  };
}

async function startSandbox(keepBytes = true): Promise<NetworkUnderTest> {
  const clock = now();
  const server = new SandboxServer(clock, undefined, { keepBytes });
  await server.start();
  const built = build('sandbox', clock, { SANDBOX_API_BASE_URL: server.url });
  return {
    platform: 'sandbox',
    clock,
    ...built,
    posts: () => server.posts(),
    calls: (point) => server.calls(point),
    fault: (fault) => server.fault(fault),
    calm: () => server.calm(),
    connect: () => connectSandbox(built.adapter, clock, server.network),
    ...sandboxTokens(server),
    violations: () => [],
    checkedCalls: () => true,
    unvalidated: '',
    stop: () => server.stop(),
  };
}

/** The way the product uses it by default: no socket at all. */
async function startSandboxInProcess(): Promise<NetworkUnderTest> {
  const clock = now();
  const server = new SandboxServer(clock);
  const counted = { commit: 0, upload: 0, token: 0, read: 0 };
  const handle = server.network.handle.bind(server.network);
  server.network.handle = (request) => {
    const point =
      request.path === '/oauth/token'
        ? 'token'
        : request.method === 'GET'
          ? 'read'
          : request.path === '/v1/posts'
            ? 'commit'
            : 'upload';
    counted[point] += 1;
    return handle(request);
  };
  const built = build('sandbox', clock, {}, () => server.network);
  return {
    platform: 'sandbox',
    clock,
    ...built,
    posts: () => server.posts(),
    calls: (point) => counted[point],
    fault: (fault) => server.fault(fault),
    calm: () => server.calm(),
    connect: () => connectSandbox(built.adapter, clock, server.network),
    ...sandboxTokens(server),
    violations: () => [],
    checkedCalls: () => true,
    unvalidated: '',
    stop: async () => undefined,
  };
}

function sandboxTokens(server: SandboxServer) {
  return {
    expireTokens: () => {
      for (const [id, grant] of server.store.grants)
        server.store.grants.set(id, { ...grant, accessExpiresAt: new Date(0) });
    },
    revokeGrants: () => {
      for (const [id, grant] of server.store.grants) server.store.grants.set(id, { ...grant, revoked: true });
    },
  };
}

async function connectSandbox(
  adapter: PlatformAdapter,
  clock: FixedClock,
  network: SandboxNetwork,
): Promise<TestChannel> {
  const signal = AbortSignal.timeout(10_000);
  const start = await adapter.authorizationUrl?.({
    state: 'state-state-state-state-state-state-state-43',
    redirectUri: REDIRECT('sandbox'),
    codeVerifier: VERIFIER,
    signal,
  });
  const query = new URL(start?.url ?? '').searchParams;
  const { redirectTo } = await network.oauth.consent('user1', {
    handle: 'iris_demo',
    clientId: query.get('client_id') ?? '',
    redirectUri: query.get('redirect_uri') ?? '',
    state: query.get('state') ?? '',
    scope: query.get('scope') ?? '',
    codeChallenge: query.get('code_challenge') ?? '',
    decision: 'allow',
  });
  return channelOf(adapter, clock, {
    kind: 'code',
    code: new URL(redirectTo).searchParams.get('code') ?? '',
    redirectUri: REDIRECT('sandbox'),
    codeVerifier: VERIFIER,
    keep: {},
    signal,
  });
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
export const startForgetfulSandbox = () => startSandbox(false);
