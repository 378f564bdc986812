import { randomBytes } from 'node:crypto';
import { content, mediaSource, TestChannel, type TestStep } from '@tests/fakes/platforms/harness';
import { clip } from '@tests/support/media';
import { SignJWT } from 'jose';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { systemClock } from '@/core/time/clock';
import type { PublishedRef, StepKey } from '@/features/platforms/providers/types';
import { inboxReply } from './platforms-networks-parts';
import { BreakingLine, Onlooker, VideoService } from './real-pds-parts';
import { RealPosts, realImage } from './real-posts';
import { against, type RealServers } from './real-servers';

const blob = z.object({ ref: z.object({ $link: z.string() }), mimeType: z.string(), size: z.number() });
const strongRef = z.object({ uri: z.string(), cid: z.string() });
const record = z.object({
  text: z.string(),
  facets: z
    .array(
      z.object({
        index: z.object({ byteStart: z.number(), byteEnd: z.number() }),
        features: z.array(z.record(z.string(), z.string())),
      }),
    )
    .optional(),
  reply: z.object({ root: strongRef, parent: strongRef }).optional(),
  embed: z
    .object({
      images: z.array(z.object({ alt: z.string(), image: blob })).optional(),
      video: blob.optional(),
      alt: z.string().optional(),
    })
    .optional(),
});

/** Longest that the view of the network may lag behind the server. */
const INDEXED_MS = 15_000;
const FAMILY = '👩‍👩‍👧‍👦';

/** The Bluesky provider against a real server. Everything it publishes is deleted at the end. */
export function pdsSteps(server: NonNullable<RealServers['pds']>): void {
  const onlooker = new Onlooker(server.url);
  const line = new BreakingLine(server.url);
  const video = new VideoService(server.url);
  let built: ReturnType<typeof against>;
  let channel: TestChannel;
  let neighbour: Awaited<ReturnType<Onlooker['neighbour']>>;
  /** There is a view of the whole network behind the server. */
  let viewed = false;
  let posts: RealPosts;

  const signIn = (handle: string, appPassword: string) =>
    built.adapter.authenticate({
      kind: 'app_password',
      handle,
      appPassword,
      signal: AbortSignal.timeout(20_000),
    });
  const channelFor = async (handle: string, appPassword: string) => {
    const { credentials, account } = await signIn(handle, appPassword);
    return new TestChannel('bluesky', built.adapter, systemClock, credentials, account);
  };
  const fresh = () => posts.fresh();
  const step = (...what: Parameters<RealPosts['step']>) => posts.step(...what);
  const commit = (one: TestStep) => posts.commit(one);
  const publish = (one: TestStep) => posts.publish(one);
  const reconcile = (one: TestStep) => posts.reconcile(one);
  const stored = () => onlooker.posts(channel.account.accountId, record);
  const storedAs = async ({ id }: PublishedRef) => {
    const found = (await stored()).find(({ uri }) => uri.endsWith(`/${id}`));
    if (!found) throw new Error(`${id} is not in the repository`);
    return found;
  };
  beforeAll(async () => {
    await Promise.all([line.start(), video.start()]);
    built = against('bluesky', server.url, {
      BLUESKY_API_BASE_URL: server.url,
      BLUESKY_UPLOAD_BASE_URL: video.url,
    });
    channel = await channelFor(server.handle, server.appPassword);
    posts = new RealPosts(built.provider, channel);
    neighbour = await onlooker.neighbour();
    const query = { actor: channel.account.accountId };
    const profile = { token: channel.tokens.accessToken, query };
    viewed = (await onlooker.call('app.bsky.actor.getProfile', profile)).status === 200;
    if (!neighbour)
      console.warn('ABSENT: no second account: mentions of others, the inbox, a revoked app password');
    if (!viewed) console.warn('ABSENT: no view of the network behind the server: counts, the inbox');
  });
  afterAll(async () => {
    await posts.takeBack();
    await Promise.all([line.stop(), video.stop()]);
  });

  it('signs in with an app password, and not with another', async () => {
    expect(channel.account).toMatchObject({
      accountId: expect.stringMatching(/^did:/),
      handle: server.handle,
    });
    expect(channel.tokens.expiresAt?.getTime()).toBeGreaterThan(Date.now());
    expect(channel.tokens.grantExpiresAt?.getTime()).toBeGreaterThan(Date.now() + 24 * 3_600_000);
    expect(await built.adapter.validateConnection(channel.tokenContext())).toEqual({ valid: true });
    await expect(signIn(server.handle, 'abcd-abcd-abcd-abcd')).rejects.toMatchObject({
      vendorCode: 'wrong_password',
    });
  });

  it('points at the right bytes of a text with emoji, links, mentions and tags', async () => {
    const mention = neighbour?.handle ?? server.handle;
    const text = `${FAMILY} 👋🏽 Grüße an @${mention} und @nobody-${posts.started}.test 🇩🇪: https://example.com/${'long/'.repeat(9)}?q=ü 花 #🌸blüte #garden\n${FAMILY} https://example.org.`;
    const { value } = await storedAs(await publish(step(content(text))));
    const bytes = Buffer.from(value.text);
    const seen = (value.facets ?? []).map(({ index, features: [feature] }) => ({
      shown: bytes.subarray(index.byteStart, index.byteEnd).toString(),
      says: feature?.uri ?? feature?.did ?? feature?.tag,
    }));
    expect(seen).toEqual([
      { shown: `@${mention}`, says: neighbour?.did ?? channel.account.accountId },
      { shown: 'example.com/long/long/lo...', says: `https://example.com/${'long/'.repeat(9)}?q=ü` },
      { shown: '#🌸blüte', says: '🌸blüte' },
      { shown: '#garden', says: 'garden' },
      { shown: 'example.org', says: 'https://example.org' },
    ]);
  });

  it('sends pictures whole, each with its description', async () => {
    const media = [await realImage(`Eine blaue Iris ${FAMILY}`), await realImage('')];
    const { value } = await storedAs(await publish(step(content('Two irises', media))));
    const images = value.embed?.images ?? [];
    expect(images.map(({ alt }) => alt)).toEqual([`Eine blaue Iris ${FAMILY}`, '']);
    for (const [at, one] of images.entries()) {
      const sent = new Uint8Array(await new Response(await media[at]?.open()).arrayBuffer());
      expect(await onlooker.blob(channel.account.accountId, one.image.ref.$link)).toEqual(sent);
    }
  });

  it('refuses a picture that is too large, for good', async () => {
    const { blobUploadLimit = 5_242_880 } = await onlooker.describe();
    const large = mediaSource('image', randomBytes(blobUploadLimit + 1));
    expect(await built.provider.start(step(content('Too large', [large])).context())).toMatchObject({
      status: 'failed',
      error: { kind: 'invalid_request', outcome: 'rejected', retryable: false },
    });
    // What the server stores, the post may still refuse.
    const one = step(content('Too large for a post', [mediaSource('image', randomBytes(3_000_000))]));
    await posts.prepare(one);
    expect(await commit(one)).toMatchObject({
      status: 'failed',
      error: { kind: 'invalid_request', outcome: 'rejected', retryable: false },
    });
    expect(await reconcile(one)).toEqual({ status: 'absent' });
  });

  it('gives the video service a token that the server takes', async () => {
    const film = mediaSource('video', await clip(1), 'An iris opens');
    const { value } = await storedAs(await publish(step(content('A film', [film]))));
    expect(value.embed).toMatchObject({
      alt: 'An iris opens',
      video: { mimeType: 'video/mp4', size: film.bytes },
    });
  });

  it('chains a thread and a comment', async () => {
    const run = fresh();
    const root = await publish(step(content('One'), { run }));
    const later = (key: StepKey, parent: PublishedRef) =>
      publish(step(content(key), { key, run, refs: { root, parent } }));
    const second = await later('thread_1', root);
    const third = await later('thread_2', second);
    const comment = await later('comment', root);
    const replies = await Promise.all(
      [second, third, comment].map(async (ref) => (await storedAs(ref)).value.reply),
    );
    expect(replies).toEqual([
      { root: root.extra, parent: root.extra },
      { root: root.extra, parent: second.extra },
      { root: root.extra, parent: root.extra },
    ]);
  });

  it('finds a post whose answer was lost, and never makes two', async () => {
    const breaking = new TestChannel('bluesky', built.adapter, systemClock, channel.tokens, {
      ...channel.account,
      baseUrl: line.url,
    });
    const text = `Lost ${fresh()}`;
    const one = step(content(text), { on: breaking });
    await posts.prepare(one);
    expect(await reconcile(one)).toEqual({ status: 'absent' });
    line.lost.push('createRecord');
    expect(await commit(one)).toMatchObject({ status: 'failed', error: { outcome: 'unknown' } });
    expect(line.passed).toBe(1);
    const found = await reconcile(one);
    expect(found).toMatchObject({ status: 'found', ref: { id: one.context().material.rkey } });
    if (found.status === 'found') posts.published.push(found.ref);
    // Sent once more all the same, it changes nothing.
    expect((await commit(one)).status).toBe('failed');
    expect(await reconcile(one)).toEqual(found);
    expect((await stored()).filter(({ value }) => value.text === text)).toHaveLength(1);
  });

  it('deletes, and deleting again is fine', async () => {
    const one = step(content('Not for long'));
    const ref = await publish(one);
    await built.provider.delete?.(channel.context(), ref);
    await built.provider.delete?.(channel.context(), ref);
    await expect(storedAs(ref)).rejects.toThrow('not in the repository');
    expect(await reconcile(one)).toEqual({ status: 'absent' });
  });

  it('renews a session that the server no longer takes, and goes on', async () => {
    const sessions = [
      await over(channel.tokens.accessToken, server.jwtSecret),
      `${channel.tokens.accessToken}x`,
    ];
    for (const accessToken of sessions) {
      channel.tokens = { ...channel.tokens, accessToken };
      const { renewals } = channel;
      const one = step(content('Renewed', [await realImage('')]));
      expect(await commit(step(content('Not renewed')))).toMatchObject({
        error: { kind: 'auth_expired', outcome: 'rejected' },
      });
      await publish(one);
      expect(channel.renewals).toBe(renewals + 1);
    }
    // Two who renew at the same time both get on: for a while the server answers the old token with the next one.
    const [first, second] = await Promise.all([
      built.adapter.refreshTokens?.(channel.tokenContext()),
      built.adapter.refreshTokens?.(channel.tokenContext()),
    ]);
    expect(first?.grantExpiresAt).toBeInstanceOf(Date);
    if (second) channel.tokens = second;
  });

  it('tells a revoked app password when it renews', async () => {
    if (!neighbour) return;
    const token = neighbour.accessJwt;
    const password = z.object({ name: z.string(), password: z.string() });
    const body = { name: `irisync-${posts.started}` };
    const made = await onlooker.must(password, 'com.atproto.server.createAppPassword', { token, body });
    const spare = await channelFor(neighbour.handle, made.password);
    await onlooker.call('com.atproto.server.revokeAppPassword', { token, body });
    await expect(built.adapter.refreshTokens?.(spare.tokenContext())).rejects.toMatchObject({
      kind: 'auth_expired',
      outcome: 'rejected',
    });
    await expect(signIn(neighbour.handle, made.password)).rejects.toMatchObject({
      vendorCode: 'wrong_password',
    });
  });

  it('ends a session at the server', async () => {
    const spare = await channelFor(server.handle, server.appPassword);
    await built.adapter.revoke?.(spare.tokenContext());
    await expect(built.adapter.refreshTokens?.(spare.tokenContext())).rejects.toMatchObject({
      kind: 'auth_expired',
    });
    await built.adapter.revoke?.(spare.tokenContext());
  });

  it('counts what happens to a post, and answers what others write', async () => {
    if (!neighbour || !viewed) return;
    const since = new Date(Date.now() - 60_000);
    const ref = await publish(step(content('Say something')));
    const metrics = () => built.provider.metrics?.(channel.context(), ref);
    const until = <T>(look: () => Promise<T>) => vi.waitUntil(look, { timeout: INDEXED_MS, interval: 300 });
    // An answer to a post that the view does not know yet is told to nobody.
    await until(async () => (await metrics())?.likes === 0);
    const say = (text: string, reply?: object) =>
      onlooker.must(strongRef, 'com.atproto.repo.createRecord', {
        token: neighbour?.accessJwt ?? '',
        body: {
          repo: neighbour?.did,
          collection: 'app.bsky.feed.post',
          record: { $type: 'app.bsky.feed.post', text, createdAt: new Date().toISOString(), ...reply },
        },
      });
    const said = await say('Beautiful', { reply: { root: ref.extra, parent: ref.extra } });
    const read = async () => {
      const found = (await built.provider.inbox?.(channel.context(), since)) ?? [];
      return found.find(({ id }) => id === said.uri);
    };
    const item = await until(read);
    expect(item).toMatchObject({ kind: 'comment', postId: ref.extra?.uri, text: 'Beautiful' });
    const answer = inboxReply(item, 'Thank you', fresh(), systemClock.now());
    const out = await built.provider.reply?.(channel.context(), answer);
    // The same answer again is the same post.
    expect(await built.provider.reply?.(channel.context(), answer)).toEqual(out);
    if (out) posts.published.push(out);
    await until(async () => (await metrics())?.comments === 1);
    expect(await metrics()).toMatchObject({ likes: 0, comments: 1, shares: 0, views: null });
    expect(await built.provider.accountMetrics?.(channel.context())).toMatchObject({ followers: 0 });
  });
}

/** The same session an hour past its end, where its server's secret is known; else one the server cannot read. */
async function over(token: string, secret: string | undefined): Promise<string> {
  if (!secret) return `${token}y`;
  const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as object;
  const past = Math.floor(Date.now() / 1000) - 3_600;
  return await new SignJWT({ ...claims, iat: past - 7_200, exp: past })
    .setProtectedHeader({ typ: 'at+jwt', alg: 'HS256' })
    .sign(new TextEncoder().encode(secret));
}
