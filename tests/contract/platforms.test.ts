import { randomBytes } from 'node:crypto';
import { content, mediaSource, TestStep } from '@tests/fakes/platforms/harness';
import { describe, expect, it } from 'vitest';
import type { PublishedRef } from '@/features/platforms/providers/types';
import { platformRegistry } from '@/features/platforms/registry';
import { conformance, NETWORKS } from './platforms-conformance';

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
  const suite = conformance(start);
  const {
    fresh,
    post,
    step,
    rules,
    imagesMax,
    described,
    filler,
    prepare,
    commit,
    publish,
    confirmed,
    laterPart,
    renewsItself,
    seen,
  } = suite;

  describe('connecting', () => {
    it('knows the account', async () => {
      const account = await suite.network.provider.fetchAccount(suite.channel.context());
      expect(account.accountId).toBe(suite.channel.account.accountId);
      expect(account.handle.length).toBeGreaterThan(1);
      expect(await suite.network.adapter.validateConnection(suite.channel.tokenContext())).toEqual({
        valid: true,
      });
      const targets = await suite.network.provider.fetchTargets(suite.channel.context());
      expect(targets.length).toBeGreaterThan(0);
      if (targets.every(({ kind }) => kind !== 'board' && kind !== 'community'))
        expect(targets.map(({ id }) => id)).toContain(suite.channel.account.accountId);
    });

    it('asks for every scope it needs', () => {
      for (const scope of suite.network.adapter.requiredScopes)
        expect(suite.channel.tokens.scopes).toContain(scope);
    });

    it('checks a post against the rules before anything is sent', async () => {
      const before =
        suite.network.calls('upload') + suite.network.calls('commit') + suite.network.calls('read');
      const fits = { ...step().content, media: [] as never[] };
      const found = await suite.network.provider.validate(
        { ...fits, text: 'x'.repeat(rules().text.max.value + 1), tags: [] },
        {},
        suite.channel.settings,
      );
      expect(found.map(({ code }) => code)).toContain('text_too_long');
      expect(
        suite.network.calls('upload') + suite.network.calls('commit') + suite.network.calls('read'),
      ).toBe(before);
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
      if (suite.network.leftAfterCommit)
        expect(result).toMatchObject({
          rate: { remaining: suite.network.leftAfterCommit, scope: suite.network.leftScope ?? 'account' },
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
      const first = await suite.network.provider.start(one.context());
      if (first.status === 'failed') throw first.error;
      one.artefacts = first.artefacts;
      // Either the upload is processed first, or the accepted post is.
      const accepted = first.status === 'ready' ? await commit(one) : first;
      expect(['processing', 'accepted']).toContain(accepted.status);
      if (accepted.status === 'accepted') await confirmed(one, accepted);
      else await publish(one);
      expect(seen(one.content.text)[0]?.media[0]?.bytes).toBe(20_000);
    });

    it('sends a document once, where it shows any, and refuses it elsewhere before anything is sent', async () => {
      const { provider } = suite.network;
      const file = mediaSource('document', randomBytes(9_000));
      const one = step({ media: [file] });
      const findings = await provider.validate(
        { text: one.content.text, media: [file] },
        {},
        suite.channel.settings,
      );
      const takes = provider.capabilities.media.includes('document');
      const refused = findings.find(({ code }) => code === 'media_kind_not_allowed');
      expect(refused === undefined).toBe(takes);
      if (!takes) {
        expect(refused?.fix).toMatch(/link to it/);
        return;
      }
      await publish(one);
      await prepare(one);
      expect(file.reads).toBe(1);
      expect(seen(one.content.text)[0]?.media.map(({ bytes }) => bytes)).toEqual([9_000]);
    });

    it('resumes uploads where a crash left them', async () => {
      const many = imagesMax() >= 2 && !suite.network.picturesGoAlong;
      const media = [filler(1_000, 'one'), ...(many ? [filler(1_100, 'two')] : [])];
      const one = step({ media });
      one.failSave = many ? 2 : 1;
      await expect(suite.network.provider.start(one.context())).rejects.toThrow('the lease is lost');
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
      const before = suite.network.calls('upload');
      await prepare(one);
      expect(suite.network.calls('upload')).toBe(before);
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
      const root = await publish(new TestStep(suite.channel, runId, 'root', post(text)));
      const { capabilities } = suite.network.provider;
      expect(suite.network.provider.thread !== undefined).toBe(capabilities.threadPartsMax > 0);
      expect(suite.network.provider.comment !== undefined).toBe(capabilities.comment);
      const replies = () => Object.fromEntries(suite.network.posts().map((one) => [one.id, one.replyTo]));
      const say = (step: 'comment' | 'thread_1' | 'thread_2', parent: PublishedRef) =>
        publish(new TestStep(suite.channel, runId, step, content(`${text} (${step})`), { root, parent }));
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
      const root = await publish(new TestStep(suite.channel, runId, 'root', post(text)));
      const part = new TestStep(suite.channel, runId, key, content(`${text} (2)`), { root, parent: root });
      await prepare(part);
      suite.network.fault({ on: 'commit', kind: 'rate_limit', retryAfterSeconds: 1 });
      expect(await commit(part)).toMatchObject({ status: 'failed', error: { outcome: 'rejected' } });
      const ref = await publish(part);
      expect(suite.network.posts().find((post) => post.id === ref.id)?.replyTo).toBe(root.id);
      expect(seen(text)).toHaveLength(1);
    });
  });

  describe('tokens', () => {
    const canRefresh = () => suite.network.adapter.refreshTokens !== undefined;

    it('renews an expired token once and goes on', async () => {
      if (!canRefresh()) return;
      if (renewsItself()) {
        const { version } = suite.channel;
        await suite.channel.renew(version);
        expect(suite.channel.version).toBe(version + 1);
      } else suite.network.expireTokens();
      const renewals = suite.channel.renewals;
      await prepare(step({ media: [filler(700)] }));
      expect(suite.channel.renewals).toBe(renewsItself() ? renewals : renewals + 1);
    });

    it('hands an expired token at the commit back to publishing', async () => {
      if (!canRefresh()) return;
      const one = step();
      await prepare(one);
      suite.network.expireTokens();
      const renewals = suite.channel.renewals;
      const version = suite.channel.version;
      expect(await commit(one)).toMatchObject({
        status: 'failed',
        error: { kind: 'auth_expired', outcome: 'rejected' },
      });
      expect(suite.channel.renewals).toBe(renewals);
      if (renewsItself()) {
        // Past its end such a token is gone for good.
        expect(await suite.network.adapter.validateConnection(suite.channel.tokenContext())).toMatchObject({
          valid: false,
        });
        await suite.reconnect();
        return;
      }
      await suite.channel.renew(version);
      expect(['published', 'accepted']).toContain((await commit(one)).status);
    });

    it('does not take trouble at the token call for a revoked grant', async () => {
      if (!canRefresh()) return;
      // Such a token can be renewed only once it is a day old.
      if (renewsItself()) suite.network.clock.advance(25 * 3_600_000);
      for (const kind of ['server_error', 'reset_before', 'rate_limit'] as const) {
        suite.network.fault({ on: 'token', kind });
        await expect(
          suite.network.adapter.refreshTokens?.(suite.channel.tokenContext()),
        ).rejects.toMatchObject({
          kind: kind === 'rate_limit' ? 'rate_limit' : 'unavailable',
        });
      }
      await suite.channel.renew(suite.channel.version);
      expect(await suite.network.adapter.validateConnection(suite.channel.tokenContext())).toEqual({
        valid: true,
      });
    });

    it('tells a revoked grant', async () => {
      const spare = await suite.network.connect();
      suite.network.revokeGrants();
      if (canRefresh()) {
        await expect(suite.network.adapter.refreshTokens?.(spare.tokenContext())).rejects.toMatchObject({
          kind: 'auth_expired',
          outcome: 'rejected',
        });
      }
      if (suite.network.tokensOutliveGrant) {
        expect(await suite.network.adapter.validateConnection(spare.tokenContext())).toEqual({ valid: true });
        suite.network.expireTokens();
      }
      expect(await suite.network.adapter.validateConnection(spare.tokenContext())).toMatchObject({
        valid: false,
      });
      await suite.reconnect();
    });

    it('ends a connection at the network', async () => {
      if (!suite.network.adapter.revoke) return;
      const spare = await suite.network.connect();
      await suite.network.adapter.revoke(spare.tokenContext());
      expect(await suite.network.adapter.validateConnection(spare.tokenContext())).toMatchObject({
        valid: suite.network.tokensOutliveGrant === true,
      });
    });
  });

  describe('afterwards', () => {
    it('deletes, and deleting again is fine', async () => {
      const one = step();
      expect(suite.network.provider.delete !== undefined).toBe(suite.network.provider.capabilities.delete);
      if (!suite.network.provider.delete) return;
      const ref = await publish(one);
      await suite.network.provider.delete(suite.channel.context(), ref);
      expect(seen(one.content.text)).toHaveLength(0);
      await suite.network.provider.delete(suite.channel.context(), ref);
    });

    it('edits where the network can', async () => {
      const media = suite.network.editsTextOnly ? [] : [filler(600)];
      const one = step({ media });
      const ref = await publish(one);
      expect(suite.network.provider.edit !== undefined).toBe(suite.network.provider.capabilities.edit);
      if (!suite.network.provider.edit) return;
      const changed = `${one.content.text} (corrected)`;
      await suite.network.provider.edit(suite.channel.context(), ref, content(changed));
      expect(seen(changed)[0]?.media).toHaveLength(media.length);
    });

    it('reports the metrics it promises and null for the rest', async () => {
      const ref = await publish(step());
      suite.network.clock.advance(6 * 3_600_000);
      if (suite.network.adapter.refreshTokens) await suite.channel.renew(suite.channel.version);
      const measured = await suite.network.provider.metrics?.(suite.channel.context(), ref);
      const account = await suite.network.provider.accountMetrics?.(suite.channel.context());
      for (const [name, value] of Object.entries({ ...measured, followers: account?.followers ?? null })) {
        const metrics: readonly string[] =
          suite.network.metricsHere ?? suite.network.provider.capabilities.metrics;
        const promised = metrics.includes(name);
        if (!promised) expect(value, name).toBeNull();
        else if (name !== 'saves') expect(value, name).toEqual(expect.any(Number));
      }
    });
  });
});
