import { randomBytes } from 'node:crypto';
import { mediaSource, platformDependencies, platformEnv, TestChannel } from '@tests/fakes/platforms/harness';
import type { FakeNetwork, NetworkFault, SeenPost } from '@tests/fakes/platforms/server';
import { FixedClock } from '@/core/time/clock';
import { PlatformAdapterFactory, PlatformProviderFactory } from '@/features/platforms/factories';
import type { AuthenticationInput, PlatformAdapter } from '@/features/platforms/providers/adapter';
import type { PlatformDependencies } from '@/features/platforms/providers/deps';
import { stepMaterial } from '@/features/platforms/providers/material';
import type {
  InboxItem,
  InboxReply,
  MediaSource,
  PublishedRef,
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
  /**
   * Somebody writes below a post of the account (`on`: it, or what another wrote there). Where the network has an inbox.
   * @returns the id of what they wrote.
   */
  hear?(name: string, text: string, on: PublishedRef): string | Promise<string>;
  expireTokens(): void;
  revokeGrants(): void;
  /** A token that is out stays good until it runs out, whatever becomes of the grant. */
  tokensOutliveGrant?: true;
  /** What must be true at the end: no call broke the vendor's description. */
  violations(): string[];
  /** Whether calls were really checked against the vendor's description, where it is at hand. */
  checkedCalls(): boolean;
  /** Which descriptions were missing. */
  unvalidated: string;
  stop(): Promise<void>;
}

export const REDIRECT = (platform: string) => `http://localhost:3000/api/accounts/callback/${platform}`;
export const VERIFIER = 'verifier-verifier-verifier-verifier-verifier-1';

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

/** What every fake on a socket offers alike. */
export function controls(fake: FakeNetwork) {
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

/** An answer to what came in, as the inbox sends it. */
export function inboxReply(
  { id, postId, extra, author }: InboxItem,
  text: string,
  name: string,
  now: Date,
): InboxReply {
  return {
    item: { id, authorHandle: author.handle, ...(postId ? { postId } : {}), ...(extra ? { extra } : {}) },
    text,
    material: stepMaterial(name, 'comment', now),
  };
}
