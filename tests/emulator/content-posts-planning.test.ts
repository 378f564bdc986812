import { type Person, team } from '@tests/support/accounts';
import { sandboxChannel } from '@tests/support/content';
import { postsApi as api, eventsOf, later, newsroom, runsOf } from '@tests/support/posts';
import { beforeAll, describe, expect, it } from 'vitest';
import type { PostWithRuns } from '@/features/content/answer-schema';
import { postModel } from '@/features/content/schema';
import { organizationModel } from '@/features/organizations/schema';
import { connectionModel } from '@/features/platforms/schema';
import { runModel } from '@/features/publishing/schema';
import { core } from '@/server/core';

let organizationId: string;
let owner: Person;
let ann: Person;
let channel: string;
let second: string;

beforeAll(async () => {
  ({ organizationId, owner, ann, channel, second } = await newsroom());
});

const text = (words: string) => ({ text: words });
const draft = (over: object = {}) => ({
  master: text('Hello'),
  channels: [{ connectionId: channel }],
  ...over,
});
const stored = (id: string) => core.db.get(core.db.doc(postModel, id));

describe('planning', () => {
  it('makes the post and its runs together', async () => {
    const answer = await api.create(
      ann,
      draft({
        channels: [{ connectionId: channel }, { connectionId: second, variant: { text: 'Second' } }],
        schedule: later,
      }),
    );
    expect(answer.status, answer.text).toBe(201);
    const { post, runs } = answer.json;
    expect(post).toMatchObject({
      status: 'scheduled',
      schedule: {
        mode: 'at',
        localTime: '2031-06-01T10:00',
        zone: 'Europe/Berlin',
        dueAt: '2031-06-01T08:00:00.000Z',
      },
    });
    expect(runs.map((run) => [run.id, run.status, run.dueAt]).sort()).toEqual(
      [channel, second].map((id) => [`${post.id}_${id}`, 'scheduled', '2031-06-01T08:00:00.000Z']).sort(),
    );
    const documents = await runsOf(post.id);
    expect(new Set(documents.map((run) => run.contentHash)).size).toBe(2);
    expect(
      documents.every((run) => run.localTime === '2031-06-01T10:00' && run.zone === 'Europe/Berlin'),
    ).toBe(true);
    expect(await eventsOf(post.id)).toEqual(['post.created', 'post.scheduled']);
  });

  it('takes the second of two equal wall times when asked', async () => {
    const overlap = { mode: 'at', localTime: '2030-10-27T02:30', zone: 'Europe/Berlin' };
    const first = await api.create(ann, draft({ schedule: overlap }));
    const other = await api.create(ann, draft({ schedule: { ...overlap, disambiguation: 'later' } }));
    expect([first, other].map(({ json }) => json.runs[0]?.dueAt)).toEqual([
      '2030-10-27T00:30:00.000Z',
      '2030-10-27T01:30:00.000Z',
    ]);
  });

  it('plans a draft, moves it, and takes it back', async () => {
    const { post } = (await api.create(ann, draft())).json;
    const planned = await api.change(ann, post.id, 1, { schedule: later });
    expect(planned.json.post).toMatchObject({ status: 'scheduled', version: 2 });
    const moved = await api.change(ann, post.id, 2, {
      schedule: { ...later, localTime: '2031-06-02T10:00' },
    });
    expect(moved.json.runs.map((run) => run.dueAt)).toEqual(['2031-06-02T08:00:00.000Z']);
    const back = await api.change(ann, post.id, 3, { schedule: { mode: 'draft' } });
    expect(back.json.post).toMatchObject({ status: 'draft', schedule: { mode: 'draft' } });
    expect((await runsOf(post.id)).map((run) => run.status)).toEqual(['cancelled']);
    const again = await api.change(ann, post.id, 4, { schedule: later });
    expect([again.json.post.status, again.json.runs.map((run) => run.status)]).toEqual([
      'scheduled',
      ['scheduled'],
    ]);
  });

  it('carries an edit of the text to the runs it touches, and only to those', async () => {
    const { post } = (
      await api.create(
        ann,
        draft({
          channels: [{ connectionId: channel }, { connectionId: second, variant: { text: 'Own' } }],
          schedule: later,
        }),
      )
    ).json;
    const before = new Map((await runsOf(post.id)).map((run) => [run.connectionId, run.contentHash]));
    expect((await api.change(ann, post.id, 1, { master: text('Hello again') })).status).toBe(200);
    const after = new Map((await runsOf(post.id)).map((run) => [run.connectionId, run.contentHash]));
    expect(after.get(channel)).not.toBe(before.get(channel));
    expect(after.get(second)).toBe(before.get(second));
  });

  it('takes channels in and out of a planned post', async () => {
    const { post } = (await api.create(ann, draft({ schedule: later }))).json;
    const swapped = await api.change(ann, post.id, 1, { channels: [{ connectionId: second }] });
    expect(swapped.status, swapped.text).toBe(200);
    const states = Object.fromEntries((await runsOf(post.id)).map((run) => [run.connectionId, run.status]));
    expect(states).toEqual({ [channel]: 'cancelled', [second]: 'scheduled' });
    const back = await api.change(ann, post.id, 2, {
      channels: [{ connectionId: second }, { connectionId: channel }],
    });
    expect(back.json.runs.map((run) => run.status)).toEqual(['scheduled', 'scheduled']);
  });

  it('removes what is cleared, and keeps what is not named', async () => {
    const { post } = (await api.create(ann, draft({ firstComment: 'x', thread: ['y'], tags: ['t'] }))).json;
    const changed = await api.change(ann, post.id, 1, { firstComment: null, thread: null });
    expect(changed.json.post).not.toHaveProperty('firstComment');
    expect(changed.json.post).not.toHaveProperty('thread');
    expect(changed.json.post).toMatchObject({ tags: ['t'], master: { text: 'Hello' } });
  });

  it('validates what a planned post becomes, not only what it was', async () => {
    const { post } = (await api.create(ann, draft({ schedule: later }))).json;
    const answer = await api.change(ann, post.id, 1, { master: text('') });
    expect([answer.status, answer.json.code]).toEqual([400, 'rules_violated']);
    expect((await stored(post.id))?.version).toBe(1);
  });
});

describe('too late', () => {
  /** As publishing leaves it from the intent on. */
  async function sent(
    postId: string,
    connectionId: string,
    status: 'committing' | 'published',
  ): Promise<void> {
    await core.db.update(core.db.doc(runModel, `${postId}_${connectionId}`), {
      status,
      nextActionAt: status === 'published' ? null : new Date(Date.now() + 60_000),
      parts: [
        {
          key: 'root',
          status: status === 'published' ? 'published' : 'waiting',
          platformPostId: null,
          permalink: null,
          extra: {},
          publishedAt: null,
        },
      ],
    });
  }

  it.each(['committing', 'published'] as const)('nothing that touches a %s run changes', async (status) => {
    const { post } = (await api.create(ann, draft({ schedule: later }))).json;
    await sent(post.id, channel, status);
    const before = await stored(post.id);
    const tries = [
      api.change(ann, post.id, 1, { master: text('Changed') }),
      api.change(ann, post.id, 1, { channels: [{ connectionId: second }] }),
      api.change(ann, post.id, 1, { schedule: { mode: 'draft' } }),
      api.change(ann, post.id, 1, { schedule: { ...later, localTime: '2031-07-01T10:00' } }),
    ];
    for (const answer of await Promise.all(tries)) {
      expect([answer.status, answer.json.code], answer.text).toEqual([409, 'too_late']);
    }
    expect(await stored(post.id)).toEqual(before);
    // What is not published may change: tags are ours.
    expect((await api.change(ann, post.id, 1, { tags: ['x'] })).status).toBe(200);
  });

  it('the other channels of a post that is partly out can still change', async () => {
    const { post } = (
      await api.create(
        ann,
        draft({ channels: [{ connectionId: channel }, { connectionId: second }], schedule: later }),
      )
    ).json;
    await sent(post.id, channel, 'published');
    const own = [{ connectionId: channel }, { connectionId: second, variant: { text: 'Better' } }];
    const changed = await api.change(ann, post.id, 1, { channels: own });
    expect(changed.status, changed.text).toBe(200);
    const moved = await api.change(ann, post.id, 2, {
      schedule: { ...later, localTime: '2031-07-01T10:00' },
    });
    expect(moved.status, moved.text).toBe(200);
    const due = Object.fromEntries(moved.json.runs.map((run) => [run.connectionId, run.dueAt]));
    expect(due).toEqual({ [channel]: '2031-06-01T08:00:00.000Z', [second]: '2031-07-01T08:00:00.000Z' });
    const left = await api.change(ann, post.id, 3, { channels: [{ connectionId: channel }] });
    expect(left.json.runs.map((run) => run.status).sort()).toEqual(['cancelled', 'published']);
  });
});

describe('approval', () => {
  it('a member’s post waits where the channel asks for it, whoever may approve does so by planning, an edit voids it', async () => {
    const guarded = await sandboxChannel(organizationId, owner.uid);
    const ref = core.db.doc(connectionModel, guarded);
    const connection = await core.db.get(ref);
    if (!connection) throw new Error('no channel');
    await core.db.update(ref, { settings: { ...connection.settings, requiresApproval: true } });
    const body = draft({ channels: [{ connectionId: guarded }, { connectionId: channel }], schedule: later });
    const { post, runs } = (await api.create(ann, body)).json;
    const statusOf = (list: PostWithRuns['runs']) =>
      Object.fromEntries(list.map((run) => [run.connectionId, run.status]));
    expect(post.approval).toMatchObject({ status: 'in_review', hash: post.contentHash });
    expect(statusOf(runs)).toEqual({ [guarded]: 'pending_approval', [channel]: 'scheduled' });
    expect(await eventsOf(post.id)).toContain('post.submitted');
    const approved = await api.change(owner, post.id, 1, { schedule: later });
    expect(approved.json.post.approval).toMatchObject({
      status: 'approved',
      by: owner.uid,
      hash: post.contentHash,
    });
    expect(statusOf(approved.json.runs)).toEqual({ [guarded]: 'scheduled', [channel]: 'scheduled' });
    const edited = await api.change(ann, post.id, 2, { master: text('Sneaky') });
    expect(edited.json.post.approval.status).toBe('in_review');
    expect(statusOf(edited.json.runs)).toEqual({ [guarded]: 'pending_approval', [channel]: 'scheduled' });
    const released = await api.change(owner, post.id, 3, { tags: ['seen'] });
    expect(statusOf(released.json.runs)).toEqual({ [guarded]: 'scheduled', [channel]: 'scheduled' });
  });

  it('an organisation may ask for it everywhere', async () => {
    const home = await team({ amy: 'member' });
    const place = await sandboxChannel(home.organizationId, home.owner.uid);
    await core.db.update(core.db.doc(organizationModel, home.organizationId), {
      settings: { approvalRequired: true },
    });
    const body = { master: text('x'), channels: [{ connectionId: place }], schedule: later };
    expect((await api.create(home.amy, body)).json.runs.map((run) => run.status)).toEqual([
      'pending_approval',
    ]);
    expect((await api.create(home.owner, body)).json.runs.map((run) => run.status)).toEqual(['scheduled']);
  });
});
