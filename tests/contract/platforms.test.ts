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
import { PLATFORM_RULES } from '@/features/platforms/rules/rules';
import { NETWORKS as FIRST, type NetworkUnderTest } from './platforms-networks';
import { FILE_NETWORKS } from './platforms-networks-files';

const NETWORKS = [...FIRST, ...FILE_NETWORKS];

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
  /** A post as this network takes it: where it takes no text alone, with a file. */
  const post = (text: string, media = network.leastMedia()) =>
    content(text, media, network.contentExtras ?? {});
  const step = (more: Partial<{ text: string; media: ReturnType<typeof mediaSource>[] }> = {}) => {
    const { runId, text } = fresh();
    return new TestStep(channel, runId, 'root', post(more.text ?? text, more.media));
  };
  const rules = () => PLATFORM_RULES[network.platform];
  const takesImages = () => network.provider.capabilities.media.includes('image');
  const imagesMax = () =>
    Math.max(
      0,
      ...rules()
        .media.groups.filter((one) => one.kinds.includes('image'))
        .map((one) => one.max.value),
    );
  /** The description of a file, where the network takes one. */
  const described = (alt: string) => (rules().media.altTextMax ? alt : '');
  const filler = (size: number, alt = 'x') =>
    mediaSource(takesImages() && !network.picturesGoAlong ? 'image' : 'video', randomBytes(size), alt);
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
    return await confirmed(one, result);
  }
  /** Waits until the network has made a post of what it accepted. */
  async function confirmed(
    one: TestStep,
    result: Extract<CommitResult, { status: 'accepted' }>,
  ): Promise<PublishedRef> {
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
  const mode = (one: { content: StepContext['content'] } = { content: post('') }) =>
    network.provider.reconcileRule(channel.facts, one.content).mode;
  /** What comes after the root here: a part of a thread, else a comment, else nothing. */
  const laterPart = () =>
    network.provider.thread
      ? ('thread_1' as const)
      : network.provider.comment
        ? ('comment' as const)
        : undefined;
  /** The token is its own renewal: it can be renewed while it lives, not afterwards. */
  const renewsItself = () => channel.tokens.refreshToken === channel.tokens.accessToken;
  /** Bluesky shows links shortened. */
  const shown = (text: string) => text.replace('https://', '');
  const seen = (text: string) => network.posts().filter((post) => shown(post.text) === shown(text));

  describe('connecting', () => {
    it('knows the account', async () => {
      const account = await network.provider.fetchAccount(channel.context());
      expect(account.accountId).toBe(channel.account.accountId);
      expect(account.handle.length).toBeGreaterThan(1);
      expect(await network.adapter.validateConnection(channel.tokenContext())).toEqual({ valid: true });
      const targets = await network.provider.fetchTargets(channel.context());
      expect(targets.length).toBeGreaterThan(0);
      if (targets.every(({ kind }) => kind !== 'board' && kind !== 'community'))
        expect(targets.map(({ id }) => id)).toContain(channel.account.accountId);
    });

    it('asks for every scope it needs', () => {
      for (const scope of network.adapter.requiredScopes) expect(channel.tokens.scopes).toContain(scope);
    });

    it('checks a post against the rules before anything is sent', async () => {
      const before = network.calls('upload') + network.calls('commit') + network.calls('read');
      const fits = { ...step().content, media: [] as never[] };
      const found = await network.provider.validate(
        { ...fits, text: 'x'.repeat(rules().text.max.value + 1), tags: [] },
        {},
        channel.settings,
      );
      expect(found.map(({ code }) => code)).toContain('text_too_long');
      expect(network.calls('upload') + network.calls('commit') + network.calls('read')).toBe(before);
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
      if (network.leftAfterCommit)
        expect(result).toMatchObject({
          rate: { remaining: network.leftAfterCommit, scope: network.leftScope ?? 'account' },
        });
      else expect(['published', 'accepted']).toContain(result.status);
    });

    it('sends pictures with their descriptions', async () => {
      if (imagesMax() < 2) return;
      const media = [
        mediaSource('image', randomBytes(2_000), 'A blue iris'),
        mediaSource('image', randomBytes(3_000), 'A white iris'),
      ];
      const one = step({ media });
      await publish(one);
      expect(seen(one.content.text)[0]?.media.map(({ alt, bytes }) => ({ alt, bytes }))).toEqual([
        { alt: described('A blue iris'), bytes: 2_000 },
        { alt: described('A white iris'), bytes: 3_000 },
      ]);
    });

    it('waits for a video to be processed', async () => {
      const media = [mediaSource('video', randomBytes(20_000))];
      const one = step({ media });
      const first = await network.provider.start(one.context());
      if (first.status === 'failed') throw first.error;
      one.artefacts = first.artefacts;
      // Either the upload is processed first, or the accepted post is.
      const accepted = first.status === 'ready' ? await commit(one) : first;
      expect(['processing', 'accepted']).toContain(accepted.status);
      if (accepted.status === 'accepted') await confirmed(one, accepted);
      else await publish(one);
      expect(seen(one.content.text)[0]?.media[0]?.bytes).toBe(20_000);
    });

    it('resumes uploads where a crash left them', async () => {
      const many = imagesMax() >= 2 && !network.picturesGoAlong;
      const media = [filler(1_000, 'one'), ...(many ? [filler(1_100, 'two')] : [])];
      const one = step({ media });
      one.failSave = many ? 2 : 1;
      await expect(network.provider.start(one.context())).rejects.toThrow('the lease is lost');
      const uploads = media[0]?.reads;
      one.failSave = 0;
      await publish(one);
      // At most the one piece whose record was lost goes out again.
      expect(media[0]?.reads).toBeLessThanOrEqual((uploads ?? 0) + 1);
      expect(seen(one.content.text)[0]?.media).toHaveLength(media.length);
    });

    it('prepares again without uploading again', async () => {
      const one = step({ media: [filler(1_000)] });
      await prepare(one);
      const before = network.calls('upload');
      await prepare(one);
      expect(network.calls('upload')).toBe(before);
    });

    it('says so when an upload it needs is not there', async () => {
      const one = step({ media: [filler(900)] });
      const result = await commit(one);
      expect(result).toMatchObject({
        status: 'failed',
        discardArtefacts: true,
        error: { outcome: 'not_sent', retryable: true },
      });
    });

    it('chains a thread and comments on the root', async () => {
      const { runId, text } = fresh();
      const root = await publish(new TestStep(channel, runId, 'root', post(text)));
      const { capabilities } = network.provider;
      expect(network.provider.thread !== undefined).toBe(capabilities.threadPartsMax > 0);
      expect(network.provider.comment !== undefined).toBe(capabilities.comment);
      const replies = () => Object.fromEntries(network.posts().map((one) => [one.id, one.replyTo]));
      const say = (step: 'comment' | 'thread_1' | 'thread_2', parent: PublishedRef) =>
        publish(new TestStep(channel, runId, step, content(`${text} (${step})`), { root, parent }));
      if (capabilities.threadPartsMax > 0) {
        const second = await say('thread_1', root);
        const third = await say('thread_2', second);
        expect([second, third].map((ref) => replies()[ref.id])).toEqual([root.id, second.id]);
      }
      if (!capabilities.comment) return;
      const comment = await say('comment', root);
      expect(replies()[comment.id]).toBe(root.id);
    });

    it('keeps the root when a later part fails, and finishes that part alone', async () => {
      const key = laterPart();
      if (!key) return;
      const { runId, text } = fresh();
      const root = await publish(new TestStep(channel, runId, 'root', post(text)));
      const part = new TestStep(channel, runId, key, content(`${text} (2)`), { root, parent: root });
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
      if (result.status === 'failed') expect(result.error.retryAfterMs).toBe(network.waitsWithoutHeader);
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
      const sign = rules().text.forbidden?.value.includes('<') ? '' : ' <3';
      const one = step({
        text: `Tom & Jerry${sign} @ada@mastodon.example https://example.com/a?b=1&c=${runs}`,
      });
      await prepare(one);
      network.fault({ on: 'commit', kind: 'accept_then_reset' });
      const sentAt = network.clock.now();
      await commit(one);
      const result = await network.provider.reconcile(reconciling(one, sentAt));
      expect(result.status).toBe(mode(one) === 'none' ? 'unknown' : 'found');
      if (result.status === 'found')
        expect(network.posts().some((post) => post.id === result.ref.id)).toBe(true);
      expect(network.posts().filter((post) => post.text.startsWith('Tom & Jerry'))).toHaveLength(1);
      await publishCleanup(result);
    });

    it('finds lost parts of a thread by what they answer', async () => {
      const key = laterPart();
      if (!key) return;
      const { runId, text } = fresh();
      const root = await publish(new TestStep(channel, runId, 'root', post(text)));
      const part = new TestStep(channel, runId, key, content(`${text} (2)`), { root, parent: root });
      await prepare(part);
      network.fault({ on: 'commit', kind: 'accept_then_reset' });
      await commit(part);
      const { status } = await network.provider.reconcile(reconciling(part));
      expect(status).toBe(mode(part) === 'none' ? 'unknown' : 'found');
    });

    it('tells that nothing is out, or puts it out by the same key', async () => {
      const one = step();
      await prepare(one);
      network.fault({ on: 'commit', kind: 'reset_before' });
      await commit(one);
      const result = await network.provider.reconcile(reconciling(one));
      expect(mode(one) === 'none' ? ['unknown'] : ['absent', 'found']).toContain(result.status);
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
      if (renewsItself()) {
        const { version } = channel;
        await channel.renew(version);
        expect(channel.version).toBe(version + 1);
      } else network.expireTokens();
      const renewals = channel.renewals;
      await prepare(step({ media: [filler(700)] }));
      expect(channel.renewals).toBe(renewsItself() ? renewals : renewals + 1);
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
      if (renewsItself()) {
        // Past its end such a token is gone for good.
        expect(await network.adapter.validateConnection(channel.tokenContext())).toMatchObject({
          valid: false,
        });
        channel = await network.connect();
        return;
      }
      await channel.renew(version);
      expect(['published', 'accepted']).toContain((await commit(one)).status);
    });

    it('does not take trouble at the token call for a revoked grant', async () => {
      if (!canRefresh()) return;
      // Such a token can be renewed only once it is a day old.
      if (renewsItself()) network.clock.advance(25 * 3_600_000);
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
      if (!network.adapter.revoke) return;
      const spare = await network.connect();
      await network.adapter.revoke(spare.tokenContext());
      expect(await network.adapter.validateConnection(spare.tokenContext())).toMatchObject({
        valid: network.platform === 'bluesky' ? expect.any(Boolean) : false,
      });
    });
  });

  describe('afterwards', () => {
    it('deletes, and deleting again is fine', async () => {
      const one = step();
      expect(network.provider.delete !== undefined).toBe(network.provider.capabilities.delete);
      if (!network.provider.delete) return;
      const ref = await publish(one);
      await network.provider.delete(channel.context(), ref);
      expect(seen(one.content.text)).toHaveLength(0);
      await network.provider.delete(channel.context(), ref);
    });

    it('edits where the network can', async () => {
      const media = network.editsTextOnly ? [] : [filler(600)];
      const one = step({ media });
      const ref = await publish(one);
      expect(network.provider.edit !== undefined).toBe(network.provider.capabilities.edit);
      if (!network.provider.edit) return;
      const changed = `${one.content.text} (corrected)`;
      await network.provider.edit(channel.context(), ref, content(changed));
      expect(seen(changed)[0]?.media).toHaveLength(media.length);
    });

    it('reports the metrics it promises and null for the rest', async () => {
      const ref = await publish(step());
      network.clock.advance(6 * 3_600_000);
      if (network.adapter.refreshTokens) await channel.renew(channel.version);
      const measured = await network.provider.metrics?.(channel.context(), ref);
      const account = await network.provider.accountMetrics?.(channel.context());
      for (const [name, value] of Object.entries({ ...measured, followers: account?.followers ?? null })) {
        const metrics: readonly string[] = network.metricsHere ?? network.provider.capabilities.metrics;
        const promised = metrics.includes(name);
        if (!promised) expect(value, name).toBeNull();
        else if (name !== 'saves') expect(value, name).toEqual(expect.any(Number));
      }
    });
  });
});
