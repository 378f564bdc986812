import type { FakeContainers } from '@tests/fakes/platforms/containers';
import {
  content,
  platformDependencies,
  platformEnv,
  TestChannel,
  TestStep,
} from '@tests/fakes/platforms/harness';
import { FakeInstagram } from '@tests/fakes/platforms/instagram';
import { FakeThreads } from '@tests/fakes/platforms/threads';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FixedClock } from '@/core/time/clock';
import type { PlatformDependencies } from '@/features/platforms/providers/deps';
import { instagram } from '@/features/platforms/providers/instagram/module';
import type { PlatformModule } from '@/features/platforms/providers/module';
import { threads } from '@/features/platforms/providers/threads/module';
import type { InboxItem, SocialProvider } from '@/features/platforms/providers/types';
import { inboxReply, walkConsent } from './platforms-networks-parts';

/** Where others name the account in posts of their own. */

const clock = new FixedClock(new Date('2026-11-21T10:00:00Z'));
const hourAgo = new Date('2026-11-21T09:00:00Z');
let fake: FakeContainers;
let provider: SocialProvider;
let channel: TestChannel;

async function start(
  prefix: string,
  module: PlatformModule<PlatformDependencies>,
  network: FakeContainers,
): Promise<void> {
  fake = network;
  await fake.start();
  const env = platformEnv({
    [`${prefix}_APP_ID`]: fake.appId,
    [`${prefix}_APP_SECRET`]: fake.appSecret,
    [`${prefix}_API_BASE_URL`]: fake.url,
    [`${prefix}_AUTH_BASE_URL`]: fake.url,
  });
  const deps = platformDependencies(clock, env);
  const adapter = module.createAdapter(deps);
  provider = module.createProvider(deps);
  const { credentials, account } = await adapter.authenticate(await walkConsent(adapter));
  channel = new TestChannel(module.id, adapter, clock, credentials, account);
}
afterEach(() => fake.stop());

const read = async (since = hourAgo) => (await provider.inbox?.(channel.context(), since)) ?? [];
const answer = (item: InboxItem | undefined, text: string) => {
  if (!item) throw new Error('nothing came in');
  return inboxReply(item, text, `reply ${item.id}`, clock.now());
};
const reply = (item: InboxItem | undefined, text: string) =>
  provider.reply?.(channel.context(), answer(item, text));

describe('mentions on Threads', () => {
  beforeEach(() => start('THREADS', threads, new FakeThreads(clock)));
  const me = () => `@${fake.account.username}`;

  it('come in with all pages, each once, and are answered where they stand', async () => {
    const ids = ['ann', 'ben', 'cleo', 'dora', 'emil'].map((name) =>
      fake.hearElsewhere(name, `Look ${me()}`),
    );
    fake.hearElsewhere('finn', 'Nobody in particular');
    const items = await read();
    expect(new Set(items.map(({ id }) => id))).toEqual(new Set(ids));
    const first = items.find(({ id }) => id === ids[0]);
    expect(first).toMatchObject({
      kind: 'mention',
      text: `Look ${me()}`,
      author: { handle: 'ann' },
      permalink: expect.stringContaining('/@ann/post/'),
    });
    expect(first).not.toHaveProperty('postId');
    const ref = await reply(first, 'Thank you');
    expect(fake.posts()).toMatchObject([{ id: ref?.id, text: 'Thank you', replyTo: ids[0] }]);
    expect(await provider.findReply?.(channel.context(), answer(first, 'Thank you'))).toMatchObject({
      id: ref?.id,
    });
    expect(await read(new Date(clock.now().getTime() + 1_000))).toEqual([]);
  });

  it('are comments where they stand below a post of ours', async () => {
    const one = new TestStep(channel, 'run1', 'root', content('Irises are out'));
    const made = await provider.start(one.context());
    if (made.status === 'failed') throw made.error;
    one.artefacts = made.artefacts;
    const out = await provider.finish(one.context());
    if (out.status !== 'published') throw new Error(out.status);
    const id = fake.hear('ann', `Lovely, ${me()}`, out.ref.id);
    expect(await read()).toMatchObject([{ id, kind: 'comment', postId: out.ref.id }]);
  });

  it('stay away where the permission is missing, and comments come all the same', async () => {
    fake.hearElsewhere('ann', `Look ${me()}`);
    const { tokens } = channel;
    channel.tokens = {
      ...tokens,
      scopes: tokens.scopes.filter((scope) => scope !== 'threads_manage_mentions'),
    };
    const reads = fake.calls('read');
    expect(await read()).toEqual([]);
    // Only the posts were asked for.
    expect(fake.calls('read')).toBe(reads + 1);
  });

  it('stay away where it was declined, which Threads does not tell', async () => {
    fake.hearElsewhere('ann', `Look ${me()}`);
    const declined = fake.tokens.issue('long', 3_600_000, ['threads_basic']);
    channel.tokens = { ...channel.tokens, accessToken: declined.token };
    expect(await read()).toEqual([]);
  });
});

describe('mentions on Instagram', () => {
  beforeEach(() => start('INSTAGRAM', instagram, new FakeInstagram(clock)));
  const me = () => `@${fake.account.username}`;

  it('come in with all pages, and a caption that names the account is answered once', async () => {
    const ids = ['ann', 'ben', 'cleo', 'dora'].map((name) => fake.hearElsewhere(name, `With ${me()}!`));
    const items = await read();
    expect(new Set(items.map(({ id }) => id))).toEqual(new Set(ids));
    const item = items.find(({ id }) => id === ids[0]);
    expect(item).toMatchObject({
      kind: 'mention',
      author: { handle: 'ann' },
      permalink: `https://www.instagram.com/p/${ids[0]}/`,
    });
    const ref = await reply(item, 'Thank you');
    expect(fake.posts()).toMatchObject([{ id: ref?.id, text: 'Thank you', replyTo: ids[0] }]);
    fake.fault({ on: 'commit', kind: 'accept_then_reset' });
    await expect(reply(item, 'Once more')).rejects.toMatchObject({ outcome: 'unknown' });
    // Comments below the posts of others are shown to no app: a person looks.
    expect(await provider.findReply?.(channel.context(), answer(item, 'Once more'))).toBeNull();
  });

  it('that only tag the picture come in, and say why they cannot be answered before anything is sent', async () => {
    const id = fake.hearElsewhere('ann', 'A day in the garden');
    const [item] = await read();
    expect(item).toMatchObject({ id, kind: 'mention', extra: { unanswerable: 'tagged' } });
    const commits = fake.calls('commit');
    await expect(reply(item, 'Thank you')).rejects.toMatchObject({
      kind: 'invalid_request',
      vendorCode: 'not_answerable',
      outcome: 'not_sent',
      message: expect.stringContaining('only tag you'),
    });
    expect(fake.calls('commit')).toBe(commits);
  });

  it('stay away where they may not be read', async () => {
    fake.hearElsewhere('ann', `With ${me()}`);
    const declined = fake.tokens.issue('long', 3_600_000, ['instagram_business_basic']);
    channel.tokens = { ...channel.tokens, accessToken: declined.token };
    expect(await read()).toEqual([]);
  });

  it('of before are not brought again', async () => {
    fake.hearElsewhere('ann', `With ${me()}`);
    expect(await read(new Date(clock.now().getTime() + 1_000))).toEqual([]);
  });
});
