import { FakeBluesky } from '@tests/fakes/platforms/bluesky';
import { platformDependencies, platformEnv, TestChannel } from '@tests/fakes/platforms/harness';
import { FakeMastodon } from '@tests/fakes/platforms/mastodon';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FixedClock } from '@/core/time/clock';
import { BlueskyAdapter } from '@/features/platforms/providers/bluesky/adapter';
import { BlueskyProvider } from '@/features/platforms/providers/bluesky/provider';
import { MastodonAdapter } from '@/features/platforms/providers/mastodon/adapter';
import { MastodonProvider } from '@/features/platforms/providers/mastodon/provider';
import { stepMaterial } from '@/features/platforms/providers/material';
import type { InboxItem } from '@/features/platforms/providers/types';
import { walkConsent } from './platforms-networks-parts';

const clock = new FixedClock(new Date('2026-11-21T10:00:00Z'));
const hourAgo = new Date('2026-11-21T09:00:00Z');
const material = stepMaterial('reply_1', 'comment', clock.now());
const answering = (item: InboxItem | undefined, text: string) => {
  if (!item) throw new Error('nothing came in');
  const { id, postId, extra, author } = item;
  return {
    item: { id, authorHandle: author.handle, ...(postId ? { postId } : {}), ...(extra ? { extra } : {}) },
    text,
    material,
  };
};

describe('Mastodon', () => {
  const fake = new FakeMastodon(clock);
  const deps = platformDependencies(clock, platformEnv({}));
  const provider = new MastodonProvider(deps);
  let channel: TestChannel;
  beforeEach(async () => {
    await fake.start();
    const adapter = new MastodonAdapter(deps);
    const { credentials, account } = await adapter.authenticate(await walkConsent(adapter, fake.url));
    channel = new TestChannel('mastodon', adapter, clock, credentials, account);
  });
  afterEach(() => fake.stop());

  it('tells comments from mentions, and answers once however often it is sent', async () => {
    const mentioned = fake.hear('ann', 'Hello @iris');
    const answered = fake.hear('ben', 'Nice tulips', '77');
    const items = await provider.inbox(channel.context(), hourAgo);
    expect(items).toMatchObject([
      {
        id: answered,
        kind: 'comment',
        postId: '77',
        text: 'Nice tulips',
        author: { handle: 'ben@far.example' },
      },
      { id: mentioned, kind: 'mention', text: 'Hello @iris', author: { displayName: 'ann@far.example' } },
    ]);
    expect(await provider.inbox(channel.context(), new Date('2026-11-21T10:00:01Z'))).toEqual([]);
    const reply = answering(items[0], 'Thank you');
    fake.fault({ on: 'commit', kind: 'accept_then_reset' });
    await expect(provider.reply(channel.context(), reply)).rejects.toMatchObject({ outcome: 'unknown' });
    const ref = await provider.reply(channel.context(), reply);
    expect(fake.posts()).toMatchObject([
      { id: ref.id, text: '@ben@far.example Thank you', replyTo: answered },
    ]);
    // No more public than what it answers.
    expect([...fake.statuses.values()][0]?.visibility).toBe('unlisted');
  });
});

describe('Bluesky', () => {
  const fake = new FakeBluesky(clock);
  let provider: BlueskyProvider;
  let channel: TestChannel;
  beforeEach(async () => {
    await fake.start();
    const deps = platformDependencies(clock, platformEnv({ BLUESKY_API_BASE_URL: fake.url }));
    provider = new BlueskyProvider(deps);
    const adapter = new BlueskyAdapter(deps);
    const { credentials, account } = await adapter.authenticate({
      kind: 'app_password',
      handle: fake.handle,
      appPassword: fake.appPassword,
      signal: AbortSignal.timeout(10_000),
    });
    channel = new TestChannel('bluesky', adapter, clock, credentials, account);
  });
  afterEach(() => fake.stop());

  it('reads what was written to it, and answers once however often it is sent', async () => {
    const uri = fake.hear('ann.test', 'What colours?');
    const items = await provider.inbox(channel.context(), hourAgo);
    expect(items).toMatchObject([
      {
        id: uri,
        kind: 'mention',
        text: 'What colours?',
        author: { handle: 'ann.test', displayName: 'ann.test' },
      },
    ]);
    const reply = answering(items[0], 'Red and yellow');
    fake.fault({ on: 'commit', kind: 'accept_then_reset' });
    const ref = await provider.reply(channel.context(), reply);
    expect(await provider.reply(channel.context(), reply)).toEqual(ref);
    expect(fake.posts()).toMatchObject([{ id: material.rkey, text: 'Red and yellow' }]);
    // Somebody answers the answer: a comment under a post of ours.
    fake.hear('ann.test', 'Lovely', material.rkey);
    const [newest] = await provider.inbox(channel.context(), hourAgo);
    expect(newest).toMatchObject({ kind: 'comment', postId: ref.extra?.uri });
    expect(fake.violations).toEqual([]);
  });

  it('says what a server refuses', async () => {
    fake.hear('ann.test', 'Hello');
    const [item] = await provider.inbox(channel.context(), hourAgo);
    const other = { ...answering(item, 'x'), material: stepMaterial('reply_2', 'comment', clock.now()) };
    fake.fault({ on: 'commit', kind: 'reject' });
    await expect(provider.reply(channel.context(), other)).rejects.toMatchObject({ outcome: 'rejected' });
  });
});
