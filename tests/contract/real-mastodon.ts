import { content, TestChannel, type TestStep } from '@tests/fakes/platforms/harness';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { systemClock } from '@/core/time/clock';
import { isExternal } from '@/features/platforms/providers/http';
import { plainText, sameText } from '@/features/platforms/providers/same-text';
import type { PublishedRef, StepKey } from '@/features/platforms/providers/types';
import { BreakingLine } from './real-pds-parts';
import { RealPosts, realImage } from './real-posts';
import { against, type RealServers } from './real-servers';

const status = z.object({
  id: z.string(),
  content: z.string(),
  in_reply_to_id: z.string().nullable().optional(),
  media_attachments: z.array(
    z.object({ id: z.string(), url: z.string(), description: z.string().nullable().optional() }),
  ),
});

/** The Mastodon provider against a real server of any make that speaks Mastodon's API. What it publishes is deleted, where it can be. */
export function mastodonSteps(server: NonNullable<RealServers['mastodon']>): void {
  const line = new BreakingLine(server.url);
  const { adapter, provider } = against('mastodon', server.url, {});
  let channel: TestChannel;
  let posts: RealPosts;

  const channelWith = (accessToken: string, account: TestChannel['account']) =>
    new TestChannel('mastodon', adapter, systemClock, { accessToken, scopes: [], extra: {} }, account);
  const fresh = () => posts.fresh();
  const step = (...what: Parameters<RealPosts['step']>) => posts.step(...what);
  const commit = (one: TestStep) => posts.commit(one);
  const publish = (one: TestStep) => posts.publish(one);
  const reconcile = (one: TestStep) => posts.reconcile(one);
  const read = async (path: string) => {
    const headers = { authorization: `Bearer ${server.token}` };
    const answer = await fetch(`${server.url}${path}`, { headers });
    return answer.ok ? ((await answer.json()) as unknown) : null;
  };
  const seen = async ({ id }: PublishedRef) => status.parse(await read(`/api/v1/statuses/${id}`));
  const own = async (text: string) => {
    const path = `/api/v1/accounts/${channel.account.accountId}/statuses?limit=40`;
    return z
      .array(status)
      .parse(await read(path))
      .filter((one) => sameText(plainText(one.content), text));
  };
  beforeAll(async () => {
    await line.start();
    const stranger = channelWith(server.token, { accountId: '', handle: '', baseUrl: server.url });
    channel = channelWith(server.token, await provider.fetchAccount(stranger.context()));
    posts = new RealPosts(provider, channel);
  });
  afterAll(async () => {
    await posts.takeBack();
    await line.stop();
  });

  it('registers itself, and knows the account and its limits', async () => {
    const begin = await adapter.authorizationUrl?.({
      state: 'state',
      redirectUri: 'http://localhost:3000/api/accounts/callback/mastodon',
      codeVerifier: 'verifier-verifier-verifier-verifier-verifier-1',
      baseUrl: server.url,
      signal: AbortSignal.timeout(20_000),
    });
    expect((await fetch(begin?.url ?? '')).status).toBe(200);
    expect(channel.account.handle).toMatch(/.@./);
    expect(channel.account.limits).toMatchObject({
      textMax: expect.any(Number),
      mediaMax: expect.any(Number),
      idempotencyKeys: expect.any(Boolean),
    });
    expect(await adapter.validateConnection(channel.tokenContext())).toEqual({ valid: true });
  });

  it('tells a token that is not good', async () => {
    const wrong = channelWith(`${server.token}x`, channel.account);
    expect(await adapter.validateConnection(wrong.tokenContext())).toMatchObject({ valid: false });
    expect(await commit(step(content('Not out'), { on: wrong }))).toMatchObject({
      status: 'failed',
      error: { kind: 'auth_expired', outcome: 'rejected' },
    });
  });

  it('publishes a text as it was written', async () => {
    const text = `👩‍👩‍👧‍👦 Grüße & 1 < 2 ${fresh()}: https://example.com/${'long/'.repeat(9)}?a=1&b=2 #garden\n\nZweiter Absatz`;
    const { content: html } = await seen(await publish(step(content(text))));
    expect(sameText(plainText(html), text)).toBe(true);
  });

  it('sends pictures, each its own with its own description', async () => {
    const media = [await realImage('Eine blaue Iris'), await realImage('A white iris')];
    const { media_attachments: shown } = await seen(await publish(step(content(`Irises ${fresh()}`, media))));
    expect(shown.map(({ description }) => description)).toEqual(['Eine blaue Iris', 'A white iris']);
    const files = await Promise.all(
      shown.map(async ({ url }) => Buffer.from(await (await fetch(url)).arrayBuffer()).toString('base64')),
    );
    expect(new Set(files).size).toBe(2);
  });

  it('chains a thread and a comment', async () => {
    const run = fresh();
    const root = await publish(step(content(`One ${run}`), { run }));
    const later = (key: StepKey, parent: PublishedRef) =>
      publish(step(content(`${key} ${run}`), { key, run, refs: { root, parent } }));
    const second = await later('thread_1', root);
    const third = await later('thread_2', second);
    const comment = await later('comment', root);
    const parents = await Promise.all(
      [second, third, comment].map(async (ref) => (await seen(ref)).in_reply_to_id),
    );
    expect(parents).toEqual([root.id, second.id, root.id]);
  });

  it('finds a post whose answer was lost, and never makes two', async () => {
    const breaking = channelWith(server.token, { ...channel.account, baseUrl: line.url });
    const text = `Lost ${fresh()}`;
    const one = step(content(text), { on: breaking });
    line.lost.push('/api/v1/statuses');
    expect(await commit(one)).toMatchObject({ status: 'failed', error: { outcome: 'unknown' } });
    expect(line.passed).toBe(1);
    const found = await reconcile(one);
    expect(found.status).toBe('found');
    if (found.status === 'found') posts.published.push(found.ref);
    expect(await reconcile(one)).toEqual(found);
    expect(await own(text)).toHaveLength(1);
  });

  it('says of a post that was never sent that it is absent, or sends it by its key', async () => {
    const text = `Never sent ${fresh()}`;
    const one = step(content(text));
    const { status: outcome } = await reconcile(one);
    expect(outcome).toBe(channel.account.limits?.idempotencyKeys ? 'found' : 'absent');
    expect(await own(text)).toHaveLength(outcome === 'found' ? 1 : 0);
    posts.published.push(...(await own(text)));
  });

  it('answers once, however often it is asked to', async () => {
    const root = await publish(step(content(`Ask me ${fresh()}`)));
    const text = `An answer ${fresh()}`;
    const { material } = step(content(text)).context();
    const handle = channel.account.handle;
    const answer = { item: { id: root.id, authorHandle: handle }, text: `@${handle} ${text}`, material };
    const first = await provider.reply?.(channel.context(), answer);
    expect(await provider.reply?.(channel.context(), answer)).toEqual(first);
    if (first) posts.published.push(first);
  });

  it('edits the text and keeps the pictures', async () => {
    const ref = await publish(step(content(`Tpyo ${fresh()}`, [await realImage('An iris')])));
    const text = `Typo ${fresh()}`;
    expect((await provider.edit?.(channel.context(), ref, content(text)))?.id).toBe(ref.id);
    const now = await seen(ref);
    expect(sameText(plainText(now.content), text)).toBe(true);
    expect(now.media_attachments).toHaveLength(1);
  });

  it('counts, and reads who wrote', async () => {
    const ref = await publish(step(content(`Counted ${fresh()}`)));
    expect(await provider.metrics?.(channel.context(), ref)).toMatchObject({
      likes: 0,
      shares: 0,
      views: null,
    });
    expect(await provider.accountMetrics?.(channel.context())).toMatchObject({
      followers: expect.any(Number),
    });
    expect(await provider.inbox?.(channel.context(), new Date(posts.started))).toBeInstanceOf(Array);
  });

  it('deletes, or says that the server does not', async () => {
    const ref = await publish(step(content(`Not for long ${fresh()}`)));
    const remove = () => provider.delete?.(channel.context(), ref);
    try {
      await remove();
      await remove();
      expect(await read(`/api/v1/statuses/${ref.id}`)).toBeNull();
    } catch (error) {
      expect(isExternal(error) && error.vendorCode).toBe('not_supported');
      expect(await seen(ref)).toMatchObject({ id: ref.id });
    }
  });
}
