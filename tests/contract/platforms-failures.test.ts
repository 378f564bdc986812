import { content, TestStep } from '@tests/fakes/platforms/harness';
import { describe, expect, it, vi } from 'vitest';
import type { PublishedRef } from '@/features/platforms/providers/types';
import { conformance, NETWORKS } from './platforms-conformance';

/** What each network may do with the one call that makes a post public, and what is known afterwards. */
describe.each(NETWORKS)('%s', (_name, start) => {
  const suite = conformance(start);
  const { fresh, post, step, rules, prepare, commit, publish, reconciling, mode, laterPart, seen } = suite;

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
      suite.network.fault({
        on: 'commit',
        kind,
        times: 5,
        ...(kind === 'rate_limit' ? { retryAfterSeconds: 17 } : {}),
      });
      const before = suite.network.calls('commit');
      const result = await commit(one);
      expect(result).toMatchObject({ status: 'failed', error: expected });
      expect(suite.network.calls('commit') - before).toBe(1);
      if (kind === 'rate_limit')
        expect(result).toMatchObject({ scope: 'account', error: { retryAfterMs: 17_000 } });
      expect(JSON.stringify(result)).not.toContain(suite.channel.tokens.accessToken);
    });

    it('knows when to come back without a Retry-After header', async () => {
      const one = step();
      await prepare(one);
      suite.network.fault({ on: 'commit', kind: 'rate_limit' });
      const result = await commit(one);
      expect(result).toMatchObject({ status: 'failed', error: { kind: 'rate_limit' } });
      if (result.status === 'failed')
        expect(result.error.retryAfterMs).toBe(suite.network.waitsWithoutHeader);
    });

    it('gives up at the deadline without knowing', async () => {
      const one = step();
      await prepare(one);
      suite.network.fault({ on: 'commit', kind: 'timeout', delayMs: 4_000 });
      // Long enough for a busy machine to get the request out.
      const deadline = new Date(suite.network.clock.now().getTime() + 1_000);
      const before = suite.network.calls('commit');
      const result = await commit(one, one.context({ deadline }));
      expect(result).toMatchObject({
        status: 'failed',
        error: { kind: 'timeout', outcome: 'unknown' },
      });
      expect(suite.network.calls('commit') - before).toBe(1);
    });

    it('does not send after the deadline', async () => {
      const one = step();
      await prepare(one);
      const before = suite.network.calls('commit');
      const result = await commit(one, one.context({ deadline: suite.network.clock.now() }));
      expect(result).toMatchObject({ status: 'failed', error: { outcome: 'not_sent' } });
      expect(suite.network.calls('commit')).toBe(before);
    });

    it('stays unknown when the caller gives up in the middle', async () => {
      const one = step();
      await prepare(one);
      suite.network.fault({ on: 'commit', kind: 'timeout', delayMs: 4_000 });
      const before = suite.network.calls('commit');
      const caller = new AbortController();
      const result = commit(one, one.context({ signal: caller.signal }));
      await vi.waitUntil(() => suite.network.calls('commit') > before, { timeout: 10_000, interval: 5 });
      caller.abort();
      expect(await result).toMatchObject({ status: 'failed', error: { outcome: 'unknown' } });
    });
  });

  describe('reconciling a lost answer', () => {
    it('finds what is out', async () => {
      const sign = rules().text.forbidden?.value.includes('<') ? '' : ' <3';
      const one = step({
        text: `Tom & Jerry${sign} @ada@mastodon.example https://example.com/a?b=1&c=${fresh().runId}`,
      });
      await prepare(one);
      suite.network.fault({ on: 'commit', kind: 'accept_then_reset' });
      const sentAt = suite.network.clock.now();
      await commit(one);
      const result = await suite.network.provider.reconcile(reconciling(one, sentAt));
      expect(result.status).toBe(mode(one) === 'none' ? 'unknown' : 'found');
      if (result.status === 'found')
        expect(suite.network.posts().some((post) => post.id === result.ref.id)).toBe(true);
      expect(suite.network.posts().filter((post) => post.text.startsWith('Tom & Jerry'))).toHaveLength(1);
      await publishCleanup(result);
    });

    it('finds lost parts of a thread by what they answer', async () => {
      const key = laterPart();
      if (!key) return;
      const { runId, text } = fresh();
      const root = await publish(new TestStep(suite.channel, runId, 'root', post(text)));
      const part = new TestStep(suite.channel, runId, key, content(`${text} (2)`), { root, parent: root });
      await prepare(part);
      suite.network.fault({ on: 'commit', kind: 'accept_then_reset' });
      await commit(part);
      const { status } = await suite.network.provider.reconcile(reconciling(part));
      expect(status).toBe(mode(part) === 'none' ? 'unknown' : 'found');
    });

    it('tells that nothing is out, or puts it out by the same key', async () => {
      const one = step();
      await prepare(one);
      suite.network.fault({ on: 'commit', kind: 'reset_before' });
      await commit(one);
      const result = await suite.network.provider.reconcile(reconciling(one));
      expect(mode(one) === 'none' ? ['unknown'] : ['absent', 'found']).toContain(result.status);
      expect(seen(one.content.text)).toHaveLength(result.status === 'found' ? 1 : 0);
    });

    it('never makes two of one post where reconciling is exact', async () => {
      if (mode() !== 'exact') return;
      const one = step();
      await prepare(one);
      suite.network.fault({ on: 'commit', kind: 'accept_late', delayMs: 60 });
      await commit(one);
      // Not there yet, so publishing sends again; then the first one arrives after all.
      await commit(one);
      await new Promise((resolve) => setTimeout(resolve, 150));
      await commit(one);
      expect(seen(one.content.text)).toHaveLength(1);
      expect((await suite.network.provider.reconcile(reconciling(one))).status).toBe('found');
    });

    it('stays open while the network cannot be asked', async () => {
      const one = step();
      suite.network.fault({ on: 'read', kind: 'server_error', times: 20 });
      suite.network.fault({ on: 'commit', kind: 'server_error', times: 20 });
      expect(await suite.network.provider.reconcile(reconciling(one))).toMatchObject({ status: 'unknown' });
    });

    async function publishCleanup(result: { status: string; ref?: PublishedRef }) {
      if (result.ref) await suite.network.provider.delete?.(suite.channel.context(), result.ref);
    }
  });
});
