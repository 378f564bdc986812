import type { TestChannel } from '@tests/fakes/platforms/harness';
import { SandboxServer } from '@tests/fakes/platforms/sandbox';
import type { FixedClock } from '@/core/time/clock';
import type { PlatformAdapter } from '@/features/platforms/providers/adapter';
import type { SandboxNetwork } from '@/features/platforms/sandbox/network';
import { build, channelOf, type NetworkUnderTest, now, REDIRECT, VERIFIER } from './platforms-networks-parts';

export async function startSandbox(keepBytes = true): Promise<NetworkUnderTest> {
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
    hear: async (name, text, on) => (await server.network.comment({ postId: on.id, name, text })).id,
    ...sandboxTokens(server),
    violations: () => [],
    checkedCalls: () => true,
    unvalidated: '',
    stop: () => server.stop(),
  };
}

/** The way the product uses it by default: no socket at all. */
export async function startSandboxInProcess(): Promise<NetworkUnderTest> {
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
    hear: async (name, text, on) => (await server.network.comment({ postId: on.id, name, text })).id,
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

export const startForgetfulSandbox = () => startSandbox(false);
