import { describe, expect, it } from 'vitest';
import { hasInbox } from '@/features/platforms/inbox-support.data';
import type { InboxItem, InboxReply, PublishedRef } from '@/features/platforms/providers/types';
import { conformance, NETWORKS } from './platforms-conformance';
import { inboxReply } from './platforms-networks-parts';

/** One suite for every network that has an inbox: one passes by saying in its file how somebody writes to the account. */
describe.each(NETWORKS)('inbox of %s', (_name, start) => {
  const suite = conformance(start);
  /** Before anything was written. */
  const anHourAgo = () => new Date(suite.network.clock.now().getTime() - 3_600_000);
  const read = async (since = anHourAgo()) =>
    (await suite.network.provider.inbox?.(suite.channel.context(), since)) ?? [];
  const has = () => suite.network.hear !== undefined;
  let root: PublishedRef | undefined;
  /** Somebody writes below a post of the account. */
  const hear = async (name: string, text: string, on?: PublishedRef): Promise<string> => {
    root ??= await suite.publish(suite.step());
    return (await suite.network.hear?.(name, text, on ?? root)) ?? '';
  };
  const heard = async (name: string, text: string): Promise<InboxItem> => {
    const id = await hear(name, text);
    const item = (await read()).find((one) => one.id === id);
    if (!item) throw new Error(`${id} did not come in`);
    return item;
  };
  const reply = (item: InboxItem, text: string): InboxReply =>
    inboxReply(item, text, `reply ${item.id}`, suite.network.clock.now());
  const send = (one: InboxReply) => suite.network.provider.reply?.(suite.channel.context(), one);
  /** Some networks name whom an answer is for. */
  const out = (text: string) => suite.network.posts().filter((post) => post.text.endsWith(text));

  it('says what it has', async () => {
    const { capabilities, inbox, reply: answer, findReply } = suite.network.provider;
    expect([inbox !== undefined, answer !== undefined]).toEqual(
      Array(2).fill(capabilities.inbox !== undefined),
    );
    // An answer whose sending was lost is either safe to send again, or can be looked for.
    if (capabilities.inbox) expect(findReply === undefined).toBe(capabilities.inbox.repeatable);
    expect(hasInbox({ platform: suite.network.platform, ...suite.channel.account })).toBe(has());
    if (capabilities.inbox && !has())
      expect(await suite.network.provider.inbox?.(suite.channel.context(), anHourAgo())).toBeNull();
  });

  it('brings what others wrote since then, once, and nothing of its own', async () => {
    if (!has()) return;
    const first = await heard('ann', 'What colours are there?');
    expect(first).toMatchObject({
      // X puts the name of whom it answers before it.
      text: expect.stringMatching(/What colours are there\?$/),
      author: { handle: expect.any(String) },
    });
    expect(first.author.displayName.length).toBeGreaterThan(1);
    await send(reply(first, 'Blue and white'));
    // More than a page of them.
    const more = [];
    for (let index = 0; index < 7; index += 1) more.push(await hear(`ben${index}`, `Question ${index}`));
    const ids = (await read()).map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of [first.id, ...more]) expect(ids).toContain(id);
    expect((await read()).map(({ text }) => text).filter((text) => text.endsWith('Blue and white'))).toEqual(
      [],
    );
    suite.network.clock.advance(120_000);
    expect(await read(new Date(suite.network.clock.now().getTime() - 60_000))).toEqual([]);
  });

  it('answers in public, where it was asked', async () => {
    if (!has()) return;
    const item = await heard('cleo', 'When do they flower?');
    const ref = await send(reply(item, 'In May and June'));
    expect(out('In May and June')).toMatchObject([{ id: ref?.id, replyTo: expect.any(String) }]);
    // A record's address ends with its name.
    expect(item.id.endsWith(out('In May and June')[0]?.replyTo ?? '-')).toBe(true);
  });

  it('settles an answer whose sending was lost without sending it twice', async () => {
    if (!has()) return;
    const item = await heard('dora', 'Do you deliver?');
    const answer = reply(item, 'Everywhere in the country');
    suite.network.fault({ on: 'commit', kind: 'accept_then_reset' });
    const { findReply } = suite.network.provider;
    const lost = await send(answer)?.catch((error: unknown) => error);
    if (lost instanceof Error) expect(lost).toMatchObject({ outcome: 'unknown' });
    const ref = findReply
      ? await findReply.call(suite.network.provider, suite.channel.context(), answer)
      : await send(answer);
    expect(ref?.id).toBeTruthy();
    expect(out('Everywhere in the country')).toMatchObject([{ id: ref?.id }]);
    if (!findReply) return;
    const other = { ...answer, text: 'Something that was never sent' };
    expect(await findReply.call(suite.network.provider, suite.channel.context(), other)).toBeNull();
  });

  it('says what is refused, and that nothing is out', async () => {
    if (!has()) return;
    const item = await heard('emil', 'And trees?');
    for (const kind of ['reject', 'rate_limit'] as const) {
      suite.network.fault({ on: 'commit', kind, retryAfterSeconds: 9 });
      await expect(send(reply(item, `No trees (${kind})`))).rejects.toMatchObject({
        outcome: 'rejected',
        ...(kind === 'rate_limit' ? { kind, retryAfterMs: 9_000 } : {}),
      });
      expect(out(`No trees (${kind})`)).toEqual([]);
    }
  });

  it('hands on how long a limit lasts, and an answer that is no answer', async () => {
    if (!has()) return;
    suite.network.fault({ on: 'read', kind: 'rate_limit', retryAfterSeconds: 90, times: 20 });
    await expect(read()).rejects.toMatchObject({ kind: 'rate_limit', retryAfterMs: 90_000 });
    suite.network.calm();
    suite.network.fault({ on: 'read', kind: 'malformed_body', times: 20 });
    await expect(read()).rejects.toMatchObject({ kind: 'unknown', vendorCode: 'malformed_body' });
  });

  it('goes on with a new token where one has expired', async () => {
    if (!has() || !suite.network.adapter.refreshTokens || suite.renewsItself()) return;
    await hear('finn', 'Still there?');
    suite.network.expireTokens();
    const { renewals } = suite.channel;
    expect((await read()).some(({ text }) => text.endsWith('Still there?'))).toBe(true);
    expect(suite.channel.renewals).toBe(renewals + 1);
  });
});
