import { call, type Person, team } from '@tests/support/accounts';
import { type Refusal, sandboxChannel } from '@tests/support/content';
import { picture } from '@tests/support/media';
import { postsApi as api } from '@tests/support/posts';
import { beforeAll, describe, expect, it } from 'vitest';
import { POST as PUBLISH } from '@/app/api/content/publish/route';
import { POST as VALIDATE } from '@/app/api/posts/validate/route';
import type { PublishAnswer, ValidateAnswer } from '@/features/content/answer-schema';
import { MediaService } from '@/features/content/media-service';
import { COUNT_VECTORS } from '@/features/platforms/rules/vectors.data';
import { connectionModel } from '@/features/platforms/schema';
import { core } from '@/server/core';

let organizationId: string;
let owner: Person;
let ann: Person;
let viewer: Person;
let channel: string;
let second: string;

beforeAll(async () => {
  const made = await team({ ann: 'member', viewer: 'viewer' });
  ({ organizationId, owner, ann, viewer } = made);
  channel = await sandboxChannel(organizationId, owner.uid);
  second = await sandboxChannel(organizationId, owner.uid);
});

const publish = (as: Person, body: unknown, query = '', headers: Record<string, string> = {}) =>
  call<PublishAnswer & Refusal>(PUBLISH, { path: `/api/content/publish${query}`, body, as, headers });
const statuses = (answer: { json: PublishAnswer }) =>
  Object.fromEntries(answer.json.runs.map((run) => [run.id.split('_').slice(2).join('_'), run.status]));
const draftOf = async (over: object = {}) => {
  const body = {
    master: { text: 'Hello' },
    channels: [{ connectionId: channel }, { connectionId: second }],
    ...over,
  };
  return (await api.create(ann, body)).json.post;
};

describe('publish now', () => {
  it('sends a post given inline, with its picture, and waits for the links', async () => {
    const asset = await MediaService.getInstance().saveGenerated({
      organizationId,
      userId: ann.uid,
      bytes: await picture(),
      mime: 'image/png',
      altText: 'A dot',
    });
    const master = { text: `Out ${Math.random()}`, mediaIds: [asset.id] };
    const answer = await publish(ann, { master, channels: [{ connectionId: channel }] }, '?wait=20');
    expect(answer.status, answer.text).toBe(202);
    expect(answer.json.runs).toEqual([
      {
        id: `${answer.json.postId}_${channel}`,
        status: 'published',
        permalink: expect.stringContaining('http'),
      },
    ]);
    await expect
      .poll(async () => (await api.get(ann, answer.json.postId)).json.post, { timeout: 5_000 })
      .toMatchObject({ status: 'published', publishedAt: expect.any(String), schedule: { mode: 'now' } });
    const { attempts, metrics } = (await api.get(ann, answer.json.postId)).json;
    expect(attempts).toMatchObject([{ phase: 'commit', outcome: 'published', connectionId: channel }]);
    expect(metrics).toEqual([]);
  });

  it('answers at once without wait', async () => {
    const post = await draftOf();
    const answer = await publish(ann, { postId: post.id });
    expect([answer.status, answer.json.runs.length]).toEqual([202, 2]);
    await expect
      .poll(async () => (await api.get(ann, post.id)).json.post.status, { timeout: 10_000 })
      .toBe('published');
  });

  it('sends chosen channels of a draft first and the rest later; what is out is not sent again', async () => {
    const post = await draftOf();
    const first = await publish(ann, { postId: post.id, connectionIds: [channel] }, '?wait=20');
    expect(statuses(first)).toEqual({ [channel]: 'published' });
    const again = await publish(ann, { postId: post.id, connectionIds: [channel] });
    expect([again.status, again.json.code]).toEqual([409, 'too_late']);
    const rest = await publish(ann, { postId: post.id }, '?wait=20');
    expect(statuses(rest)).toEqual({ [channel]: 'published', [second]: 'published' });
    const all = await publish(ann, { postId: post.id });
    expect([all.status, all.json.code]).toEqual([409, 'too_late']);
  });

  it('publishes a scheduled post early, once', async () => {
    const post = await draftOf({ schedule: { mode: 'at', localTime: '2031-06-01T10:00', zone: 'UTC' } });
    const answers = await Promise.all([1, 2, 3].map(() => publish(ann, { postId: post.id }, '?wait=20')));
    expect(answers.filter(({ status }) => status === 202)).not.toHaveLength(0);
    for (const { status, json } of answers)
      if (status !== 202) expect(['stale_version', 'too_late']).toContain(json.code);
    const runs = (await api.get(ann, post.id)).json.runs;
    expect(runs.map((run) => run.status)).toEqual(['published', 'published']);
  });

  it('gives the same answer under the same key and sends nothing twice', async () => {
    const key = { 'idempotency-key': `p-${Math.random()}` };
    const body = { master: { text: 'Once' }, channels: [{ connectionId: channel }] };
    const first = await publish(ann, body, '', key);
    const repeat = await publish(ann, body, '', key);
    expect(repeat.json.postId).toBe(first.json.postId);
  });

  it.each<[string, () => object, string, number, unknown]>([
    ['both forms', () => ({ postId: 'x', master: { text: 'y' } }), '', 400, 'body.master'],
    ['no channels', () => ({ master: { text: 'y' } }), '', 400, 'body.channels'],
    [
      'a channel the post does not have',
      () => ({ postId: 'POST', connectionIds: ['ch_none'] }),
      '',
      400,
      'body.connectionIds.0',
    ],
    ['a wait beyond the limit', () => ({ postId: 'POST' }), '?wait=31', 400, 'query.wait'],
    ['a post nobody has', () => ({ postId: 'post_none' }), '', 404, undefined],
  ])('refuses %s', async (_, body, query, status, path) => {
    const { id } = await draftOf();
    const answer = await publish(ann, JSON.parse(JSON.stringify(body()).replace('POST', id)), query);
    expect([answer.status, answer.json.errors?.[0]?.path]).toEqual([status, path]);
  });

  it('is not for viewers, nor for a channel that must be reconnected', async () => {
    const post = await draftOf();
    expect((await publish(viewer, { postId: post.id })).status).toBe(403);
    const broken = await sandboxChannel(organizationId, owner.uid);
    await core.db.update(core.db.doc(connectionModel, broken), {
      health: 'needs_reauth',
      healthReason: 'Signed out.',
    });
    const body = { master: { text: 'x' }, channels: [{ connectionId: broken }] };
    const answer = await publish(ann, body);
    expect([answer.status, answer.json.code, answer.json.findings?.[0]?.code]).toEqual([
      400,
      'rules_violated',
      'needs_reauth',
    ]);
    // For later there is time to reconnect: it is planned, with a warning.
    const later = await api.create(ann, {
      ...body,
      schedule: { mode: 'at', localTime: '2031-06-01T10:00', zone: 'UTC' },
    });
    expect([later.status, later.json.warnings.map((finding) => finding.code)]).toEqual([
      201,
      ['needs_reauth'],
    ]);
  });

  it('warns of another post of the channel at nearly the same time, with nearly the same words', async () => {
    const connectionId = await sandboxChannel(organizationId, owner.uid);
    const plan = (localTime: string) =>
      api.create(ann, {
        master: { text: 'Six seats left for the Saturday tasting' },
        channels: [{ connectionId }],
        schedule: { mode: 'at', localTime, zone: 'UTC' },
      });
    const codes = async (answer: ReturnType<typeof plan>) =>
      (await answer).json.warnings.map((finding) => finding.code);
    expect(await codes(plan('2031-06-02T10:00'))).toEqual([]);
    expect(await codes(plan('2031-06-02T10:10'))).toEqual(['run_too_close', 'similar_recent_post']);
    expect(await codes(plan('2031-08-02T10:00'))).toEqual([]);
  });

  it('takes what is out off the networks when it is deleted with remote', async () => {
    const post = await draftOf();
    await publish(ann, { postId: post.id }, '?wait=20');
    const removed = await api.remove(ann, post.id, '?remote=true');
    expect(removed.status, removed.text).toBe(202);
    await expect
      .poll(async () => (await api.get(ann, post.id)).status, { timeout: 15_000, interval: 300 })
      .toBe(404);
  });
});

it('the API counts as the vector file says, which the editor and the worker count by', async () => {
  // What an instance allows is known of a connection alone.
  const vectors = COUNT_VECTORS.filter(({ limits }) => !limits);
  const counted = await Promise.all(
    vectors.map(async ({ name, platform, text }) => {
      const body = { master: { text }, channels: [{ platform }] };
      const answer = await call<ValidateAnswer>(VALIDATE, { path: '/api/posts/validate', body, as: viewer });
      return [name, answer.json.channels?.[0]?.counts];
    }),
  );
  for (const [index, { name, expected }] of vectors.entries())
    expect(counted[index]).toEqual([name, expect.objectContaining(expected)]);
});
