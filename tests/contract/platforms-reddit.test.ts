import { randomBytes } from 'node:crypto';
import {
  content,
  mediaSource,
  platformDependencies,
  platformEnv,
  TestChannel,
  TestStep,
} from '@tests/fakes/platforms/harness';
import { FakeReddit } from '@tests/fakes/platforms/reddit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FixedClock } from '@/core/time/clock';
import type { PlatformAdapter } from '@/features/platforms/providers/adapter';
import { waitOf } from '@/features/platforms/providers/reddit/api';
import { reddit } from '@/features/platforms/providers/reddit/module';
import { brokenRule } from '@/features/platforms/providers/reddit/requirements';
import type { PublishedRef, SocialProvider, StepContent } from '@/features/platforms/providers/types';
import { walkConsent } from './platforms-networks-parts';

const answered = (code: string, sentence: string, more: object = {}) => ({
  status: 200,
  body: { json: { errors: [[code, sentence, 'ratelimit']], ...more } },
});

describe('Reddit', () => {
  let clock: FixedClock;
  let fake: FakeReddit;
  let adapter: PlatformAdapter;
  let provider: SocialProvider;
  let channel: TestChannel;

  beforeEach(async () => {
    clock = new FixedClock(new Date('2026-11-21T10:00:00Z'));
    fake = new FakeReddit(clock);
    await fake.start();
    const deps = platformDependencies(
      clock,
      platformEnv({
        REDDIT_CLIENT_ID: fake.clientId,
        REDDIT_CLIENT_SECRET: fake.clientSecret,
        REDDIT_API_BASE_URL: fake.url,
        REDDIT_AUTH_BASE_URL: fake.url,
        REDDIT_USER_AGENT: 'web:irisync:v1 (by /u/irisync_dev)',
      }),
    );
    adapter = reddit.createAdapter(deps);
    provider = reddit.createProvider(deps);
    const { credentials, account } = await adapter.authenticate(await walkConsent(adapter));
    channel = new TestChannel('reddit', adapter, clock, credentials, account);
  });
  afterEach(() => fake.stop());

  const settings = { subreddit: 'gardening' };
  const step = (more: Partial<StepContent> = {}) =>
    new TestStep(
      channel,
      'run1',
      'root',
      content('Irises are out', [], { title: 'Irises', settings, ...more }),
    );
  async function publish(one: TestStep): Promise<PublishedRef> {
    const started = await provider.start(one.context());
    if (started.status === 'failed') throw started.error;
    one.artefacts = started.artefacts;
    const result = await provider.finish(one.context());
    if (result.status === 'failed') throw result.error;
    if (result.status === 'published') return result.ref;
    one.artefacts = result.artefacts;
    for (let round = 0; round < 5; round += 1) {
      const checked = await provider.check(one.context());
      if (checked.status === 'published') return checked.ref;
      if (checked.status === 'failed') throw checked.error;
    }
    throw new Error('never out');
  }

  it('calls itself by its own name everywhere', async () => {
    await publish(step());
    await channel.renew(1);
    expect([...fake.agents]).toEqual(['web:irisync:v1 (by /u/irisync_dev)']);
  });

  it.each<[string, Partial<StepContent>, object]>([
    ['a text', {}, { kind: 'self', text: 'Irises are out' }],
    [
      'a link alone',
      { text: '', link: 'https://example.com/a' },
      { kind: 'link', url: 'https://example.com/a' },
    ],
    [
      'a text with a link',
      { link: 'https://example.com/a' },
      { kind: 'self', text: 'Irises are out\n\nhttps://example.com/a' },
    ],
  ])('posts %s', async (_name, more, expected) => {
    const ref = await publish(step(more));
    expect([...fake.submissions.values()]).toMatchObject([
      { ...expected, subreddit: 'gardening', name: ref.id },
    ]);
    expect(ref.permalink).toMatch(/^https:\/\/www\.reddit\.com\/r\//i);
  });

  it('posts a picture, a video with its poster, a gallery', async () => {
    const picture = () => mediaSource('image', randomBytes(700));
    for (const [kind, media] of [
      ['image', [picture()]],
      ['video', [mediaSource('video', randomBytes(5_000))]],
      ['gallery', [picture(), mediaSource('image', randomBytes(800))]],
    ] as const) {
      const ref = await publish(step({ media, settings: { ...settings, flairId: 'f1' } }));
      const post = fake.submissions.get(ref.id);
      expect(post).toMatchObject({ kind, flairId: 'f1' });
      expect(post?.media.map(({ bytes }) => bytes)).toEqual(media.map(({ bytes }) => bytes));
      clock.advance(600_000);
    }
  });

  it('recognises a picture whose text the community does not show', async () => {
    fake.bareFiles = true;
    const ref = await publish(step({ media: [mediaSource('image', randomBytes(700))] }));
    expect(fake.submissions.has(ref.id)).toBe(true);
  });

  it.each([
    ['RATELIMIT', 'you are doing that too much. try again in 9 minutes.', {}, 600_000],
    [
      'RATELIMIT',
      'Looks like you have been doing that a lot. Take a break for 45 seconds before trying again.',
      {},
      46_000,
    ],
    ['RATELIMIT', 'try again in 9 minutes.', { ratelimit: 541.2 }, 541_200],
  ])('waits as %s says: %s', async (code, sentence, more, retryAfterMs) => {
    fake.refusePosts = answered(code, sentence, more);
    expect(await provider.finish(step().context())).toMatchObject({
      status: 'failed',
      scope: 'account',
      error: { kind: 'rate_limit', outcome: 'rejected', retryable: true, retryAfterMs },
    });
  });

  it.each([
    ['SUBREDDIT_NOEXIST', { kind: 'invalid_request', vendorCode: 'SUBREDDIT_NOEXIST' }],
    ['ALREADY_SUB', { kind: 'invalid_request', vendorCode: 'duplicate' }],
    ['USER_REQUIRED', { kind: 'auth_expired' }],
  ])('finds %s inside an answer of 200', async (code, error) => {
    fake.refusePosts = answered(code, 'No.');
    expect(await provider.finish(step().context())).toMatchObject({
      status: 'failed',
      error: { ...error, outcome: 'rejected', retryable: false },
    });
  });

  it('asks what the community wants before it uploads anything', async () => {
    fake.requirements = { is_flair_required: true };
    const media = [mediaSource('image', randomBytes(700))];
    expect(await provider.start(step({ media }).context())).toMatchObject({
      status: 'failed',
      error: {
        vendorCode: 'community_rules',
        outcome: 'not_sent',
        message: expect.stringContaining('flair'),
      },
    });
    expect(fake.assets.size).toBe(0);
    await publish(step({ media, settings: { ...settings, flairId: 'f1' } }));
  });

  it.each([
    [{ title_text_max_length: 5 }, {}, /at most 5/],
    [{ title_text_min_length: 50 }, {}, /at least 50/],
    [{ body_restriction_policy: 'required' }, { body: 0 }, /need a text/],
    [{ body_restriction_policy: 'notAllowed' }, {}, /no text/],
    [{ body_text_max_length: 10 }, {}, /at most 10/],
    [{ gallery_max_items: 3 }, { files: 4, self: false }, /at most 3/],
  ])('knows the rule %o', (wanted, shape, expected) => {
    const post = { flair: false, title: 10, body: 20, files: 0, self: true, ...shape };
    expect(brokenRule(wanted, post)).toMatch(expected);
    expect(brokenRule({}, post)).toBeUndefined();
  });

  it('lists one’s profile and every community, and one with its rules and flairs', async () => {
    const targets = await provider.fetchTargets(channel.context());
    expect(targets.map(({ id }) => id)).toEqual(['u_irisync_test', 'gardening', 'whatsthisplant', 'irises']);
    expect(await provider.fetchTarget?.(channel.context(), 'gardening')).toEqual({
      id: 'gardening',
      kind: 'community',
      name: 'r/gardening',
      rules: ['Be kind', 'Name the plant'],
      labels: [{ id: 'f1', name: 'Question' }],
    });
    expect((await provider.fetchTarget?.(channel.context(), 'irises'))?.labels).toEqual([]);
  });

  it('takes no older twin, and none of another community, for the lost post', async () => {
    await publish(step());
    clock.advance(86_400_000);
    await publish(step({ settings: { subreddit: 'irises' } }));
    const one = step();
    const ctx = () => ({ ...one.context(), sentAt: clock.now() });
    expect((await provider.reconcile(ctx())).status).toBe('absent');
    fake.fault({ on: 'commit', kind: 'accept_then_reset' });
    await provider.finish(one.context());
    expect(await provider.reconcile(ctx())).toMatchObject({
      status: 'found',
      ref: { id: [...fake.submissions.keys()].at(-1) },
    });
  });

  it('changes texts of posts and comments, and says no for files', async () => {
    const ref = await publish(step());
    await provider.edit?.(
      channel.context(),
      ref,
      content('Now with a link', [], { link: 'https://example.com/b' }),
    );
    expect(fake.submissions.get(ref.id)?.text).toBe('Now with a link\n\nhttps://example.com/b');
    const picture = await publish(step({ media: [mediaSource('image', randomBytes(700))] }));
    await expect(provider.edit?.(channel.context(), picture, content('x'))).rejects.toMatchObject({
      vendorCode: 'not_editable',
      retryable: false,
    });
  });

  it('knows every unit of a wait', () => {
    expect(['5 milliseconds', '1 second', '2 hours', '1 day', 'a while'].map((text) => waitOf(text))).toEqual(
      [6, 2_000, 10_800_000, 172_800_000, undefined],
    );
  });
});
