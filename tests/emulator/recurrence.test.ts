import { call, type Person, team } from '@tests/support/accounts';
import { type Refusal, sandboxChannel } from '@tests/support/content';
import { postsApi as api } from '@tests/support/posts';
import { beforeAll, describe, expect, it } from 'vitest';
import { PATCH as CHANGE, DELETE as END, GET as SERIES } from '@/app/api/recurrences/[id]/route';
import { outboxModel } from '@/core/events/outbox';
import { singleton } from '@/core/singletons';
import { localOf } from '@/core/time/zones';
import type { CachedDirectory } from '@/features/auth/access-cache';
import { SeriesMaterialiser } from '@/features/content/recurrence/materialising';
import { occurrenceIdOf, type Series } from '@/features/content/recurrence/schema';
import { type Post, postModel } from '@/features/content/schema';
import { memberModel } from '@/features/organizations/schema';
import { core } from '@/server/core';

const ZONE = 'Europe/Berlin';
const DAY = 86_400_000;

let organizationId: string;
let owner: Person;
let ann: Person;
let ben: Person;
let stranger: Person;
let channel: string;

beforeAll(async () => {
  ({ organizationId, owner, ann, ben } = await team({ ann: 'member', ben: 'member' }));
  stranger = (await team()).owner;
  channel = await sandboxChannel(organizationId, owner.uid);
});

/** Ten in the morning, so many days from now. */
const tenOn = (days: number) => `${localOf(new Date(Date.now() + days * DAY), ZONE).slice(0, 10)}T10:00`;
const repeat = (rrule: string, over: object = {}) => ({
  mode: 'at',
  localTime: tenOn(2),
  zone: ZONE,
  rrule,
  ...over,
});
const begin = async (rrule = 'FREQ=WEEKLY', over: object = {}) => {
  const answer = await api.create(ann, {
    master: { text: `Every week ${Math.random()}` },
    channels: [{ connectionId: channel }],
    schedule: repeat(rrule),
    ...over,
  });
  expect(answer.status, answer.text).toBe(201);
  const id = answer.json.post.series?.id;
  if (!id) throw new Error('expected a series');
  return { id, first: answer.json.post };
};
const reconcile = (id: string) => SeriesMaterialiser.getInstance().reconcile(id);
const postsOf = async (id: string): Promise<Post[]> => {
  const rows = await core.db.find(
    core.db
      .collection(postModel)
      .where('organizationId', '==', organizationId)
      .where('series.id', '==', id)
      .where('series.localTime', '>=', '2020-01-01T00:00')
      .orderBy('series.localTime'),
  );
  return rows;
};
const planned = async (id: string) => (await postsOf(id)).filter((post) => post.status === 'scheduled');
const localTimes = (posts: readonly Post[]) => posts.map((post) => post.series?.localTime);
const weekly = (count: number, from = 0) =>
  Array.from({ length: count }, (_, week) => tenOn(2 + (from + week) * 7));
const at = (id: string) => ({ path: `/api/recurrences/${id}` });
const change = (as: Person, id: string, version: number, body: object) =>
  call<Series & Refusal>(CHANGE, {
    ...at(id),
    method: 'PATCH',
    as,
    body,
    headers: { 'if-match': `"${version}"` },
  });

describe('a post that repeats', () => {
  it('is the first of its series; the others are posts for sixty days, made once however often', async () => {
    const { id, first } = await begin();
    expect(first).toMatchObject({ status: 'scheduled', series: { id, localTime: tenOn(2) } });
    // The event of the beginning does the same at the same time.
    await Promise.all([reconcile(id), reconcile(id), reconcile(id)]);
    const posts = await postsOf(id);
    expect(localTimes(posts)).toEqual(weekly(9));
    expect(posts.slice(1).map((post) => post.id)).toEqual(
      weekly(8, 1).map((time) => occurrenceIdOf(id, time)),
    );
    expect(posts.every((post) => post.schedule.localTime === post.series?.localTime)).toBe(true);
    expect(await reconcile(id)).toBe(0);
    const known = (await call<Series>(SERIES, { ...at(id), as: ben })).json;
    expect(known).toMatchObject({ status: 'active', problem: null, version: 1 });
    expect(Date.parse(String(known.materialisedTo))).toBeGreaterThan(Date.now() + 59 * DAY);
    expect((await call(SERIES, { ...at(id), as: stranger })).status).toBe(404);
    const events = await core.db.find(core.db.collection(outboxModel).where('event', '==', 'series.changed'));
    expect(events.some((event) => event.payload.includes(id))).toBe(true);
  });

  it('may begin with a draft, and only once', async () => {
    const draft = await api.create(ann, { master: { text: 'Draft' }, channels: [{ connectionId: channel }] });
    const { id } = draft.json.post;
    const begun = await api.change(ann, id, 1, { schedule: repeat('FREQ=DAILY;COUNT=2') });
    expect(begun.json.post.series, begun.text).toBeDefined();
    const again = await api.change(ann, id, 2, { schedule: repeat('FREQ=DAILY') });
    expect([again.status, again.json.errors?.[0]?.path]).toEqual([400, 'body.schedule.rrule']);
  });

  it('is refused with a rule that cannot be, and nothing is written', async () => {
    for (const rrule of ['FREQ=HOURLY', 'nonsense', 'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30']) {
      const answer = await api.create(ann, {
        master: { text: 'x' },
        channels: [{ connectionId: channel }],
        schedule: repeat(rrule),
      });
      expect([answer.status, answer.json.errors?.[0]?.path]).toEqual([400, 'body.schedule.rrule']);
    }
  });
});

describe('changing', () => {
  it('one occurrence leaves the others; all leaves that one', async () => {
    const { id } = await begin('FREQ=WEEKLY;COUNT=4');
    await reconcile(id);
    const [, second] = await postsOf(id);
    if (!second) throw new Error('expected posts');
    await api.change(ann, second.id, 1, { master: { text: 'My own words' } });
    expect((await change(ben, id, 1, { scope: 'all', master: { text: 'New' } })).status).toBe(403);
    expect((await change(ann, id, 7, { scope: 'all', master: { text: 'New' } })).json.code).toBe(
      'stale_version',
    );
    const changed = await change(ann, id, 1, { scope: 'all', master: { text: 'New' }, tags: ['weekly'] });
    expect([changed.status, changed.json.version], changed.text).toEqual([200, 2]);
    await reconcile(id);
    await reconcile(id);
    const posts = await planned(id);
    expect(posts.map((post) => post.master.text)).toEqual(['New', 'My own words', 'New', 'New']);
    expect(posts.map((post) => post.version)).toEqual([2, 2, 2, 2]);
    const long = await change(ann, id, 2, { scope: 'all', master: { text: 'x'.repeat(60_000) } });
    expect(long.json.code).toBe('rules_violated');
  });

  it('those that follow begin a series of their own, at another time', async () => {
    const { id } = await begin('FREQ=WEEKLY;COUNT=5');
    await reconcile(id);
    const from = tenOn(16);
    const later = `${from.slice(0, 10)}T18:30`;
    const body = { scope: 'following', from, schedule: { localTime: later, zone: ZONE }, tags: ['evening'] };
    const next = await change(ann, id, 1, body);
    expect(next.status, next.text).toBe(200);
    expect(next.json).toMatchObject({ rrule: 'FREQ=WEEKLY;COUNT=3', localTime: later, version: 1 });
    await Promise.all([reconcile(id), reconcile(next.json.id)]);
    expect(localTimes(await planned(id))).toEqual(weekly(2));
    const evening = await planned(next.json.id);
    expect(localTimes(evening)).toEqual(weekly(3, 2).map((time) => time.replace('10:00', '18:30')));
    expect(evening.every((post) => post.tags[0] === 'evening')).toBe(true);
    const nowhere = await change(ann, next.json.id, 1, { scope: 'following', from: tenOn(3), tags: [] });
    expect(nowhere.json.errors?.[0]?.path).toBe('body.from');
  });

  it('ending takes what is to come, and keeps what was withdrawn withdrawn', async () => {
    const { id } = await begin('FREQ=WEEKLY;COUNT=5');
    await reconcile(id);
    const [, second] = await postsOf(id);
    await api.remove(ann, String(second?.id));
    await reconcile(id);
    expect(localTimes(await planned(id))).toEqual([...weekly(1), ...weekly(3, 2)]);
    const ended = await call<Series>(END, {
      path: `/api/recurrences/${id}?from=${encodeURIComponent(tenOn(16))}`,
      method: 'DELETE',
      as: ann,
      headers: { 'if-match': '"1"' },
    });
    expect([ended.status, ended.json.status]).toEqual([200, 'ended']);
    await reconcile(id);
    expect(localTimes(await planned(id))).toEqual(weekly(1));
    expect((await change(ann, id, 2, { scope: 'all', tags: [] })).status).toBe(409);
  });
});

describe('the nightly upkeep', () => {
  it('carries a series on, and says why it cannot when its author has left', async () => {
    const { id } = await begin('FREQ=WEEKLY');
    await reconcile(id);
    const all = await postsOf(id);
    // As it was a week ago: the last post does not exist yet.
    const last = all.at(-1);
    if (!last) throw new Error('expected posts');
    await core.db.delete(core.db.doc(postModel, last.id));
    for (const run of await core.db.firestore
      .collection('scheduled_posts')
      .where('postId', '==', last.id)
      .get()
      .then((found) => found.docs))
      await run.ref.delete();
    await core.db.firestore
      .doc(`recurrences/${id}`)
      .update({ materialisedTo: new Date(Date.now() + 50 * DAY) });
    await SeriesMaterialiser.getInstance().sweep({ until: new Date(Date.now() + 50_000) });
    expect(await planned(id)).toHaveLength(all.length);
    const ref = core.db.doc(memberModel, ann.uid, { orgId: organizationId });
    await core.db.update(ref, { role: 'viewer' });
    await singleton<CachedDirectory>('CachedDirectory').forgetMembers(organizationId);
    await reconcile(id);
    expect((await call<Series>(SERIES, { ...at(id), as: owner })).json.problem).toMatch(/may not publish/);
  });
});
