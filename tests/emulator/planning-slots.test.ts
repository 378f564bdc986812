import { call, type Person, team } from '@tests/support/accounts';
import { type Refusal, sandboxChannel } from '@tests/support/content';
import { postsApi as api } from '@tests/support/posts';
import { beforeAll, describe, expect, it } from 'vitest';
import { GET as BEST } from '@/app/api/analytics/best-times/route';
import { PATCH as CHANGE, DELETE as DROP } from '@/app/api/slots/[id]/route';
import { POST as ADD, GET as SLOTS } from '@/app/api/slots/route';
import { type BestTimes, subjectModel } from '@/features/analytics/schema';
import { bookingIdOf, bookingModel, type Slot, type SlotList } from '@/features/publishing/slots/schema';
import { core } from '@/server/core';

let organizationId: string;
let owner: Person;
let ann: Person;
let stranger: Person;
let channel: string;

beforeAll(async () => {
  ({ organizationId, owner, ann } = await team({ ann: 'member' }));
  stranger = (await team()).owner;
  channel = await sandboxChannel(organizationId, owner.uid);
});

const slotBody = (over: object = {}) => ({
  connectionId: channel,
  weekday: 1,
  localTime: '09:00',
  zone: 'Europe/Berlin',
  ...over,
});
const add = (as: Person, body: object) =>
  call<Slot & Refusal>(ADD, { method: 'POST', path: '/api/slots', body, as });
const list = (as: Person) => call<SlotList>(SLOTS, { path: '/api/slots', as });
const queued = (as: Person, channels = [channel]) =>
  api.create(as, {
    master: { text: `Queued ${Math.random()}` },
    channels: channels.map((connectionId) => ({ connectionId })),
    schedule: { mode: 'queue' },
  });
const dueOf = (answer: Awaited<ReturnType<typeof queued>>) => String(answer.json.runs[0]?.dueAt);
const booking = (connectionId: string, dueAt: string) =>
  core.db.get(core.db.doc(bookingModel, bookingIdOf(connectionId, new Date(dueAt))));

describe('queue slots', () => {
  it('a channel without slots says so, by its path', async () => {
    const answer = await queued(ann);
    expect([answer.status, answer.json.errors?.[0]?.path]).toEqual([400, 'body.channels.0.connectionId']);
  });

  it('are added once, changed and deleted by whoever manages channels', async () => {
    expect((await add(ann, slotBody())).status).toBe(403);
    const made = await add(owner, slotBody({ label: 'Week start' }));
    expect([made.status, made.json.label]).toEqual([201, 'Week start']);
    expect((await add(owner, slotBody())).status).toBe(409);
    expect((await add(owner, slotBody({ connectionId: 'nope' }))).json.errors?.[0]?.path).toBe(
      'body.connectionId',
    );
    expect((await add(owner, slotBody({ localTime: '25:00' }))).json.errors?.[0]?.path).toBe(
      'body.localTime',
    );
    const path = `/api/slots/${made.json.id}`;
    const moved = await call<Slot>(CHANGE, {
      method: 'PATCH',
      path,
      body: { localTime: '10:15' },
      as: owner,
    });
    expect([moved.status, moved.json.localTime]).toEqual([200, '10:15']);
    const foreign = await call(CHANGE, { method: 'PATCH', path, body: { localTime: '11:15' }, as: stranger });
    expect(foreign.status).toBe(404);
    expect((await call(DROP, { method: 'DELETE', path, as: owner })).status).toBe(204);
    expect((await list(ann)).json).toEqual({ items: [], next: [] });
  });

  it('many at once each take a slot of their own, in order and without gaps', async () => {
    const own = await sandboxChannel(organizationId, owner.uid);
    for (const weekday of [1, 2, 3, 4, 5, 6, 7]) await add(owner, slotBody({ connectionId: own, weekday }));
    const answers = await Promise.all(Array.from({ length: 5 }, () => queued(ann, [own])));
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 201, 201]);
    const dues = answers.map((answer) => Date.parse(dueOf(answer))).sort();
    expect(new Set(dues).size).toBe(5);
    const days = dues.map((due) => Math.round(((due - (dues[0] ?? 0)) / 86_400_000) * 10) / 10);
    for (const [index, day] of days.entries()) expect(Math.abs(day - index)).toBeLessThan(0.1);
    expect(answers.every(({ json }) => json.runs[0]?.slotId && json.post.schedule.chosenBy === 'queue')).toBe(
      true,
    );
    const next = (await list(ann)).json.next.find((one) => one.connectionId === own);
    expect(new Date(String(next?.dueAt)).getTime()).toBeGreaterThan(Math.max(...dues));
  });

  it('come free again when the post moves, is withdrawn, or goes back to a draft; a post planned by hand takes one too', async () => {
    const own = await sandboxChannel(organizationId, owner.uid);
    await add(owner, slotBody({ connectionId: own, weekday: 3 }));
    const first = await queued(ann, [own]);
    const due = dueOf(first);
    expect(await booking(own, due)).toMatchObject({ postId: first.json.post.id, organizationId });

    const at = { mode: 'at', localTime: '2031-06-01T10:00', zone: 'Europe/Berlin' };
    const moved = await api.change(ann, first.json.post.id, 1, { schedule: at });
    expect(moved.json.runs[0]).toMatchObject({ slotId: null, dueAt: '2031-06-01T08:00:00.000Z' });
    expect(await booking(own, due)).toBeNull();

    const second = await queued(ann, [own]);
    expect(dueOf(second)).toBe(due);
    expect((await api.remove(ann, second.json.post.id)).status).toBe(202);
    expect(await booking(own, due)).toBeNull();

    const third = await queued(ann, [own]);
    expect(dueOf(third)).toBe(due);
    await api.change(ann, third.json.post.id, 1, { schedule: { mode: 'draft' } });
    expect(await booking(own, due)).toBeNull();

    const byHand = { mode: 'at', localTime: due.slice(0, 16), zone: 'UTC' };
    await api.change(ann, third.json.post.id, 2, { schedule: byHand });
    expect(dueOf(await queued(ann, [own]))).not.toBe(due);
  });

  it('an edit of the text keeps the slot', async () => {
    const own = await sandboxChannel(organizationId, owner.uid);
    await add(owner, slotBody({ connectionId: own, weekday: 5 }));
    const { post, runs } = (await queued(ann, [own])).json;
    const edited = await api.change(ann, post.id, 1, { master: { text: 'Better' } });
    expect(edited.json.runs[0]).toMatchObject({ slotId: runs[0]?.slotId, dueAt: runs[0]?.dueAt });
    expect(await booking(own, String(runs[0]?.dueAt))).not.toBeNull();
  });

  it('each channel of a post has its own time, and one of them can be moved alone', async () => {
    const [one, two] = await Promise.all([1, 2].map(() => sandboxChannel(organizationId, owner.uid)));
    if (!one || !two) throw new Error('expected channels');
    await add(owner, slotBody({ connectionId: one, localTime: '08:00' }));
    await add(owner, slotBody({ connectionId: two, localTime: '20:00' }));
    const { post, runs } = (await queued(ann, [one, two])).json;
    expect(new Set(runs.map((run) => run.dueAt)).size).toBe(2);
    const at = { mode: 'at', localTime: '2031-06-01T10:00', zone: 'Europe/Berlin' };
    const moved = await api.change(ann, post.id, 1, { schedule: at, connectionIds: [two] });
    expect(moved.status, moved.text).toBe(200);
    const dues = Object.fromEntries(moved.json.runs.map((run) => [run.connectionId, run.dueAt]));
    expect(dues).toEqual({
      [one]: runs.find((run) => run.connectionId === one)?.dueAt,
      [two]: '2031-06-01T08:00:00.000Z',
    });
    expect(moved.json.post.schedule.dueAt).toBe(post.schedule.dueAt);
    const wrong = await api.change(ann, post.id, 2, { schedule: at, connectionIds: [channel] });
    expect(wrong.json.errors?.[0]?.path).toBe('body.connectionIds.0');
  });
});

describe('best times', () => {
  const DAY = 86_400_000;
  const measured = (connectionId: string, count: number) =>
    Promise.all(
      Array.from({ length: count }, (_, index) => {
        const good = index % 2 === 0;
        const monday = Math.floor((Date.now() - 4 * DAY) / (7 * DAY)) * 7 * DAY + 4 * DAY;
        const since = new Date(monday - (1 + (index % 10)) * 7 * DAY + (good ? 9 : 33) * 3_600_000);
        return core.db.create(core.db.doc(subjectModel, core.ids.next('run')), {
          organizationId,
          connectionId,
          platform: 'sandbox',
          kind: 'post',
          postId: null,
          permalink: null,
          since,
          month: since.toISOString().slice(0, 7),
          latest: {},
          engagements: good ? 40 : 4,
          measuredAt: new Date(since.getTime() + DAY),
          nextPullAt: null,
          step: 9,
          failures: 0,
          stopped: null,
        });
      }),
    );
  const ask = (as: Person, connectionId: string) =>
    call<BestTimes>(BEST, { path: `/api/analytics/best-times?connectionId=${connectionId}&zone=UTC`, as });
  const best = (connectionId: string) =>
    api.create(ann, {
      master: { text: `Best ${Math.random()}` },
      channels: [{ connectionId }],
      schedule: { mode: 'best', zone: 'UTC' },
    });

  it('are not invented', async () => {
    const own = await sandboxChannel(organizationId, owner.uid);
    await measured(own, 19);
    expect((await ask(ann, own)).json).toMatchObject({ enough: false, posts: 19, needed: 20, hours: [] });
    const refused = await best(own);
    expect([refused.status, refused.json.errors?.[0]?.path]).toEqual([400, 'body.channels.0.connectionId']);
    expect((await ask(stranger, own)).status).toBe(404);
  });

  it('come from the channel’s own posts, one hour for each post', async () => {
    const own = await sandboxChannel(organizationId, owner.uid);
    await measured(own, 20);
    const { json } = await ask(ann, own);
    expect(json).toMatchObject({ enough: true, posts: 20 });
    expect(json.hours[0]).toMatchObject({ weekday: 1, hour: 9, posts: 10 });
    const [first, second] = [await best(own), await best(own)];
    const hours = [first, second].map((answer) => String(answer.json.runs[0]?.localTime));
    expect(hours.map((hour) => hour.slice(11))).toEqual(['09:00', '09:00']);
    expect(new Date(`${hours[0]}Z`).getUTCDay()).toBe(1);
    expect(hours[1]).not.toBe(hours[0]);
    expect(first.json.post.schedule).toMatchObject({ chosenBy: 'best', mode: 'at' });
  });
});
