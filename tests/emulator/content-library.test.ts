import { call, type Person, team } from '@tests/support/accounts';
import { type Refusal, sandboxChannel } from '@tests/support/content';
import { postsApi as api } from '@tests/support/posts';
import { beforeAll, describe, expect, it } from 'vitest';
import { PATCH as CHANGE_CAMPAIGN } from '@/app/api/campaigns/[id]/route';
import { POST as CREATE_CAMPAIGN, GET as LIST_CAMPAIGNS } from '@/app/api/campaigns/route';
import { POST as VALIDATE } from '@/app/api/posts/validate/route';
import { PATCH as CHANGE_TEMPLATE, DELETE as DELETE_TEMPLATE } from '@/app/api/templates/[id]/route';
import { POST as CREATE_TEMPLATE, GET as LIST_TEMPLATES } from '@/app/api/templates/route';
import type { Page } from '@/core/db/cursor';
import type { ValidateAnswer } from '@/features/content/answer-schema';
import type { Campaign, ContentTemplate } from '@/features/content/library-schema';
import { postModel } from '@/features/content/schema';
import { connectionModel } from '@/features/platforms/schema';
import { core } from '@/server/core';

let owner: Person;
let ann: Person;
let ben: Person;
let stranger: Person;
let channel: string;

beforeAll(async () => {
  const made = await team({ ann: 'member', ben: 'member' });
  ({ owner, ann, ben } = made);
  channel = await sandboxChannel(made.organizationId, owner.uid);
  stranger = (await team()).owner;
});

const campaign = (as: Person, body: unknown) =>
  call<Campaign & Refusal>(CREATE_CAMPAIGN, { path: '/api/campaigns', body, as });
const template = (as: Person, body: unknown) =>
  call<ContentTemplate & Refusal>(CREATE_TEMPLATE, { path: '/api/templates', body, as });

describe('campaigns', () => {
  it('are made, changed and archived, and posts belong to those of their own organisation', async () => {
    const made = await campaign(ann, { name: ' Spring ', startsOn: '2026-03-01', endsOn: '2026-04-30' });
    expect([made.status, made.json.name, made.json.archived]).toEqual([201, 'Spring', false]);
    const path = `/api/campaigns/${made.json.id}`;
    const change = (as: Person, body: unknown) =>
      call<Campaign & Refusal>(CHANGE_CAMPAIGN, { path, body, as });
    expect((await change(ann, { endsOn: '2026-02-01' })).json.errors?.[0]?.path).toBe('body.endsOn');
    expect((await change(stranger, { name: 'Mine' })).status).toBe(404);
    const archived = await change(ben, { archived: true, endsOn: null });
    expect([archived.json.archived, archived.json.endsOn]).toEqual([true, undefined]);
    const post = await api.create(ann, { master: { text: 'x' }, campaignId: made.json.id });
    expect(post.json.post.campaignId).toBe(made.json.id);
    const foreign = await api.create(stranger, { master: { text: 'x' }, campaignId: made.json.id });
    expect([foreign.status, foreign.json.errors?.[0]?.path]).toEqual([400, 'body.campaignId']);
    const kept = await api.change(ann, post.json.post.id, 1, { tags: ['a'] });
    expect(kept.json.post.campaignId).toBe(made.json.id);
    await api.change(ann, post.json.post.id, 2, { campaignId: null });
    expect((await core.db.get(core.db.doc(postModel, post.json.post.id)))?.campaignId).toBeUndefined();
    const list = await call<Page<Campaign>>(LIST_CAMPAIGNS, { path: '/api/campaigns', as: ann });
    expect(list.json.items.map((one) => one.id)).toEqual([made.json.id]);
  });
});

describe('templates', () => {
  it('are listed by kind, changed by anybody who writes, deleted by who made them or an admin', async () => {
    const tags = await template(ann, { kind: 'hashtags', name: 'Garden', text: '#spring #grün' });
    const words = await template(ann, { kind: 'post', name: 'News', text: 'New: {{product}}' });
    expect([tags.status, words.status]).toEqual([201, 201]);
    const list = (query: string) =>
      call<Page<ContentTemplate>>(LIST_TEMPLATES, { path: `/api/templates${query}`, as: ben });
    expect((await list('?kind=hashtags')).json.items.map((one) => one.name)).toEqual(['Garden']);
    expect((await list('')).json.items).toHaveLength(2);
    const path = `/api/templates/${tags.json.id}`;
    const bad = await call<Refusal>(CHANGE_TEMPLATE, { path, body: { text: 'no tag' }, as: ben });
    expect([bad.status, bad.json.errors?.[0]?.path]).toEqual([400, 'body.text']);
    const changed = await call<ContentTemplate>(CHANGE_TEMPLATE, {
      path,
      body: { text: '#summer' },
      as: ben,
    });
    expect(changed.json.text).toBe('#summer');
    const remove = (as: Person) => call<Refusal>(DELETE_TEMPLATE, { path, as });
    expect((await remove(ben)).status).toBe(403);
    expect((await remove(stranger)).status).toBe(404);
    expect((await remove(owner)).status).toBe(204);
  });

  it.each([
    ['hashtags', '#a b'],
    ['signature', 'x'.repeat(501)],
  ])('a wrong %s is refused with its path', async (kind, text) => {
    const answer = await template(ann, { kind, name: 'n', text });
    expect([answer.status, answer.json.errors?.[0]?.path]).toEqual([400, 'body.text']);
  });
});

describe('signatures', () => {
  it('of a channel count, a post may replace or drop them there', async () => {
    const ref = core.db.doc(connectionModel, channel);
    const known = await core.db.get(ref);
    if (!known) throw new Error('no channel');
    await core.db.update(ref, { settings: { ...known.settings, signature: 'Fernhill' } });
    const characters = async (over: object) => {
      const body = { master: { text: 'Hello' }, channels: [{ connectionId: channel, ...over }] };
      const answer = await call<ValidateAnswer>(VALIDATE, { path: '/api/posts/validate', body, as: ann });
      return answer.json.channels[0]?.counts.characters;
    };
    expect(await characters({})).toBe('Hello\n\nFernhill'.length);
    expect(await characters({ signature: 'Us' })).toBe('Hello\n\nUs'.length);
    expect(await characters({ signature: '' })).toBe('Hello'.length);
  });
});
