import { call, type Person, team } from '@tests/support/accounts';
import { type Refusal, sandboxChannel } from '@tests/support/content';
import { picture } from '@tests/support/media';
import { postsApi as api, eventsOf, later, newsroom, runsOf } from '@tests/support/posts';
import { beforeAll, describe, expect, it } from 'vitest';
import { POST as createCampaign } from '@/app/api/campaigns/route';
import { GET as LIST } from '@/app/api/posts/route';
import { POST as VALIDATE } from '@/app/api/posts/validate/route';
import type { ValidateAnswer } from '@/features/content/answer-schema';
import { DraftWriter } from '@/features/content/draft-writer';
import { MediaService } from '@/features/content/media-service';
import { type Post, postModel } from '@/features/content/schema';
import { memberModel } from '@/features/organizations/schema';
import { core } from '@/server/core';

let organizationId: string;
let owner: Person;
let ann: Person;
let ben: Person;
let viewer: Person;
let stranger: { owner: Person };
let channel: string;
let second: string;
let foreign: string;

beforeAll(async () => {
  ({ organizationId, owner, ann, ben, viewer, stranger, channel, second, foreign } = await newsroom());
});

const text = (words: string) => ({ text: words });
const draft = (over: object = {}) => ({
  master: text('Hello'),
  channels: [{ connectionId: channel }],
  ...over,
});
const stored = (id: string) => core.db.get(core.db.doc(postModel, id));

describe('writing', () => {
  it('keeps a draft with everything it says, for its author', async () => {
    const answer = await api.create(ann, {
      master: { text: 'Hello', link: 'https://irisync.app' },
      channels: [
        {
          connectionId: channel,
          variant: { text: 'Hi' },
          settings: { visibility: 'hidden' },
          firstComment: 'mine',
        },
      ],
      thread: ['two'],
      firstComment: 'first',
      tags: ['spring'],
    });
    expect(answer.status, answer.text).toBe(201);
    expect(answer.json.post).toMatchObject({
      authorId: ann.uid,
      status: 'draft',
      version: 1,
      source: 'human',
      sandbox: true,
      channelIds: [channel],
      channels: [{ connectionId: channel, platform: 'sandbox', variant: { text: 'Hi' } }],
      thread: ['two'],
      schedule: { mode: 'draft' },
      approval: { status: 'none' },
    });
    expect(answer.json.runs).toEqual([]);
    expect(await runsOf(answer.json.post.id)).toEqual([]);
    expect(await eventsOf(answer.json.post.id)).toEqual(['post.created']);
  });

  it('keeps a draft that breaks rules, and warns', async () => {
    const answer = await api.create(ann, draft({ master: text('x'.repeat(60_000)) }));
    expect(answer.status).toBe(201);
    expect(answer.json.warnings.map((finding) => finding.code)).toContain('text_too_long');
  });

  it('gives the first answer again under the same key, and refuses another body', async () => {
    const key = { 'idempotency-key': `k-${Math.random()}` };
    const first = await api.create(ann, draft(), key);
    const again = await api.create(ann, draft(), key);
    expect([again.status, again.json.post.id]).toEqual([201, first.json.post.id]);
    const other = await api.create(ann, draft({ master: text('Other') }), key);
    expect([other.status, other.json.code]).toEqual([409, 'idempotency_conflict']);
  });

  it('keeps what a model wrote as a draft of the person who asked', async () => {
    const { postId } = await DraftWriter.getInstance().saveDraft({
      organizationId,
      userId: ann.uid,
      text: 'Made',
      platform: 'bluesky',
    });
    expect((await api.get(ann, postId)).json.post).toMatchObject({
      source: 'ai',
      status: 'draft',
      master: { text: 'Made' },
      channels: [],
    });
    expect((await api.get(ben, postId)).status).toBe(404);
  });
});

describe('bad input', () => {
  const bad: [string, () => object, string[]][] = [
    [
      'a channel nobody has',
      () => draft({ channels: [{ connectionId: 'ch_none' }] }),
      ['body.channels.0.connectionId'],
    ],
    [
      'another organisation’s channel',
      () => draft({ channels: [{ connectionId: foreign }] }),
      ['body.channels.0.connectionId'],
    ],
    [
      'a file nobody has',
      () => draft({ master: { text: 'x', mediaIds: ['med_none'] } }),
      ['body.master.mediaIds.0'],
    ],
    [
      'a file nobody has, on a channel',
      () => draft({ channels: [{ connectionId: channel, variant: { mediaIds: ['med_none'] } }] }),
      ['body.channels.0.variant.mediaIds.0'],
    ],
    ['an unknown field', () => draft({ colour: 'red' }), ['body.colour']],
    [
      'an unknown zone',
      () => draft({ schedule: { ...later, zone: 'Mars/Olympus' } }),
      ['body.schedule.zone'],
    ],
    [
      'a time that does not exist',
      () => draft({ schedule: { ...later, localTime: '2031-02-30T10:00' } }),
      ['body.schedule.localTime'],
    ],
    [
      'a time that has passed',
      () => draft({ schedule: { ...later, localTime: '2021-06-01T10:00' } }),
      ['body.schedule.localTime'],
    ],
    ['a time without channels', () => ({ master: text('x'), schedule: later }), ['body.channels']],
  ];
  it.each(bad)('%s is named by its path and nothing is written', async (_, body, paths) => {
    const before = await core.db.count(
      core.db.collection(postModel).where('organizationId', '==', organizationId),
    );
    const answer = await api.create(ann, body());
    expect(answer.status, answer.text).toBe(400);
    expect(answer.json.errors?.map((fault) => fault.path)).toEqual(paths);
    expect(
      await core.db.count(core.db.collection(postModel).where('organizationId', '==', organizationId)),
    ).toBe(before);
  });

  it('rules that are broken stop a planned post, with findings', async () => {
    const answer = await api.create(ann, draft({ master: text(''), schedule: later }));
    expect([answer.status, answer.json.code]).toEqual([400, 'rules_violated']);
    expect(answer.json.findings).toEqual([
      expect.objectContaining({ code: 'text_required', severity: 'error', connectionId: channel }),
    ]);
  });
});

describe('versions', () => {
  it('lets one of two editors win, and tells the other the version in force', async () => {
    const { post } = (await api.create(ann, draft())).json;
    const answers = await Promise.all(
      ['one', 'two', 'three'].map((words) => api.change(ann, post.id, 1, { master: text(words) })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409]);
    const lost = answers.find(({ status }) => status === 409);
    expect(lost?.json).toMatchObject({ code: 'stale_version', version: 2 });
    expect((await stored(post.id))?.version).toBe(2);
  });

  it.each(['', 'newest', '"x"', '*'])('wants to know the version that was read: %j', async (header) => {
    const { post } = (await api.create(ann, draft())).json;
    const answer = await api.change(ann, post.id, header, { tags: [] });
    expect([answer.status, answer.json.errors?.[0]?.path]).toEqual([400, 'header.If-Match']);
  });
});

describe('who may', () => {
  it('draft: its author and admins; planned: everyone in the organisation; nobody else', async () => {
    const { post } = (await api.create(ann, draft())).json;
    const see = async () =>
      Promise.all(
        [ann, owner, ben, viewer, stranger.owner].map(async (as) => (await api.get(as, post.id)).status),
      );
    expect(await see()).toEqual([200, 200, 404, 404, 404]);
    await api.change(ann, post.id, 1, { schedule: later });
    expect(await see()).toEqual([200, 200, 200, 200, 404]);
    expect((await api.change(stranger.owner, post.id, 2, { tags: [] })).status).toBe(404);
    expect((await api.remove(stranger.owner, post.id)).status).toBe(404);
    expect((await api.change(viewer, post.id, 2, { tags: [] })).status).toBe(403);
    expect((await api.remove(ben, post.id)).status).toBe(403);
    expect((await api.create(viewer, draft())).status).toBe(403);
  });

  it('a member limited to some channels uses only those', async () => {
    const ref = core.db.doc(memberModel, ben.uid, { orgId: organizationId });
    const { post } = (await api.create(ann, draft({ channels: [{ connectionId: second }], schedule: later })))
      .json;
    await core.db.update(ref, { channelIds: [channel] });
    // Memberships are remembered for some seconds.
    await expect
      .poll(async () => (await api.create(ben, draft({ channels: [{ connectionId: second }] }))).status, {
        timeout: 20_000,
        interval: 500,
      })
      .toBe(403);
    expect((await api.create(ben, draft())).status).toBe(201);
    expect((await api.change(ben, post.id, 1, { master: text('Mine now') })).status).toBe(403);
    expect(
      (await api.change(ben, post.id, 1, { schedule: { ...later, localTime: '2031-08-01T10:00' } })).status,
    ).toBe(403);
    await core.db.update(ref, { channelIds: [] });
  });

  it('lists drafts to their author and to admins, the rest to all, filtered', async () => {
    const home = await team({ amy: 'member', bob: 'member' });
    const place = await sandboxChannel(home.organizationId, home.owner.uid);
    const mine = (await api.create(home.amy, { master: text('draft'), tags: ['t'] })).json.post.id;
    const planned = (
      await api.create(home.amy, {
        master: text('planned'),
        channels: [{ connectionId: place }],
        tags: ['t'],
        schedule: later,
      })
    ).json.post.id;
    const list = async (as: Person, query = '') => {
      const answer = await call<{ items: Post[] } & Refusal>(LIST, { path: `/api/posts${query}`, as });
      expect(answer.status, answer.text).toBe(200);
      return answer.json.items.map((post) => post.id);
    };
    expect(await list(home.amy)).toEqual([planned, mine]);
    expect(await list(home.bob)).toEqual([planned]);
    expect(await list(home.owner)).toEqual([planned, mine]);
    expect(await list(home.owner, '?status=draft')).toEqual([mine]);
    expect(await list(home.bob, '?status=draft')).toEqual([]);
    expect(await list(home.bob, '?status=scheduled&status=published')).toEqual([planned]);
    expect(await list(home.bob, `?channel=${place}`)).toEqual([planned]);
    expect(await list(home.owner, '?tag=t')).toEqual([planned, mine]);
    expect(await list(home.owner, `?author=${home.amy.uid}&status=draft`)).toEqual([mine]);
    expect(await list(home.amy, `?author=${home.amy.uid}&tag=t`)).toEqual([planned, mine]);
    const spring = { path: '/api/campaigns', as: home.owner, body: { name: 'Spring' } };
    const campaignId = (await call<{ id: string }>(createCampaign, spring)).json.id;
    const bundled = (await api.create(home.amy, { master: text('bundled'), campaignId, submit: true })).json
      .post.id;
    expect(await list(home.owner, `?campaignId=${campaignId}`)).toEqual([bundled]);
    expect(await list(home.bob, `?campaignId=${campaignId}`)).toEqual([]);
    expect(await list(home.amy, `?campaignId=${campaignId}&approval=in_review`)).toEqual([bundled]);
    expect(await list(home.owner, `?campaignId=${campaignId}&approval=approved`)).toEqual([]);
    expect(await list(home.owner, '?approval=in_review')).toEqual([bundled]);
    expect(await list(home.amy, '?approval=none&tag=t')).toEqual([planned, mine]);
    expect(await list(home.owner, '?approval=none&tag=t')).toEqual([planned, mine]);
    const three = await call<Refusal>(LIST, { path: `/api/posts?campaignId=c&channel=d`, as: home.amy });
    expect([three.status, three.json.errors?.[0]?.path]).toEqual([400, 'query.campaignId']);
    const odd = await call<Refusal>(LIST, { path: '/api/posts?approval=maybe', as: home.amy });
    expect([odd.status, odd.json.errors?.[0]?.path]).toEqual([400, 'query.approval']);
    const both = await call<Refusal>(LIST, { path: `/api/posts?tag=t&channel=${place}`, as: home.amy });
    expect([both.status, both.json.errors?.[0]?.path]).toEqual([400, 'query.tag']);
  });

  it('the plan’s number of scheduled posts holds, and says so', async () => {
    const home = await team({}, { tier: 'free' });
    const place = await sandboxChannel(home.organizationId, home.owner.uid);
    const body = { master: text('x'), channels: [{ connectionId: place }], schedule: later };
    for (let count = 0; count < 10; count += 1) expect((await api.create(home.owner, body)).status).toBe(201);
    const over = await api.create(home.owner, body);
    expect([over.status, over.json.code]).toEqual([403, 'tier_limit']);
    expect((await api.create(home.owner, { ...body, schedule: { mode: 'draft' } })).status).toBe(201);
  });
});

describe('withdrawing', () => {
  it('a draft is gone; a planned post is cancelled and gone from every list', async () => {
    const { post } = (await api.create(ann, draft())).json;
    expect((await api.remove(ann, post.id)).status).toBe(202);
    expect(await stored(post.id)).toBeNull();
    const planned = (await api.create(ann, draft({ schedule: later }))).json.post;
    const answer = await api.remove(owner, planned.id);
    expect([answer.status, answer.json.runs.map((run) => run.status)]).toEqual([202, ['cancelled']]);
    expect((await api.get(ann, planned.id)).status).toBe(404);
    const listed = await call<{ items: Post[] }>(LIST, { path: '/api/posts?limit=100', as: ann });
    expect(listed.json.items.some((one) => one.id === planned.id)).toBe(false);
    expect(await eventsOf(planned.id)).toContain('post.deleted');
  });
});

describe('checking', () => {
  const validate = (body: unknown) =>
    call<ValidateAnswer & Refusal>(VALIDATE, { path: '/api/posts/validate', body, as: viewer });

  it('counts as each network counts, for connections and for networks nobody has connected', async () => {
    const answer = await validate({
      master: text('日本語'),
      channels: [{ platform: 'x' }, { platform: 'bluesky' }, { connectionId: channel }],
    });
    expect(answer.status, answer.text).toBe(200);
    expect(answer.json.ok).toBe(true);
    expect(answer.json.channels.map(({ platform, counts }) => [platform, counts.unit, counts.used])).toEqual([
      ['x', 'weighted', 6],
      ['bluesky', 'graphemes', 3],
      ['sandbox', expect.any(String), 3],
    ]);
    expect(answer.json.channels[2]?.connectionId).toBe(channel);
  });

  it('finds what is broken where it is broken, with files read from the library', async () => {
    const asset = await MediaService.getInstance().saveGenerated({
      organizationId,
      userId: ann.uid,
      bytes: await picture(),
      mime: 'image/png',
    });
    const answer = await validate({
      master: { text: 'y'.repeat(281), mediaIds: [asset.id] },
      thread: ['z'.repeat(300)],
      channels: [{ platform: 'x' }, { platform: 'mastodon', variant: { text: 'short', thread: [] } }],
    });
    const codes = answer.json.channels.map(({ findings }) =>
      findings.map((finding) => `${finding.code} ${finding.path}`),
    );
    expect(answer.json.ok).toBe(false);
    expect(codes[0]).toEqual(
      expect.arrayContaining([
        'text_too_long text',
        'text_too_long thread.0.text',
        'alt_text_missing media.0.altText',
      ]),
    );
    expect(codes[1]).toEqual(['alt_text_missing media.0.altText']);
    const bad = await validate({
      master: text('x'),
      channels: [{ connectionId: foreign }, { connectionId: channel, platform: 'x' }],
    });
    expect([bad.status, bad.json.errors?.[0]?.path]).toEqual([400, 'body.channels.0.connectionId']);
  });
});
