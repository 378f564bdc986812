import { randomBytes } from 'node:crypto';
import {
  content,
  mediaSource,
  platformDependencies,
  platformEnv,
  TestChannel,
  TestStep,
} from '@tests/fakes/platforms/harness';
import { FakePinterest } from '@tests/fakes/platforms/pinterest';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FixedClock } from '@/core/time/clock';
import type { PlatformAdapter } from '@/features/platforms/providers/adapter';
import { pinterest } from '@/features/platforms/providers/pinterest/module';
import type { SocialProvider } from '@/features/platforms/providers/types';
import { walkConsent } from './platforms-networks-parts';

const DAY_MS = 86_400_000;

describe('Pinterest', () => {
  let clock: FixedClock;
  let fake: FakePinterest;
  let adapter: PlatformAdapter;
  let provider: SocialProvider;
  let channel: TestChannel;

  beforeEach(async () => {
    clock = new FixedClock(new Date('2026-11-21T10:00:00Z'));
    fake = new FakePinterest(clock);
    await fake.start();
    const deps = platformDependencies(
      clock,
      platformEnv({
        PINTEREST_APP_ID: fake.appId,
        PINTEREST_APP_SECRET: fake.appSecret,
        PINTEREST_API_BASE_URL: fake.url,
        PINTEREST_AUTH_BASE_URL: fake.url,
      }),
    );
    adapter = pinterest.createAdapter(deps);
    provider = pinterest.createProvider(deps);
    const { credentials, account } = await adapter.authenticate(await walkConsent(adapter));
    channel = new TestChannel('pinterest', adapter, clock, credentials, account);
  });
  afterEach(() => fake.stop());

  const picture = (bytes = 900, alt = 'An iris') => mediaSource('image', randomBytes(bytes), alt);
  const step = (media = [picture()], settings: Record<string, unknown> = { boardId: '1000002' }) =>
    new TestStep(
      channel,
      'run1',
      'root',
      content('Irises are out', media, {
        settings,
        title: 'Irises',
        link: 'https://example.com/irises',
      }),
    );

  it('lists every board, page by page', async () => {
    expect(await provider.fetchTargets(channel.context())).toEqual([
      { id: '1000001', kind: 'board', name: 'Irises' },
      { id: '1000002', kind: 'board', name: 'Gardens' },
      { id: '1000003', kind: 'board', name: 'Tools' },
    ]);
  });

  it('pins to the chosen board, with title, link and description of the picture', async () => {
    expect((await provider.finish(step().context())).status).toBe('published');
    expect([...fake.pins.values()]).toMatchObject([
      {
        boardId: '1000002',
        words: { title: 'Irises', link: 'https://example.com/irises', alt_text: 'An iris' },
        media: [{ bytes: 900, alt: 'An iris' }],
      },
    ]);
  });

  it('wants a board before anything is sent', async () => {
    const findings = await provider.validate(
      { text: 'Hi', media: [picture()], settings: {} },
      {},
      channel.settings,
    );
    expect(findings).toContainEqual(
      expect.objectContaining({ code: 'settings_invalid', severity: 'error', path: 'settings.boardId' }),
    );
    expect(await provider.start(step([picture()], {}).context())).toMatchObject({
      status: 'failed',
      error: { outcome: 'not_sent', retryable: false },
    });
    expect(fake.calls('upload')).toBe(0);
  });

  it('sends pictures of a carousel whole', async () => {
    const media = [1_000, 1_001, 1_002, 70_001].map((bytes) => picture(bytes, `${bytes} bytes`));
    expect((await provider.finish(step(media).context())).status).toBe('published');
    expect(fake.posts()[0]?.media.map(({ bytes }) => bytes)).toEqual([1_000, 1_001, 1_002, 70_001]);
  });

  it('finds a pin behind newer ones, and takes no older twin for it', async () => {
    await provider.finish(step().context());
    clock.advance(DAY_MS);
    const one = step();
    const ctx = () => ({ ...one.context(), sentAt: clock.now() });
    expect((await provider.reconcile(ctx())).status).toBe('absent');
    fake.fault({ on: 'commit', kind: 'accept_then_reset' });
    await provider.finish(one.context());
    const lost = fake.posts().at(-1)?.id;
    for (const text of ['a', 'b', 'c']) {
      await provider.finish(
        new TestStep(
          channel,
          text,
          'root',
          content(text, [picture()], { settings: { boardId: '1000002' } }),
        ).context(),
      );
    }
    expect(await provider.reconcile(ctx())).toMatchObject({ status: 'found', ref: { id: lost } });
  });

  it('shows that the app has trial access', async () => {
    fake.trial = true;
    const { limits } = await provider.fetchAccount(channel.context());
    expect(limits).toMatchObject({
      visibilities: ['self'],
      caps: [{ scope: 'app', limit: 1_000, remaining: 940, resetsAt: '2026-11-21T11:00:00.000Z' }],
    });
    const variant = { text: 'Hi', media: [picture()], settings: { boardId: '1000001' } };
    const codes = (await provider.validate(variant, limits, channel.settings)).map(({ code }) => code);
    expect(codes).toEqual(['visibility_limited']);
  });

  it.each([
    [403, 29, 'Apps with Trial access may not create Pins in production.', 'trial_access'],
    [403, 29, 'You are not permitted to access that resource.', 'permission'],
    [404, 40, 'Board not found.', '40'],
  ])('understands %i/%i %s', async (status, code, message, vendorCode) => {
    fake.refusePins = { status, body: { code, message } };
    expect(await provider.finish(step().context())).toMatchObject({
      status: 'failed',
      error: { kind: 'invalid_request', outcome: 'rejected', retryable: false, vendorCode },
    });
  });

  it('tells a video that could not be processed', async () => {
    fake.videoFails = true;
    const one = step([mediaSource('video', randomBytes(5_000))]);
    for (let round = 0; round < 3; round += 1) {
      const result = await provider.start(one.context());
      if (result.status === 'failed') {
        expect(result.error).toMatchObject({ vendorCode: 'media_failed', retryable: false });
        return;
      }
      one.artefacts = result.artefacts;
    }
    throw new Error('never failed');
  });

  it('renews continuously: each renewal moves the end of the grant', async () => {
    clock.advance(29 * DAY_MS);
    await channel.renew(1);
    expect(channel.tokens.grantExpiresAt).toEqual(new Date('2027-02-18T10:00:00Z'));
  });
});
