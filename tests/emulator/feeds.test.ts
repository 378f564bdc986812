import { call, type Person, team } from '@tests/support/accounts';
import { type Refusal, sandboxChannel } from '@tests/support/content';
import { until } from '@tests/support/until';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { InsufficientTokensError } from '@/core/errors';
import { singleton } from '@/core/singletons';
import { FixedClock } from '@/core/time/clock';
import { type Post, postModel } from '@/features/content/schema';
import type { CheckerDeps } from '@/features/feeds/checker';
import { FeedChecker } from '@/features/feeds/checker';
import { type CheckAnswer, type FeedPreview, type FeedView, feedItemModel } from '@/features/feeds/schema';
import { OrganizationRepository } from '@/features/organizations/repository';
import { FakeFeed, type FeedTrouble } from '../fakes/feed';

process.env.OUTBOUND_ALLOW_HOSTS = '127.0.0.1';
const { DELETE: disconnect } = await import('@/app/api/accounts/[id]/route');
const { POST: checkFeed } = await import('@/app/api/feeds/[id]/check/route');
const { DELETE: deleteFeed, GET: getFeed, PATCH: changeFeed } = await import('@/app/api/feeds/[id]/route');
const { POST: previewFeed } = await import('@/app/api/feeds/preview/route');
const { GET: listFeeds, POST: createFeed } = await import('@/app/api/feeds/route');
const { GET: listNotifications } = await import('@/app/api/notifications/route');
const { DELETE: removeMember } = await import('@/app/api/organizations/[orgId]/members/[userId]/route');
const { core } = await import('@/server/core');

type Crew = { organizationId: string; owner: Person; member: Person; viewer: Person };
let crew: Crew;
let stranger: Person;
let channel: string;
let site: FakeFeed;

beforeAll(async () => {
  crew = await team({ member: 'member', viewer: 'viewer' });
  stranger = (await team()).owner;
  channel = await sandboxChannel(crew.organizationId, crew.owner.uid);
});
beforeEach(async () => {
  site = await new FakeFeed().start();
  site.publish('old news');
});
afterEach(() => site.stop());

const follow = (more: Record<string, unknown> = {}, as: Person = crew.owner) =>
  call<FeedView & Refusal>(createFeed, {
    path: '/api/feeds',
    as,
    body: { url: site.url, connectionIds: [channel], ...more },
  });
const followed = async (more: Record<string, unknown> = {}, as?: Person) => {
  const answer = await follow(more, as);
  expect(answer.status, answer.text).toBe(201);
  return answer.json.id;
};
const check = (id: string, as: Person = crew.owner) =>
  call<CheckAnswer & Refusal>(checkFeed, { path: `/api/feeds/${id}/check`, as });
const change = (id: string, body: unknown, as: Person = crew.owner) =>
  call<FeedView & Refusal>(changeFeed, { path: `/api/feeds/${id}`, as, body });
const read = async (id: string, as: Person = crew.owner) =>
  (await call<FeedView>(getFeed, { path: `/api/feeds/${id}`, as })).json;
const stored = (id: string) => core.db.get(singleton<CheckerDeps['repository']>('FeedRepository').ref(id));

/** What this test's website led to. */
async function posts(): Promise<Post[]> {
  const query = core.db.collection(postModel).where('organizationId', '==', crew.organizationId).limit(200);
  return (await core.db.find(query)).filter(({ master }) => master.text.includes(site.host));
}
const waiting = (id: string) => core.db.find(core.db.collection(feedItemModel).where('feedId', '==', id));
const checkerWith = (change: Partial<CheckerDeps>) =>
  new FeedChecker({ ...singleton<FeedChecker>('FeedChecker').deps, ...change });

describe('following a feed', () => {
  it('begins at the address of a website, and only remembers what is there', async () => {
    const preview = await call<FeedPreview>(previewFeed, {
      path: '/api/feeds/preview',
      as: crew.member,
      body: { url: `http://${site.host}/`, template: 'Read: {title} {link}' },
    });
    const link = `http://${site.host}/posts/old%20news`;
    expect(preview.json).toMatchObject({
      url: site.url,
      title: 'Fern Hill news',
      items: [{ title: 'old news', link, text: `Read: old news ${link}` }],
    });
    expect((await call(listFeeds, { path: '/api/feeds', as: crew.owner })).json.items).toEqual([]);
    const id = await followed();
    const before = await stored(id);
    expect((await check(id)).json).toEqual({
      outcome: 'unchanged',
      found: 0,
      posted: 0,
      waiting: 0,
      problem: null,
    });
    expect(site.answers.at(-1)?.status).toBe(304);
    const now = {
      nextPollAt: expect.any(Date),
      lastCheckedAt: expect.any(Date),
      updatedAt: expect.any(Date),
    };
    expect(await stored(id)).toEqual({ ...before, ...now });
    expect([await posts(), await waiting(id)]).toEqual([[], []]);
  });

  it('makes one draft of a new item, whoever looks how often, in whatever order', async () => {
    const id = await followed();
    site.publish('tulips & more');
    const checker = singleton<FeedChecker>('FeedChecker');
    const looks = await Promise.all([1, 2].map(() => checker.look(id, () => true)));
    expect(looks.map((one) => one?.posted ?? 0).sort()).toEqual([0, 1]);
    const link = `http://${site.host}/posts/tulips%20%26%20more`;
    expect(await posts()).toMatchObject([
      {
        status: 'draft',
        authorId: crew.owner.uid,
        channelIds: [channel],
        master: { text: `tulips & more\n\n${link}`, title: 'tulips & more', link },
      },
    ]);
    site.items = site.items
      .map((item, index) => ({ ...item, date: `Mon, 0${index + 2} Mar 2026 09:00:00 GMT` }))
      .reverse();
    expect((await check(id)).json).toMatchObject({ outcome: 'checked', found: 0, posted: 0 });
    expect(await posts()).toHaveLength(1);
    expect(await read(id)).toMatchObject({ posts: 1, waiting: 0, lastItem: { title: 'tulips & more' } });
  });

  it('takes five at a time, oldest first, and keeps the rest although the feed forgets it', async () => {
    const id = await followed();
    for (const name of ['1', '2', '3', '4', '5', '6']) site.publish(`story ${name}`);
    expect((await check(id)).json).toMatchObject({ found: 6, posted: 5, waiting: 1 });
    expect((await posts()).map(({ master }) => master.title)).not.toContain('story 6');
    site.items = [];
    site.publish('something else entirely');
    expect((await check(id)).json).toMatchObject({ found: 1, posted: 2, waiting: 0 });
    expect(await posts()).toHaveLength(7);
  });

  it.each(['before', 'after'] as const)(
    'neither loses nor doubles a post when it dies %s making it',
    async (when) => {
      const id = await followed();
      site.publish('one of a kind');
      const { posts: real } = singleton<FeedChecker>('FeedChecker').deps;
      const broken = checkerWith({
        posts: {
          ...real,
          create: async (...asked) => {
            if (when === 'after') await real.create(...asked);
            throw new Error('The process died.');
          },
        },
      });
      expect(await broken.look(id, () => true)).toMatchObject({ outcome: 'failed', problem: 'internal' });
      expect((await check(id)).json.posted).toBe(when === 'before' ? 1 : 0);
      expect(await posts()).toHaveLength(1);
      expect(await read(id)).toMatchObject({ posts: 1, waiting: 0, failures: 0 });
    },
  );
});

describe('what a feed posts', () => {
  it('goes out at once where asked to, and stays a draft that says why where a rule forbids it', async () => {
    const id = await followed({ mode: 'now' });
    site.publish('breaking');
    expect((await check(id)).json.posted).toBe(1);
    expect((await posts())[0]?.status).not.toBe('draft');
    await change(id, { template: `${'long '.repeat(390)}{link}` });
    site.publish('too long');
    expect((await check(id)).json.posted).toBe(1);
    expect((await posts()).find(({ master }) => master.title === 'too long')?.status).toBe('draft');
    const noted = await read(id);
    expect(noted.note).toMatchObject({
      code: 'kept_as_draft',
      detail: expect.stringContaining('over'),
    });
    await change(id, { mode: 'queue', template: 'Queued {link}', intervalMinutes: 1_440 });
    site.publish('nowhere to go');
    const day = Date.parse(`${(await read(id)).nextPollAt}`) - Date.now();
    expect(day).toBeGreaterThan(20 * 3600_000);
    expect((await check(id)).json.posted).toBe(1);
    const queued = (await posts()).find(({ master }) => master.title === 'nowhere to go');
    expect([queued?.status, (await read(id)).note?.code]).toEqual(['draft', 'kept_as_draft']);
  });

  it('goes to the channels that are left when one is disconnected', async () => {
    const extra = await sandboxChannel(crew.organizationId, crew.owner.uid);
    const id = await followed({ connectionIds: [extra, channel] });
    await call(disconnect, { path: `/api/accounts/${extra}`, as: crew.owner });
    site.publish('one door less');
    expect((await check(id)).json.posted).toBe(1);
    expect(await posts()).toMatchObject([{ channelIds: [channel] }]);
    expect((await read(id)).note?.code).toBe('channels_gone');
  });

  it('is written by the AI, or by the template as a draft when it cannot be', async () => {
    const id = await followed({ writer: 'ai', mode: 'now' });
    site.publish('robots');
    const poor = checkerWith({
      writer: {
        write: async () => {
          throw new InsufficientTokensError({
            available: 0,
            needed: 1,
            held: 0,
            nextRefreshDate: new Date(),
          });
        },
      },
    });
    expect(await poor.look(id, () => true)).toMatchObject({ posted: 1 });
    const link = `http://${site.host}/posts/robots`;
    expect(await posts()).toMatchObject([{ status: 'draft', master: { text: `robots\n\n${link}` } }]);
    expect((await read(id)).note?.code).toBe('ai_tokens');
    await change(id, { mode: 'draft' });
    site.publish('machines');
    expect((await check(id)).json.posted).toBe(1);
    const written = (await posts()).find(({ master }) => master.title === 'machines')?.master;
    expect(written?.text).toContain(`http://${site.host}/posts/machines`);
    expect(written?.text).not.toBe(`machines\n\n${written?.link}`);
    expect((await read(id)).note).toBeNull();
  });
});

describe('a website in trouble', () => {
  const troubles: [FeedTrouble, string][] = [
    [{ kind: 'status', status: 500 }, 'server_error'],
    [{ kind: 'redirect', to: 'http://169.254.169.254/latest/meta-data' }, 'blocked'],
    [{ kind: 'malformed' }, 'malformed'],
    [{ kind: 'huge' }, 'too_large'],
    [{ kind: 'truncated' }, 'unreachable'],
    [{ kind: 'status', status: 404 }, 'not_found'],
  ];

  it('is named, waited for, and after ten times given up with a notice', async () => {
    const id = await followed();
    const clock = new FixedClock(new Date());
    const checker = checkerWith({ clock, random: () => 0.5 });
    site.trouble = { kind: 'status', status: 429, retryAfter: '7200' };
    expect(await checker.look(id, () => true)).toMatchObject({ outcome: 'failed', problem: 'busy' });
    const asked = new Date(clock.now().getTime() + 7_200_000);
    expect(await read(id)).toMatchObject({ failures: 1, nextPollAt: asked.toISOString() });
    const answer = await check(id);
    expect([answer.status, Number(answer.headers.get('retry-after')) > 7_000]).toEqual([429, true]);
    for (const [index, [trouble, problem]] of troubles.entries()) {
      site.trouble = trouble;
      site.publish(`missed ${index}`);
      expect(await checker.look(id, () => true)).toMatchObject({ outcome: 'failed', problem });
    }
    expect(await read(id)).toMatchObject({ failures: 7, status: 'active', problem: 'not_found' });
    for (let left = 3; left > 0; left -= 1) await checker.look(id, () => true);
    expect(await read(id)).toMatchObject({ status: 'disabled', stopReason: 'exhausted', nextPollAt: null });
    expect((await check(id)).status).toBe(409);
    type Told = { items: { type: string; data: Record<string, unknown> }[] };
    const told = () => call<Told>(listNotifications, { path: '/api/notifications', as: crew.owner });
    const notice = await until(
      async () => (await told()).json.items.find(({ data }) => data.feedId === id),
      10_000,
      'a notice',
    );
    expect(notice).toMatchObject({ type: 'publishing.feed_stopped', data: { reason: 'exhausted' } });
    site.trouble = null;
    expect((await change(id, { status: 'active' })).json).toMatchObject({ status: 'active', failures: 0 });
    expect((await check(id)).json).toMatchObject({ outcome: 'checked', found: 6, posted: 5 });
  });

  it('is left at once when it says that it is gone', async () => {
    const id = await followed();
    site.trouble = { kind: 'status', status: 410 };
    // As cron does it: whatever is due.
    const later = new FixedClock(new Date(Date.now() + 3600_000));
    expect((await checkerWith({ clock: later }).sweep(() => true)).feeds).toBeGreaterThanOrEqual(1);
    expect(await read(id)).toMatchObject({ status: 'disabled', stopReason: 'gone' });
  });

  it('is refused when it is added', async () => {
    site.trouble = { kind: 'malformed' };
    const refused = await follow();
    expect([refused.status, refused.json.errors?.[0]?.path]).toEqual([400, 'body.url']);
    const inside = await follow({ url: 'http://169.254.169.254/feed' });
    expect([inside.status, inside.json.errors?.[0]?.path]).toEqual([400, 'body.url']);
  });
});

describe('who may', () => {
  it('is asked at the API and again at each look', async () => {
    expect((await follow({}, crew.viewer)).status).toBe(403);
    expect((await follow({ connectionIds: ['nothing'] })).json.errors?.[0]?.path).toBe(
      'body.connectionIds.0',
    );
    expect((await follow({ template: 'Nothing of it' })).json.errors?.[0]?.path).toBe('body.template');
    const id = await followed();
    expect((await call(getFeed, { path: `/api/feeds/${id}`, as: stranger })).status).toBe(404);
    expect((await check(id, stranger)).status).toBe(404);
    expect((await check(id, crew.viewer)).status).toBe(403);
    expect((await change(id, { mode: 'draft' }, crew.member)).status).toBe(403);
    const theirs = await followed({}, crew.member);
    const path = `/api/organizations/${crew.organizationId}/members/${crew.member.uid}`;
    expect((await call(removeMember, { path, as: crew.owner })).status).toBeLessThan(300);
    expect(
      await new OrganizationRepository(core.db).membership(crew.organizationId, crew.member.uid),
    ).toBeNull();
    site.publish('after they left');
    expect((await check(theirs)).json).toMatchObject({ outcome: 'stopped', posted: 0 });
    expect(await read(theirs)).toMatchObject({ status: 'paused', stopReason: 'author_gone' });
    const resumed = await change(theirs, { status: 'active' });
    expect(resumed.json).toMatchObject({ createdBy: crew.owner.uid, stopReason: null });
    expect((await check(theirs)).json.posted).toBe(1);
  });

  it('and a deleted feed leaves nothing behind but its posts', async () => {
    const id = await followed();
    for (const name of ['1', '2', '3', '4', '5', '6']) site.publish(`last ${name}`);
    await check(id);
    expect(await waiting(id)).toHaveLength(1);
    expect((await call(deleteFeed, { path: `/api/feeds/${id}`, as: crew.owner })).status).toBe(204);
    expect([await waiting(id), await stored(id)]).toEqual([[], null]);
    expect(await posts()).toHaveLength(5);
  });
});
