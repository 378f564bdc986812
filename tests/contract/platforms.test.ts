import { randomBytes } from 'node:crypto';
import { content, mediaSource, type TestChannel, TestStep } from '@tests/fakes/platforms/harness';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type {
  CommitResult,
  PublishedRef,
  ReconcileContext,
  StepContext,
} from '@/features/platforms/providers/types';
import { platformRegistry } from '@/features/platforms/registry';
import { NETWORKS, type NetworkUnderTest } from './platforms-networks';

it('the suite covers every network that can be connected', async () => {
  const registered = platformRegistry(() => Promise.reject(new Error('not used')) as never).map(
    ({ id }) => id,
  );
  const networks = await Promise.all(NETWORKS.map(([, start]) => start()));
  expect(new Set(networks.map(({ platform }) => platform))).toEqual(new Set(registered));
  await Promise.all(networks.map((network) => network.stop()));
});

/** One suite for every network: what publishing relies on must hold for each of them alike. */
describe.each(NETWORKS)('%s', (_name, start) => {
  let network: NetworkUnderTest;
  let channel: TestChannel;
  let runs = 0;

  beforeAll(async () => {
    network = await start();
    channel = await network.connect();
  });
  afterEach(() => network.calm());
  afterAll(async () => {
    expect(network.violations()).toEqual([]);
    expect(network.checkedCalls()).toBe(true);
    if (network.unvalidated) console.warn(`not validated: ${network.unvalidated}`);
    await network.stop();
  });

  const fresh = () => {
    runs += 1;
    return {
      runId: `run${runs}`,
      text: `Irises are out, part ${runs} #garden https://example.com/a/${runs}`,
    };
  };
  const step = (more: Partial<{ text: string; media: ReturnType<typeof mediaSource>[] }> = {}) => {
    const { runId, text } = fresh();
    return new TestStep(channel, runId, 'root', content(more.text ?? text, more.media ?? []));
  };
  /** Prepares until the network says ready, letting its time pass. */
  async function prepare(one: TestStep): Promise<void> {
    for (let round = 0; round < 10; round += 1) {
      const result =
        round === 0
          ? await network.provider.start(one.context())
          : await network.provider.check(one.context());
      if (result.status === 'failed') throw result.error;
      if (result.status === 'published') throw new Error('published before the commit');
      one.artefacts = result.artefacts;
      if (result.status === 'ready') return;
      network.clock.advance(result.pollAfterMs * 4);
    }
    throw new Error('never ready');
  }
  async function commit(one: TestStep, ctx: StepContext = one.context()): Promise<CommitResult> {
    if (one.step === 'root') return network.provider.finish(ctx);
    const act = one.step === 'comment' ? network.provider.comment : network.provider.thread;
    return (await act?.call(network.provider, ctx)) ?? Promise.reject(new Error(`no ${one.step}`));
  }
  async function publish(one: TestStep): Promise<PublishedRef> {
    await prepare(one);
    const result = await commit(one);
    if (result.status === 'failed') throw result.error;
    if (result.status === 'published') return result.ref;
    one.artefacts = result.artefacts;
    for (let round = 0; round < 10; round += 1) {
      network.clock.advance(result.pollAfterMs * 4);
      const checked = await network.provider.check(one.context());
      if (checked.status === 'published') return checked.ref;
    }
    throw new Error('never out');
  }
  const reconciling = (one: TestStep, sentAt = network.clock.now()): ReconcileContext => ({
    ...one.context(),
    sentAt,
  });
  const mode = () => network.provider.reconcileRule(channel.facts, { media: [], settings: {} }).mode;
  /** Bluesky shows links shortened. */
  const shown = (text: string) => text.replace('https://', '');
  const seen = (text: string) => network.posts().filter((post) => shown(post.text) === shown(text));

  describe('connecting', () => {
    it('knows the account', async () => {
      const account = await network.provider.fetchAccount(channel.context());
      expect(account.accountId).toBe(channel.account.accountId);
      expect(account.handle.length).toBeGreaterThan(1);
      expect(await network.adapter.validateConnection(channel.tokenContext())).toEqual({ valid: true });
      expect(await network.provider.fetchTargets(channel.context())).toHaveLength(1);
    });

    it('asks for every scope it needs', () => {
      for (const scope of network.adapter.requiredScopes) expect(channel.tokens.scopes).toContain(scope);
    });
  });

  describe('publishing', () => {
    it('puts a text out once', async () => {
      const one = step();
      const ref = await publish(one);
      expect(seen(one.content.text)).toHaveLength(1);
      expect(ref.permalink).toMatch(/^https?:\/\//);
    });

    it('tells what is left of the allowance, where the network says', async () => {
      const one = step();
      await prepare(one);
      const result = await commit(one);
      if (network.platform === 'x')
        expect(result).toMatchObject({ rate: { remaining: 99, scope: 'account' } });
      else expect(result.status).toBe('published');
    });

    it('sends pictures with their descriptions', async () => {
      const media = [
        mediaSource('image', randomBytes(2_000), 'A blue iris'),
        mediaSource('image', randomBytes(3_000), 'A white iris'),
      ];
      const one = step({ media });
      await publish(one);
      expect(seen(one.content.text)[0]?.media.map(({ alt, bytes }) => ({ alt, bytes }))).toEqual([
        { alt: 'A blue iris', bytes: 2_000 },
        { alt: 'A white iris', bytes: 3_000 },
      ]);
    });

    it('waits for a video to be processed', async () => {
      const media = [mediaSource('video', randomBytes(20_000))];
      const one = step({ media });
      const first = await network.provider.start(one.context());
      expect(first.status).toBe('processing');
      await publish(one);
      expect(seen(one.content.text)[0]?.media[0]?.bytes).toBe(20_000);
    });

    it('resumes uploads where a crash left them', async () => {
      const media = [
        mediaSource('image', randomBytes(1_000), 'one'),
        mediaSource('image', randomBytes(1_100), 'two'),
      ];
      const one = step({ media });
      one.failSave = 2;
      await expect(network.provider.start(one.context())).rejects.toThrow('the lease is lost');
      const uploads = media[0]?.reads;
      one.failSave = 0;
      await publish(one);
      // At most the one piece whose record was lost goes out again.
      expect(media[0]?.reads).toBeLessThanOrEqual((uploads ?? 0) + 1);
      expect(seen(one.content.text)[0]?.media).toHaveLength(2);
    });

    it('prepares again without uploading again', async () => {
      const media = [mediaSource('image', randomBytes(1_000), 'x')];
      const one = step({ media });
      await prepare(one);
      const before = network.calls('upload');
      await prepare(one);
      expect(network.calls('upload')).toBe(before);
    });

    it('says so when an upload it needs is not there', async () => {
      const one = step({ media: [mediaSource('image', randomBytes(900), 'x')] });
      const result = await commit(one);
      expect(result).toMatchObject({
        status: 'failed',
        discardArtefacts: true,
        error: { outcome: 'not_sent', retryable: true },
      });
    });

    it('chains a thread and comments on the root', async () => {
      const { runId, text } = fresh();
      const root = await publish(new TestStep(channel, runId, 'root', content(text)));
      const second = await publish(
        new TestStep(channel, runId, 'thread_1', content(`${text} (2)`), { root, parent: root }),
      );
      const third = await publish(
        new TestStep(channel, runId, 'thread_2', content(`${text} (3)`), { root, parent: second }),
      );
      const comment = await publish(
        new TestStep(channel, runId, 'comment', content(`${text} (c)`), { root, parent: third }),
      );
      const parents = Object.fromEntries(network.posts().map((post) => [post.id, post.replyTo]));
      expect([second, third, comment].map((ref) => parents[ref.id])).toEqual([root.id, second.id, root.id]);
    });

    it('keeps the root when a later part fails, and finishes that part alone', async () => {
      const { runId, text } = fresh();
      const root = await publish(new TestStep(channel, runId, 'root', content(text)));
      const part = new TestStep(channel, runId, 'thread_1', content(`${text} (2)`), { root, parent: root });
      await prepare(part);
      network.fault({ on: 'commit', kind: 'rate_limit', retryAfterSeconds: 1 });
      expect(await commit(part)).toMatchObject({ status: 'failed', error: { outcome: 'rejected' } });
      const ref = await publish(part);
      expect(network.posts().find((post) => post.id === ref.id)?.replyTo).toBe(root.id);
      expect(seen(text)).toHaveLength(1);
    });
  });

  describe('failures of the commit', () => {
    it.each([
      ['rate_limit', { kind: 'rate_limit', outcome: 'rejected', retryable: true }],
      ['server_error', { kind: 'unavailable', outcome: 'unknown' }],
      ['reset_before', { kind: 'unavailable', outcome: 'unknown' }],
      ['accept_then_reset', { kind: 'unavailable', outcome: 'unknown' }],
      ['malformed_body', { kind: 'unknown', outcome: 'unknown' }],
      ['unauthorized', { kind: 'auth_expired', outcome: 'rejected' }],
      ['reject', { kind: 'invalid_request', outcome: 'rejected', retryable: false }],
    ] as const)('%s is told apart, and the call is made once', async (kind, expected) => {
      const one = step();
      await prepare(one);
      network.fault({
        on: 'commit',
        kind,
        times: 5,
        ...(kind === 'rate_limit' ? { retryAfterSeconds: 17 } : {}),
      });
      const before = network.calls('commit');
      const result = await commit(one);
      expect(result).toMatchObject({ status: 'failed', error: expected });
      expect(network.calls('commit') - before).toBe(1);
      if (kind === 'rate_limit')
        expect(result).toMatchObject({ scope: 'account', error: { retryAfterMs: 17_000 } });
      expect(JSON.stringify(result)).not.toContain(channel.tokens.accessToken);
    });

    it('knows when to come back without a Retry-After header', async () => {
      const one = step();
      await prepare(one);
      network.fault({ on: 'commit', kind: 'rate_limit' });
      const result = await commit(one);
      expect(result).toMatchObject({ status: 'failed', error: { kind: 'rate_limit' } });
      if (result.status === 'failed' && network.platform !== 'sandbox')
        expect(result.error.retryAfterMs).toBe(30_000);
    });

    it('gives up at the deadline without knowing', async () => {
      const one = step();
      await prepare(one);
      network.fault({ on: 'commit', kind: 'timeout', delayMs: 4_000 });
      // Long enough for a busy machine to get the request out.
      const deadline = new Date(network.clock.now().getTime() + 1_000);
      const before = network.calls('commit');
      const result = await commit(one, one.context({ deadline }));
      expect(result).toMatchObject({
        status: 'failed',
        error: { kind: 'timeout', outcome: 'unknown' },
      });
      expect(network.calls('commit') - before).toBe(1);
    });

    it('does not send after the deadline', async () => {
      const one = step();
      await prepare(one);
      const before = network.calls('commit');
      const result = await commit(one, one.context({ deadline: network.clock.now() }));
      expect(result).toMatchObject({ status: 'failed', error: { outcome: 'not_sent' } });
      expect(network.calls('commit')).toBe(before);
    });

    it('stays unknown when the caller gives up in the middle', async () => {
      const one = step();
      await prepare(one);
      network.fault({ on: 'commit', kind: 'timeout', delayMs: 4_000 });
      const before = network.calls('commit');
      const caller = new AbortController();
      const result = commit(one, one.context({ signal: caller.signal }));
      await vi.waitUntil(() => network.calls('commit') > before, { timeout: 10_000, interval: 5 });
      caller.abort();
      expect(await result).toMatchObject({ status: 'failed', error: { outcome: 'unknown' } });
    });
  });

  describe('reconciling a lost answer', () => {
    it('finds what is out', async () => {
      const one = step({ text: `Tom & Jerry <3 @ada@mastodon.example https://example.com/a?b=1&c=${runs}` });
      await prepare(one);
      network.fault({ on: 'commit', kind: 'accept_then_reset' });
      const sentAt = network.clock.now();
      await commit(one);
      const result = await network.provider.reconcile(reconciling(one, sentAt));
      expect(result.status).toBe('found');
      if (result.status === 'found')
        expect(network.posts().some((post) => post.id === result.ref.id)).toBe(true);
      expect(network.posts().filter((post) => post.text.startsWith('Tom & Jerry'))).toHaveLength(1);
      await publishCleanup(result);
    });

    it('finds lost parts of a thread by what they answer', async () => {
      const { runId, text } = fresh();
      const root = await publish(new TestStep(channel, runId, 'root', content(text)));
      const part = new TestStep(channel, runId, 'thread_1', content(`${text} (2)`), { root, parent: root });
      await prepare(part);
      network.fault({ on: 'commit', kind: 'accept_then_reset' });
      await commit(part);
      expect((await network.provider.reconcile(reconciling(part))).status).toBe('found');
    });

    it('tells that nothing is out, or puts it out by the same key', async () => {
      const one = step();
      await prepare(one);
      network.fault({ on: 'commit', kind: 'reset_before' });
      await commit(one);
      const result = await network.provider.reconcile(reconciling(one));
      expect(['absent', 'found']).toContain(result.status);
      expect(seen(one.content.text)).toHaveLength(result.status === 'found' ? 1 : 0);
    });

    it('never makes two of one post where reconciling is exact', async () => {
      if (mode() !== 'exact') return;
      const one = step();
      await prepare(one);
      network.fault({ on: 'commit', kind: 'accept_late', delayMs: 60 });
      await commit(one);
      // Not there yet, so publishing sends again; then the first one arrives after all.
      await commit(one);
      await new Promise((resolve) => setTimeout(resolve, 150));
      await commit(one);
      expect(seen(one.content.text)).toHaveLength(1);
      expect((await network.provider.reconcile(reconciling(one))).status).toBe('found');
    });

    it('stays open while the network cannot be asked', async () => {
      const one = step();
      network.fault({ on: 'read', kind: 'server_error', times: 20 });
      network.fault({ on: 'commit', kind: 'server_error', times: 20 });
      expect(await network.provider.reconcile(reconciling(one))).toMatchObject({ status: 'unknown' });
    });

    async function publishCleanup(result: { status: string; ref?: PublishedRef }) {
      if (result.ref) await network.provider.delete?.(channel.context(), result.ref);
    }
  });

  describe('tokens', () => {
    const canRefresh = () => network.adapter.refreshTokens !== undefined;

    it('renews an expired token once and goes on', async () => {
      if (!canRefresh()) return;
      network.expireTokens();
      const renewals = channel.renewals;
      const one = step({ media: [mediaSource('image', randomBytes(700), 'x')] });
      await prepare(one);
      expect(channel.renewals).toBe(renewals + 1);
    });

    it('hands an expired token at the commit back to publishing', async () => {
      if (!canRefresh()) return;
      const one = step();
      await prepare(one);
      network.expireTokens();
      const renewals = channel.renewals;
      const version = channel.version;
      expect(await commit(one)).toMatchObject({
        status: 'failed',
        error: { kind: 'auth_expired', outcome: 'rejected' },
      });
      expect(channel.renewals).toBe(renewals);
      await channel.renew(version);
      expect((await commit(one)).status).toBe('published');
    });

    it('does not take trouble at the token call for a revoked grant', async () => {
      if (!canRefresh()) return;
      for (const kind of ['server_error', 'reset_before', 'rate_limit'] as const) {
        network.fault({ on: 'token', kind });
        await expect(network.adapter.refreshTokens?.(channel.tokenContext())).rejects.toMatchObject({
          kind: kind === 'rate_limit' ? 'rate_limit' : 'unavailable',
        });
      }
      await channel.renew(channel.version);
      expect(await network.adapter.validateConnection(channel.tokenContext())).toEqual({ valid: true });
    });

    it('tells a revoked grant', async () => {
      const spare = await network.connect();
      network.revokeGrants();
      if (canRefresh()) {
        await expect(network.adapter.refreshTokens?.(spare.tokenContext())).rejects.toMatchObject({
          kind: 'auth_expired',
          outcome: 'rejected',
        });
      }
      expect(await network.adapter.validateConnection(spare.tokenContext())).toMatchObject({ valid: false });
      channel = await network.connect();
    });

    it('ends a connection at the network', async () => {
      const spare = await network.connect();
      await network.adapter.revoke?.(spare.tokenContext());
      expect(await network.adapter.validateConnection(spare.tokenContext())).toMatchObject({
        valid: network.platform === 'bluesky' ? expect.any(Boolean) : false,
      });
    });
  });

  describe('afterwards', () => {
    it('deletes, and deleting again is fine', async () => {
      const one = step();
      const ref = await publish(one);
      await network.provider.delete?.(channel.context(), ref);
      expect(seen(one.content.text)).toHaveLength(0);
      await network.provider.delete?.(channel.context(), ref);
    });

    it('edits where the network can', async () => {
      const one = step({ media: [mediaSource('image', randomBytes(600), 'x')] });
      const ref = await publish(one);
      expect(network.provider.edit !== undefined).toBe(network.provider.capabilities.edit);
      if (!network.provider.edit) return;
      const changed = `${one.content.text} (corrected)`;
      await network.provider.edit(channel.context(), ref, content(changed));
      expect(seen(changed)[0]?.media).toHaveLength(1);
    });

    it('reports the metrics it promises and null for the rest', async () => {
      const ref = await publish(step());
      network.clock.advance(6 * 3_600_000);
      if (network.adapter.refreshTokens) await channel.renew(channel.version);
      const post = await network.provider.metrics?.(channel.context(), ref);
      const account = await network.provider.accountMetrics?.(channel.context());
      for (const [name, value] of Object.entries({ ...post, followers: account?.followers ?? null })) {
        const promised = (network.provider.capabilities.metrics as readonly string[]).includes(name);
        if (!promised) expect(value, name).toBeNull();
        else if (name !== 'saves') expect(value, name).toEqual(expect.any(Number));
      }
    });
  });
});
