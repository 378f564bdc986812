import { describe, expect, it } from 'vitest';
import { conformance, NETWORKS } from './platforms-conformance';
import { inboxReply } from './platforms-networks-parts';

const named = (...names: string[]) => NETWORKS.filter(([name]) => names.includes(name));

/** What single networks have of their own; the rest is in the suite over all. */
describe.each(named('YouTube', 'LinkedIn page'))('answers of %s', (_name, start) => {
  const suite = conformance(start);
  const read = () =>
    suite.network.provider.inbox?.(
      suite.channel.context(),
      new Date(suite.network.clock.now().getTime() - 3_600_000),
    );

  it('stand below the comment at the top, and what stands there comes in', async () => {
    const root = await suite.publish(suite.step());
    const id = await suite.network.hear?.('ann', 'Which soil?', root);
    const item = (await read())?.find((one) => one.id === id);
    if (!item) throw new Error('nothing came in');
    const thread = item.extra?.threadUrn ?? item.id;
    // As if it had been written below another comment.
    const below = {
      ...item,
      id: `${item.id}.2`,
      extra: { ...item.extra, threadId: thread, threadUrn: thread },
    };
    const answer = inboxReply(below, 'Sand', 'r1', suite.network.clock.now());
    const ref = await suite.network.provider.reply?.(suite.channel.context(), answer);
    expect(suite.network.posts().find((one) => one.id === ref?.id)?.replyTo).toBe(id);
    expect((await read())?.map(({ id: known }) => known)).not.toContain(ref?.id);
  });
});

describe.each(named('YouTube'))('the allowance of %s', (_name, start) => {
  const suite = conformance(start);

  it('is counted, and ends the looks of a day before Google does', async () => {
    const { appUses, clock, env } = suite.network.deps;
    const look = () => suite.network.provider.inbox?.(suite.channel.context(), clock.now());
    await look();
    const day = new Intl.DateTimeFormat('en-CA', { timeZone: 'America/Los_Angeles' }).format(clock.now());
    expect(await appUses.uses('youtube', 'inbox_reads_day_app', day)).toBe(1);
    for (let used = 1; used < env.YOUTUBE_INBOX_READS_PER_DAY; used += 1)
      await appUses.countUse('youtube', 'inbox_reads_day_app', day, clock.now());
    const reads = suite.network.calls('read');
    await expect(look()).rejects.toMatchObject({ kind: 'quota', outcome: 'not_sent' });
    expect(suite.network.calls('read')).toBe(reads);
  });
});

describe.each(named('Reddit'))('the permission of %s', (_name, start) => {
  const suite = conformance(start);

  it('is missed before anything is asked', async () => {
    const { tokens } = suite.channel;
    tokens.scopes = tokens.scopes.filter((scope) => scope !== 'privatemessages');
    const look = suite.network.provider.inbox?.(suite.channel.context(), suite.network.clock.now());
    await expect(look).rejects.toMatchObject({ kind: 'invalid_request', vendorCode: 'permission' });
  });
});

describe.each(named('Facebook', 'Instagram', 'Threads'))('comments of %s', (name, start) => {
  const suite = conformance(start);
  const read = () =>
    suite.network.provider.inbox?.(
      suite.channel.context(),
      new Date(suite.network.clock.now().getTime() - 3_600_000),
    );

  it('reads what was answered to a comment, and answers it in the same thread', async () => {
    const root = await suite.publish(suite.step());
    const top = (await suite.network.hear?.('ann', 'Which soil?', root)) ?? '';
    const below = (await suite.network.hear?.('ben', 'Mine grows in sand', { id: top })) ?? '';
    const item = (await read())?.find(({ id }) => id === below);
    expect(item).toMatchObject({ postId: root.id, text: 'Mine grows in sand', author: { handle: 'ben' } });
    if (!item) return;
    const answer = inboxReply(item, 'Sand is fine', 'r1', suite.network.clock.now());
    const ref = await suite.network.provider.reply?.(suite.channel.context(), answer);
    const sent = suite.network.posts().find(({ id }) => id === ref?.id);
    // Threads takes answers at any depth; the others keep one level, where Instagram names whom it is for.
    expect(sent).toMatchObject({
      replyTo: name === 'Threads' ? below : top,
      text: name === 'Instagram' ? '@ben Sand is fine' : 'Sand is fine',
    });
    // A long conversation below one comment is read to its end.
    const more: string[] = [];
    for (let index = 0; index < 4; index += 1)
      more.push((await suite.network.hear?.(`dora${index}`, `Clay ${index}`, { id: top })) ?? '');
    expect((await read())?.map(({ id }) => id)).toEqual(expect.arrayContaining([below, ...more]));
    expect(await suite.network.provider.findReply?.(suite.channel.context(), answer)).toMatchObject({
      id: ref?.id,
    });
  });

  it('sends nothing when what comes before the answer fails', async () => {
    if (name !== 'Threads') return;
    const root = await suite.publish(suite.step());
    await suite.network.hear?.('cleo', 'Hello', root);
    const item = (await read())?.find(({ text }) => text === 'Hello');
    if (!item) throw new Error('nothing came in');
    suite.network.fault({ on: 'upload', kind: 'reset_before', times: 20 });
    const answer = inboxReply(item, 'Hello to you', 'r2', suite.network.clock.now());
    await expect(suite.network.provider.reply?.(suite.channel.context(), answer)).rejects.toMatchObject({
      outcome: 'not_sent',
    });
  });

  it('says so when the channel was connected without the permission to read comments', async () => {
    if (name !== 'Facebook') return;
    suite.channel.tokens = {
      ...suite.channel.tokens,
      scopes: suite.channel.tokens.scopes.filter((scope) => scope !== 'pages_read_user_content'),
    };
    await expect(read()).rejects.toMatchObject({ kind: 'invalid_request', vendorCode: 'permission' });
  });
});
