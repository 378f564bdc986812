import { randomBytes } from 'node:crypto';
import type { FakeContainers } from '@tests/fakes/platforms/containers';
import {
  content,
  mediaSource,
  platformDependencies,
  platformEnv,
  TestChannel,
  TestStep,
} from '@tests/fakes/platforms/harness';
import { FakeInstagram } from '@tests/fakes/platforms/instagram';
import { FakeThreads } from '@tests/fakes/platforms/threads';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FixedClock } from '@/core/time/clock';
import type { PlatformAdapter } from '@/features/platforms/providers/adapter';
import type { PlatformDependencies } from '@/features/platforms/providers/deps';
import { instagram } from '@/features/platforms/providers/instagram/module';
import type { PlatformModule } from '@/features/platforms/providers/module';
import { threads } from '@/features/platforms/providers/threads/module';
import type { SocialProvider } from '@/features/platforms/providers/types';
import { walkConsent } from './platforms-networks-parts';

const HOUR_MS = 3_600_000;

describe.each([
  ['Instagram', 'INSTAGRAM', instagram, (clock: FixedClock) => new FakeInstagram(clock)],
  ['Threads', 'THREADS', threads, (clock: FixedClock) => new FakeThreads(clock)],
] as [string, string, PlatformModule<PlatformDependencies>, (clock: FixedClock) => FakeContainers][])(
  'containers of %s',
  (_name, prefix, module, makeFake) => {
    let clock: FixedClock;
    let fake: FakeContainers;
    let adapter: PlatformAdapter;
    let provider: SocialProvider;
    let channel: TestChannel;

    beforeEach(async () => {
      clock = new FixedClock(new Date('2026-11-21T10:00:00Z'));
      fake = makeFake(clock);
      await fake.start();
      const deps = platformDependencies(
        clock,
        platformEnv({
          [`${prefix}_APP_ID`]: fake.appId,
          [`${prefix}_APP_SECRET`]: fake.appSecret,
          [`${prefix}_API_BASE_URL`]: fake.url,
          [`${prefix}_AUTH_BASE_URL`]: fake.url,
        }),
      );
      adapter = module.createAdapter(deps);
      provider = module.createProvider(deps);
      const { credentials, account } = await adapter.authenticate(await walkConsent(adapter));
      channel = new TestChannel(module.id, adapter, clock, credentials, account);
    });
    afterEach(() => fake.stop());

    const picture = () => mediaSource('image', randomBytes(1_000), 'An iris');
    const step = (media = [picture()], text = 'Irises are out') =>
      new TestStep(channel, 'run1', 'root', content(text, media));
    async function prepare(one: TestStep) {
      const result = await provider.start(one.context());
      if (result.status === 'failed') throw result.error;
      one.artefacts = result.artefacts;
      return result.status;
    }

    it('makes a new container where the old one has expired', async () => {
      const one = step([picture(), picture()]);
      expect(await prepare(one)).toBe('ready');
      fake.expireContainers();
      const before = fake.containers.size;
      expect(await prepare(one)).toBe('ready');
      expect(fake.containers.size).toBe(before + 3);
      expect((await provider.finish(one.context())).status).toBe('published');
      expect(fake.published.size).toBe(1);
    });

    it('prepares again where the container expired between preparing and the commit', async () => {
      const one = step();
      await prepare(one);
      fake.expireContainers();
      expect(await provider.finish(one.context())).toMatchObject({
        status: 'failed',
        discardArtefacts: true,
        error: { outcome: 'not_sent', retryable: true },
      });
      expect(fake.published.size).toBe(0);
    });

    it('does not use a container that is about to end', async () => {
      const one = step();
      await prepare(one);
      clock.advance(23.5 * HOUR_MS);
      await prepare(one);
      expect(fake.containers.size).toBe(2);
    });

    it('says why a file could not be used, and forgets it', async () => {
      fake.failWith = 'INVALID_DURATION';
      const result = await provider.start(step().context());
      expect(result).toMatchObject({
        status: 'failed',
        discardArtefacts: true,
        error: { kind: 'invalid_request', retryable: false },
      });
      if (result.status === 'failed') expect(result.error.message).toContain('INVALID_DURATION');
    });

    it('comes back when a video is not ready at the commit', async () => {
      const one = step([mediaSource('video', randomBytes(5_000))]);
      expect(await prepare(one)).toBe('processing');
      // Asked again by nobody: the container is still being processed.
      for (const container of fake.containers.values()) container.polls = 5;
      expect(await provider.finish(one.context())).toMatchObject({
        status: 'failed',
        error: { kind: 'unavailable', outcome: 'rejected', retryable: true, retryAfterMs: 15_000 },
      });
    });

    it('does not take a late arrival for a refusal, nor make the post again', async () => {
      const one = step();
      await prepare(one);
      fake.fault({ on: 'commit', kind: 'accept_late', delayMs: 30 });
      const sentAt = clock.now();
      await provider.finish(one.context());
      expect(await provider.reconcile({ ...one.context(), sentAt })).toEqual({ status: 'absent' });
      await new Promise((resolve) => setTimeout(resolve, 120));
      clock.advance(10 * 60_000);
      // Publishing goes on from what is prepared, and the network refuses to publish it again.
      expect(await prepare(one)).toBe('ready');
      expect(await provider.finish(one.context())).toMatchObject({
        status: 'failed',
        error: { outcome: 'unknown' },
      });
      expect((await provider.reconcile({ ...one.context(), sentAt: clock.now() })).status).toBe('found');
      expect(fake.published.size).toBe(1);
    });

    it('leaves open what happened to a container that the network no longer knows', async () => {
      const one = step();
      await prepare(one);
      fake.containers.clear();
      expect(await provider.reconcile({ ...one.context(), sentAt: clock.now() })).toEqual({
        status: 'unknown',
      });
    });

    it('tells the remaining posts of the day', async () => {
      const { limits } = await provider.fetchAccount(channel.context());
      expect(limits.caps?.[0]).toMatchObject({ name: 'posts_day', scope: 'account' });
      expect(limits.caps?.[0]?.remaining).toBeLessThanOrEqual(limits.caps?.[0]?.limit ?? 0);
    });

    it('leaves a token of the first day as it is, and renews it afterwards', async () => {
      const first = await adapter.refreshTokens?.(channel.tokenContext());
      expect(first?.accessToken).toBe(channel.tokens.accessToken);
      clock.advance(48 * HOUR_MS);
      const second = await adapter.refreshTokens?.(channel.tokenContext());
      expect(second?.accessToken).not.toBe(channel.tokens.accessToken);
      expect(second?.expiresAt).toEqual(new Date(clock.now().getTime() + 60 * 24 * HOUR_MS));
      expect(second?.refreshToken).toBe(second?.accessToken);
    });

    it('refuses a file that cannot be fetched', async () => {
      const lost = { ...picture(), publicUrl: async () => 'http://127.0.0.1:9/none' };
      expect(await provider.start(step([lost]).context())).toMatchObject({
        status: 'failed',
        error: { kind: 'invalid_request', outcome: 'rejected' },
      });
    });

    it('says that it is not set up where the app keys are missing', () => {
      const bare = module.createAdapter(platformDependencies(clock, platformEnv({})));
      expect(bare.configuration()).toMatchObject({
        configured: false,
        missing: [`${prefix}_APP_ID`, `${prefix}_APP_SECRET`],
      });
    });
  },
);

it('Threads shows a link as a card only where there are no files', async () => {
  const clock = new FixedClock(new Date('2026-11-21T10:00:00Z'));
  const fake = new FakeThreads(clock);
  await fake.start();
  const deps = platformDependencies(
    clock,
    platformEnv({
      THREADS_APP_ID: fake.appId,
      THREADS_APP_SECRET: fake.appSecret,
      THREADS_API_BASE_URL: fake.url,
      THREADS_AUTH_BASE_URL: fake.url,
    }),
  );
  const adapter = threads.createAdapter(deps);
  const { credentials, account } = await adapter.authenticate(await walkConsent(adapter));
  const channel = new TestChannel('threads', adapter, clock, credentials, account);
  const provider = threads.createProvider(deps);
  const link = 'https://example.com/irises';
  const media = [mediaSource('image', randomBytes(500), 'An iris')];
  await provider.start(new TestStep(channel, 'r1', 'root', content('Read', [], { link })).context());
  await provider.start(new TestStep(channel, 'r2', 'root', content('Read', media, { link })).context());
  const [bare, pictured] = [...fake.containers.values()].map(({ fields }) => fields);
  expect(bare).toMatchObject({ text: 'Read', link_attachment: link });
  expect(pictured?.link_attachment).toBeUndefined();
  expect(pictured?.text).toBe(`Read\n\n${link}`);
  await fake.stop();
});
