import { call, type Person, team } from '@tests/support/accounts';
import { type Refusal, sandboxChannel } from '@tests/support/content';
import { postsApi as api } from '@tests/support/posts';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { GET as CALENDAR } from '@/app/api/calendar/route';
import { POST as ADD } from '@/app/api/slots/route';
import { metrics } from '@/core/telemetry/metrics';
import { postModel } from '@/features/content/schema';
import type { CalendarAnswer } from '@/features/publishing/calendar/schema';
import { newRun } from '@/features/publishing/planning';
import { runModel } from '@/features/publishing/schema';
import { core } from '@/server/core';

let organizationId: string;
let owner: Person;
let ann: Person;
let viewer: Person;
let stranger: Person;
let channel: string;

beforeAll(async () => {
  ({ organizationId, owner, ann, viewer } = await team({ ann: 'member', viewer: 'viewer' }));
  stranger = (await team()).owner;
  channel = await sandboxChannel(organizationId, owner.uid);
});

const look = (as: Person, query: Record<string, string>) =>
  call<CalendarAnswer & Refusal>(CALENDAR, { path: `/api/calendar?${new URLSearchParams(query)}`, as });
const march = { from: '2031-03-01T00:00:00Z', to: '2031-04-01T00:00:00Z', zone: 'Europe/Berlin' };
const plan = async (localTime: string, over: object = {}) =>
  (
    await api.create(ann, {
      master: { text: `\n  At ${localTime}\nmore` },
      channels: [{ connectionId: channel }],
      schedule: { mode: 'at', localTime, zone: 'Europe/Berlin' },
      ...over,
    })
  ).json;

describe('calendar', () => {
  it('shows what is planned, which slots are free, and what is too close; not what was withdrawn', async () => {
    for (const localTime of ['09:00', '18:00'])
      await call(ADD, {
        method: 'POST',
        path: '/api/slots',
        body: { connectionId: channel, weekday: 1, localTime, zone: 'Europe/Berlin', label: 'Start' },
        as: owner,
      });
    const [first, close, gone] = [
      await plan('2031-03-03T09:00', { tags: ['spring'] }),
      await plan('2031-03-03T09:10'),
      await plan('2031-03-05T12:00'),
    ];
    await api.remove(ann, gone.post.id);
    const { status, json, text } = await look(viewer, march);
    expect(status, text).toBe(200);
    expect(json.items.map((item) => [item.postId, item.shownAt, item.text])).toEqual([
      [first.post.id, '2031-03-03T09:00', 'At 2031-03-03T09:00'],
      [close.post.id, '2031-03-03T09:10', 'At 2031-03-03T09:10'],
    ]);
    expect(json.items[0]).toMatchObject({ status: 'scheduled', version: 1, tags: ['spring'], sandbox: true });
    expect(json.conflicts).toEqual([
      { connectionId: channel, runIds: [first.runs[0]?.id, close.runs[0]?.id] },
    ]);
    // Five Mondays, two slots each; the clocks change on the 30th.
    expect(json.slots).toHaveLength(10);
    expect(json.slots.filter((slot) => slot.takenBy)).toEqual([
      expect.objectContaining({ shownAt: '2031-03-03T09:00', takenBy: first.runs[0]?.id }),
    ]);
    expect(json.slots.slice(-2).map((slot) => slot.at)).toEqual([
      '2031-03-31T07:00:00.000Z',
      '2031-03-31T16:00:00.000Z',
    ]);
    expect(json.cursor).toBeNull();
    const tagged = await look(viewer, { ...march, tag: 'spring', author: ann.uid, channel });
    expect(tagged.json.items.map((item) => item.postId)).toEqual([first.post.id]);
    expect(tagged.json.conflicts).toHaveLength(1);
    expect((await look(viewer, { ...march, status: 'published' })).json.items).toEqual([]);
  });

  it('people in three zones see the same instants on their own clocks', async () => {
    const { runs } = await plan('2031-03-30T03:30');
    const seen = await Promise.all(
      ['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe'].map(async (zone) => {
        const { json } = await look(viewer, { ...march, zone });
        const item = json.items.find((one) => one.id === runs[0]?.id);
        return [item?.dueAt, item?.shownAt, item?.zone];
      }),
    );
    const instant = '2031-03-30T01:30:00.000Z';
    expect(seen).toEqual([
      [instant, '2031-03-30T03:30', 'Europe/Berlin'],
      [instant, '2031-03-29T21:30', 'Europe/Berlin'],
      [instant, '2031-03-30T12:30', 'Europe/Berlin'],
    ]);
  });

  it('is closed to strangers, and says what is wrong with a question', async () => {
    expect((await look(stranger, march)).json.items).toEqual([]);
    const path = async (query: Record<string, string>) =>
      (await look(viewer, query)).json.errors?.map((fault) => fault.path);
    expect(await path({ ...march, to: '2031-06-01T00:00:00Z' })).toEqual(['query.to']);
    expect(await path({ ...march, to: march.from })).toEqual(['query.to']);
    expect(await path({ ...march, zone: 'Mars/Base' })).toEqual(['query.zone']);
  });

  it('answers 2,000 entries of a month with three questions, and leads on', async () => {
    const { organizationId: big, owner: other } = await team();
    const { post } = await plan('2031-05-01T09:00');
    const source = await core.db.get(core.db.doc(postModel, post.id));
    if (!source) throw new Error('expected a post');
    const { id: _, createdAt: __, updatedAt: ___, ...blank } = source;
    const rows = Array.from({ length: 2_001 }, (_, index) => index);
    for (let start = 0; start < rows.length; start += 240) {
      const batch = core.db.batch();
      for (const row of rows.slice(start, start + 240)) {
        const postId = `post_${big}_${Math.floor(row / 3)}`;
        const copy = { ...blank, organizationId: big };
        if (row % 3 === 0) batch.create(core.db.doc(postModel, postId), copy as typeof source);
        const dueAt = new Date(Date.UTC(2031, 2, 1) + row * 60_000);
        const planned = { connectionId: `ch_${row % 3}`, platform: 'sandbox' as const, dueAt };
        const run = newRun(
          { ...copy, id: postId },
          { ...planned, localTime: '2031-03-01T00:00', zone: 'UTC', needsApproval: false, contentHash: 'x' },
          core.clock.now(),
        );
        batch.create(core.db.doc(runModel, `${postId}_${row % 3}`), run as never);
      }
      await batch.commit();
    }
    const asked = vi.spyOn(metrics, 'query');
    const { json } = await look(other, march);
    const about = new Set(['scheduled_posts', 'content_posts', 'queue_slots', 'unknown']);
    const questions = asked.mock.calls.filter(([facts]) => about.has(facts.table));
    asked.mockRestore();
    expect(json.items).toHaveLength(2_000);
    expect(questions.map(([facts]) => facts.table).sort()).toEqual([
      'content_posts',
      'scheduled_posts',
      'unknown',
    ]);
    const rest = await look(other, { ...march, cursor: String(json.cursor) });
    expect([rest.json.items.length, rest.json.cursor]).toEqual([1, null]);
  }, 60_000);
});
