import { randomUUID } from 'node:crypto';
import { call, type Person, team } from '@tests/support/accounts';
import { type Refusal, sandboxChannel } from '@tests/support/content';
import { postsApi as api, later, type PostAnswer } from '@tests/support/posts';
import { beforeAll, describe, expect, it } from 'vitest';
import { POST as APPROVE } from '@/app/api/posts/[id]/approve/route';
import { PATCH as SETTLE, DELETE as UNSAY } from '@/app/api/posts/[id]/comments/[commentId]/route';
import { POST as SAY, GET as THREAD } from '@/app/api/posts/[id]/comments/route';
import { POST as SEND_BACK } from '@/app/api/posts/[id]/request-changes/route';
import { POST as SUBMIT } from '@/app/api/posts/[id]/submit/route';
import type { RouteHandler } from '@/core/http/route-definition';
import { type ReviewComment, reviewCommentModel } from '@/features/content/review-schema';
import { notificationModel } from '@/features/notifications/schema';
import { auditModel } from '@/features/organizations/schema';
import { connectionModel } from '@/features/platforms/schema';
import { runModel } from '@/features/publishing/schema';
import { core } from '@/server/core';

let organizationId: string;
let owner: Person;
let ada: Person;
let ann: Person;
let viewer: Person;
let channel: string;
let guarded: string;

const settings = async (id: string, over: object) => {
  const ref = core.db.doc(connectionModel, id);
  const known = await core.db.get(ref);
  if (!known) throw new Error('no channel');
  await core.db.update(ref, { settings: { ...known.settings, ...over } });
};

beforeAll(async () => {
  const made = await team({ ada: 'admin', ann: 'member', viewer: 'viewer' });
  ({ organizationId, owner, ada, ann, viewer } = made);
  channel = await sandboxChannel(organizationId, owner.uid);
  guarded = await sandboxChannel(organizationId, owner.uid);
  await settings(guarded, { requiresApproval: true });
});

const act = (handler: RouteHandler, verb: string) => (as: Person, id: string, body: unknown) =>
  call(handler, { path: `/api/posts/${id}/${verb}`, body, as }) as Promise<PostAnswer>;
const submit = act(SUBMIT, 'submit');
const approve = act(APPROVE, 'approve');
const sendBack = act(SEND_BACK, 'request-changes');
const draft = (over: object = {}) => ({
  master: { text: `Hello ${randomUUID()}` },
  channels: [{ connectionId: channel }],
  ...over,
});
const make = async (as: Person, over: object = {}) => (await api.create(as, draft(over))).json;
const statusOf = (runs: { status: string }[]) => runs.map((run) => run.status);
const told = async (person: Person, postId: string) =>
  (await core.db.find(core.db.collection(notificationModel).where('userId', '==', person.uid)))
    .filter((one) => one.href === `/posts/${postId}`)
    .map((one) => one.type);
const shownTexts = async (postId: string) =>
  (await core.db.find(core.db.collection(runModel).where('postId', '==', postId))).map((run) => run.status);

describe('a review', () => {
  it('asked for with the plan holds every channel; approved, it goes on; everybody concerned is told', async () => {
    const { post, runs } = await make(ann, { schedule: later, submit: true });
    expect(statusOf(runs)).toEqual(['pending_approval']);
    expect(post.approval).toMatchObject({ status: 'in_review', asked: true, channels: [channel] });
    await expect.poll(() => told(ada, post.id)).toEqual(['review.requested']);
    const answer = await approve(ada, post.id, { contentHash: post.contentHash, comment: 'Nice' });
    expect(answer.status, JSON.stringify(answer.json)).toBe(200);
    expect(answer.json.post.approval).toMatchObject({
      status: 'approved',
      by: ada.uid,
      byName: 'ada',
      via: 'member',
    });
    expect(statusOf(answer.json.runs)).toEqual(['scheduled']);
    await expect.poll(() => told(ann, post.id)).toEqual(['review.approved']);
    expect(await told(ada, post.id)).toEqual(['review.requested']);
    const audit = await core.db.find(core.db.collection(auditModel).where('targetId', '==', post.id));
    expect(audit.map(({ action, actorId }) => [action, actorId])).toEqual([['post.approved', ada.uid]]);
    const again = await approve(owner, post.id, { contentHash: post.contentHash });
    expect(again.json.post.approval.by).toBe(ada.uid);
  });

  it('of a draft binds to its content: an edit voids it, publishing without one waits', async () => {
    const { post } = await make(ann, { channels: [{ connectionId: guarded }] });
    const sent = await submit(ann, post.id, { note: 'Please look' });
    expect([sent.status, sent.json.post.status, sent.json.post.approval.status]).toEqual([
      200,
      'draft',
      'in_review',
    ]);
    await approve(owner, post.id, { contentHash: post.contentHash });
    const same = await api.change(ann, post.id, 1, { tags: ['x'] });
    expect(same.json.post.approval.status).toBe('approved');
    const planned = await api.change(ann, post.id, 2, { schedule: later });
    expect(statusOf(planned.json.runs)).toEqual(['scheduled']);
    const edited = await api.change(ann, post.id, 3, { master: { text: 'Other words' } });
    expect(edited.json.post.approval.status).toBe('in_review');
    expect(statusOf(edited.json.runs)).toEqual(['pending_approval']);
    const stale = await approve(owner, post.id, { contentHash: post.contentHash });
    expect([stale.status, stale.json.code]).toEqual([409, 'stale_version']);
    expect((await api.get(ann, post.id)).json.post.approval.status).toBe('in_review');
  });

  it('sent back, holds what was planned until the changed post is approved', async () => {
    const { post } = await make(ann, { schedule: later });
    const back = await sendBack(ada, post.id, { contentHash: post.contentHash, comment: 'Wrong date' });
    expect(back.json.post.approval).toMatchObject({ status: 'changes_requested', byName: 'ada' });
    expect(statusOf(back.json.runs)).toEqual(['pending_approval']);
    await expect.poll(() => told(ann, post.id)).toEqual(['review.changes_requested']);
    const fixed = await api.change(ann, post.id, 1, { master: { text: 'Right date' } });
    expect([fixed.json.post.approval.status, ...statusOf(fixed.json.runs)]).toEqual([
      'in_review',
      'pending_approval',
    ]);
    const { contentHash } = fixed.json.post;
    expect(statusOf((await approve(ada, post.id, { contentHash })).json.runs)).toEqual(['scheduled']);
  });

  it('approved, a post that was to go out at once does', async () => {
    const { post, runs } = await make(ann, {
      channels: [{ connectionId: guarded }],
      schedule: { mode: 'now' },
    });
    expect(statusOf(runs)).toEqual(['pending_approval']);
    expect((await api.get(ann, post.id)).json.post.status).toBe('scheduled');
    await approve(ada, post.id, { contentHash: post.contentHash });
    await expect.poll(() => shownTexts(post.id), { timeout: 10_000 }).toEqual(['published']);
    const late = await sendBack(ada, post.id, { contentHash: post.contentHash, comment: 'Too late' });
    expect([late.status, late.json.code]).toEqual([409, 'too_late']);
  });

  it('raced by an edit never lets out what nobody approved', async () => {
    const outcomes = await Promise.all(
      Array.from({ length: 3 }, async () => {
        const { post } = await make(ann, {
          channels: [{ connectionId: guarded }],
          schedule: { mode: 'now' },
        });
        const [, edit] = await Promise.all([
          approve(ada, post.id, { contentHash: post.contentHash }),
          api.change(ann, post.id, 1, { master: { text: `sneaked ${post.id}` } }),
        ]);
        return { post, edited: edit.status === 200 };
      }),
    );
    for (const { post, edited } of outcomes) {
      await expect
        .poll(async () => (await shownTexts(post.id)).join(), { timeout: 10_000 })
        .toMatch(/^(pending_approval|published)$/);
      const now = (await api.get(ann, post.id)).json;
      // What is out is what was approved; what was edited first still waits.
      if (statusOf(now.runs)[0] === 'published') expect(now.post.contentHash).toBe(now.post.approval.hash);
      if (edited)
        expect([now.post.approval.status, ...statusOf(now.runs)]).toEqual(['in_review', 'pending_approval']);
    }
  });

  it('is not needed from those a channel trusts, for exactly what they wrote', async () => {
    const trusted = await sandboxChannel(organizationId, owner.uid);
    await settings(trusted, { requiresApproval: true, approvalExempt: [ann.uid] });
    const { post } = await make(ann, { channels: [{ connectionId: trusted }], schedule: { mode: 'now' } });
    await expect.poll(() => shownTexts(post.id), { timeout: 10_000 }).toEqual(['published']);
  });

  it.each<[string, () => [ReturnType<typeof act>, Person, object], number]>([
    ['a member who may not approve', () => [approve, ann, { contentHash: 'a'.repeat(64) }], 403],
    ['a viewer who submits', () => [submit, viewer, {}], 403],
    ['changes without a word', () => [sendBack, ada, { contentHash: 'a'.repeat(64) }], 400],
    ['a hash that is none', () => [approve, ada, { contentHash: 'x' }], 400],
  ])('refuses %s', async (_, what, status) => {
    const { post } = await make(ann, { schedule: later, submit: true });
    const [verb, as, body] = what();
    expect((await verb(as, post.id, body)).status).toBe(status);
    expect((await api.get(ann, post.id)).json.post.approval.status).toBe('in_review');
  });

  it('of somebody else’s draft and of a foreign post does not exist', async () => {
    const { post } = await make(ada);
    const stranger = (await team()).owner;
    const body = { contentHash: post.contentHash };
    expect((await submit(ann, post.id, {})).status).toBe(404);
    expect((await approve(stranger, post.id, body)).status).toBe(404);
  });
});

describe('comments', () => {
  const say = (as: Person, id: string, body: unknown) =>
    call<ReviewComment & Refusal>(SAY, { path: `/api/posts/${id}/comments`, body, as });
  const thread = async (as: Person, id: string) =>
    (await call<{ items: ReviewComment[] }>(THREAD, { path: `/api/posts/${id}/comments`, as })).json.items;

  it('stand in one thread with the decisions, are settled, taken back, and gone with their draft', async () => {
    const { post } = await make(ann, { submit: true });
    const anchor = { connectionId: channel, part: 0, quote: 'Hello' };
    const made = await say(ada, post.id, { text: 'Shorter?', anchor });
    expect([made.status, made.json.anchor, made.json.shared]).toEqual([201, anchor, false]);
    await sendBack(ada, post.id, { contentHash: post.contentHash, comment: 'See above' });
    await expect
      .poll(async () => (await told(ann, post.id)).sort())
      .toEqual(['review.changes_requested', 'review.comment']);
    expect((await thread(ann, post.id)).map((one) => one.kind)).toEqual(['comment', 'changes_requested']);
    const one = { path: `/api/posts/${post.id}/comments/${made.json.id}`, as: ann };
    const settled = await call<ReviewComment>(SETTLE, { ...one, body: { resolved: true } });
    expect(settled.json.resolvedBy).toBe(ann.uid);
    expect((await call(UNSAY, one)).status).toBe(403);
    expect((await call(UNSAY, { ...one, as: ada })).status).toBe(204);
    expect(await thread(ann, post.id)).toHaveLength(1);
    expect((await say(viewer, post.id, { text: 'x' })).status).toBe(403);
    expect((await api.remove(ann, post.id)).status).toBe(202);
    const said = core.db.collection(reviewCommentModel, { postId: post.id });
    const left = async () => (await core.db.find(said)).length;
    await expect.poll(left).toBe(0);
  });
});
