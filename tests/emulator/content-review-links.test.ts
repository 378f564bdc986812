import { randomUUID } from 'node:crypto';
import { call, type Person, team } from '@tests/support/accounts';
import { type Refusal, sandboxChannel } from '@tests/support/content';
import { picture } from '@tests/support/media';
import { pdf } from '@tests/support/pdf';
import { postsApi as api, later } from '@tests/support/posts';
import { beforeAll, describe, expect, it } from 'vitest';
import { POST as LINK, GET as LINKS, DELETE as REVOKE } from '@/app/api/posts/[id]/review-links/route';
import { GET as MEDIA } from '@/app/api/review/[token]/media/[mediaId]/route';
import { POST as ANSWER, GET as OPEN } from '@/app/api/review/[token]/route';
import { POST as UNLOCK } from '@/app/api/review/[token]/unlock/route';
import { hashSecret } from '@/core/crypto/secrets';
import { MediaService } from '@/features/content/media-service';
import { type LinkView, type OpenedReview, reviewLinkModel } from '@/features/content/review-schema';
import { connectionModel } from '@/features/platforms/schema';
import { core } from '@/server/core';

let organizationId: string;
let ada: Person;
let ann: Person;
let channel: string;

beforeAll(async () => {
  const made = await team({ ada: 'admin', ann: 'member' }, { name: 'Fernhill' });
  ({ organizationId, ada, ann } = made);
  channel = await sandboxChannel(organizationId, ada.uid);
});

const make = async (over: object = {}) => {
  const body = { master: { text: `Hi ${randomUUID()}` }, channels: [{ connectionId: channel }], ...over };
  return (await api.create(ann, body)).json.post;
};
const linksAt = (id: string) => `/api/posts/${id}/review-links`;
const linkTo = async (id: string, over: object = {}) => {
  const body = { label: 'Moss & Co', ...over };
  const { json } = await call<{ url: string; link: LinkView }>(LINK, { path: linksAt(id), body, as: ada });
  return { ...json, token: new URL(json.url).pathname.split('/').at(-1) ?? '' };
};
const open = (token: string, query = '') =>
  call<OpenedReview & Refusal>(OPEN, { path: `/api/review/${token}${query}` });
const answer = (token: string, body: object, query = '') =>
  call<OpenedReview & Refusal>(ANSWER, {
    path: `/api/review/${token}${query}`,
    body: { name: 'Cara', ...body },
  });

describe('a review link', () => {
  it('shows the post and what was said to the client, and nothing else', async () => {
    const post = await make({ schedule: later, submit: true });
    const { token, link, url } = await linkTo(post.id);
    expect(url).toMatch(/\/review\/[0-9A-Za-z]{43}$/);
    expect(link).toMatchObject({ label: 'Moss & Co', passcode: false, openedAt: null });
    const days = (new Date(link.expiresAt).getTime() - Date.now()) / 86_400_000;
    expect(days).toBeGreaterThan(13.9);
    expect(days).toBeLessThanOrEqual(14);
    const { status, json, text } = await open(token);
    expect(status).toBe(200);
    expect(json.review).toMatchObject({
      organizationName: 'Fernhill',
      state: 'open',
      sendsAtOnce: false,
      zone: 'Europe/Berlin',
      post: { master: { text: post.master.text }, contentHash: post.contentHash },
      channels: [{ id: channel, platform: 'sandbox' }],
      comments: [],
    });
    for (const secret of [organizationId, ann.uid, ada.uid, post.id]) expect(text).not.toContain(secret);
    const stored = await core.db.get(core.db.doc(reviewLinkModel, hashSecret(token)));
    expect(JSON.stringify(stored)).not.toContain(token);
    expect(stored?.openedAt).toBeInstanceOf(Date);
  });

  it('takes a comment, sends back and approves exactly what was looked at', async () => {
    const post = await make({ schedule: later, submit: true });
    const { token } = await linkTo(post.id);
    const { contentHash } = post;
    const said = await answer(token, { action: 'comment', text: 'Lovely', contentHash });
    expect(said.json.review?.comments).toMatchObject([{ text: 'Lovely', authorName: 'Cara', via: 'link' }]);
    const back = await answer(token, { action: 'request_changes', text: 'Shorter', contentHash });
    expect(back.json.review).toMatchObject({ state: 'changes_requested', decidedBy: 'Cara' });
    const edited = await api.change(ann, post.id, 1, { master: { text: 'Short' } });
    const stale = await answer(token, { action: 'approve', contentHash });
    expect([stale.status, stale.json.code]).toEqual([409, 'stale_version']);
    const newest = edited.json.post.contentHash;
    expect((await answer(token, { action: 'approve', contentHash: newest })).json.review?.state).toBe(
      'approved',
    );
    const now = (await api.get(ann, post.id)).json;
    expect(now.runs.map((run) => run.status)).toEqual(['scheduled']);
    expect(now.post.approval).toMatchObject({ status: 'approved', via: 'link', byName: 'Cara' });
    expect(now.post.approval.by).toBeUndefined();
    const wordless = await answer(token, { action: 'request_changes', contentHash: newest });
    expect([wordless.status, wordless.json.errors?.[0]?.path]).toEqual([400, 'body.text']);
  });

  it('lets nobody in who does not have it, has it too late or no more: one and the same answer', async () => {
    const post = await make();
    const [revoked, over, gone] = [
      await linkTo(post.id),
      await linkTo(post.id),
      await linkTo((await make()).id),
    ];
    const path = `${linksAt(post.id)}?linkId=${revoked.link.linkId}`;
    expect((await call(REVOKE, { path, as: ada })).status).toBe(204);
    await core.db.update(core.db.doc(reviewLinkModel, hashSecret(over.token)), { expiresAt: new Date(1) });
    const goneId = (await core.db.get(core.db.doc(reviewLinkModel, hashSecret(gone.token))))?.postId ?? '';
    await api.remove(ann, goneId);
    const answers = await Promise.all(
      ['x'.repeat(43), revoked.token, over.token, gone.token].map((token) => open(token)),
    );
    const seen = answers.map(({ status, json: { code, detail } }) => JSON.stringify([status, code, detail]));
    expect(new Set(seen)).toEqual(new Set([seen[0]]));
    expect(answers[0]?.status).toBe(404);
    const list = await call<{ items: LinkView[] }>(LINKS, { path: linksAt(post.id), as: ada });
    expect(list.json.items).toEqual([]);
  });

  it('is made by those who may approve only, since an approval may come through it', async () => {
    const post = await make();
    const body = { label: 'Me' };
    expect((await call(LINK, { path: linksAt(post.id), body, as: ann })).status).toBe(403);
    const stranger = (await team()).owner;
    expect((await call(LINK, { path: linksAt(post.id), body, as: stranger })).status).toBe(404);
  });

  it('serves the files of its post and no others', async () => {
    const save = () =>
      picture().then((bytes) =>
        MediaService.getInstance().saveGenerated({
          organizationId,
          userId: ann.uid,
          bytes,
          mime: 'image/png',
        }),
      );
    const asset = await save();
    const post = await make({ master: { text: 'x', mediaIds: [asset.id] } });
    const other = await make();
    const { token } = await linkTo(post.id);
    const file = (of: string, query = '') =>
      call(MEDIA, { path: `/api/review/${of}/media/${asset.id}${query}` });
    expect((await file(token)).headers.get('content-type')).toBe('image/png');
    expect((await file(token, '?w=320')).headers.get('content-type')).toBe('image/webp');
    expect((await file((await linkTo(other.id)).token)).status).toBe(404);
    expect((await open(token)).json.review?.media).toMatchObject([{ id: asset.id }]);
  });

  it('names a document as its readers will see it', async () => {
    const generated = { organizationId, userId: ann.uid, mime: 'application/pdf', bytes: pdf({ pages: 2 }) };
    const asset = await MediaService.getInstance().saveGenerated(generated);
    const post = await make({ master: { text: 'x', mediaIds: [asset.id] } });
    const { token } = await linkTo(post.id);
    expect((await open(token)).json.review?.media).toMatchObject([
      { kind: 'document', pages: 2, title: 'document' },
    ]);
  });
});

describe('a passcode', () => {
  it('is asked for, compared, and locks the link after five wrong ones, many at once included', async () => {
    const post = await make();
    const { token } = await linkTo(post.id, { passcode: 'fern moss' });
    const unlock = (passcode: string) =>
      call<{ access: string } & Refusal>(UNLOCK, { path: `/api/review/${token}/unlock`, body: { passcode } });
    expect((await open(token)).json).toEqual({ passcodeNeeded: true, review: null });
    expect((await answer(token, { action: 'approve', contentHash: post.contentHash })).status).toBe(403);
    expect((await unlock('fern')).status).toBe(403);
    const { access } = (await unlock('fern moss')).json;
    const query = `?access=${encodeURIComponent(access)}`;
    expect((await open(token, query)).json.review?.label).toBe('Moss & Co');
    const other = await linkTo(post.id, { passcode: 'something' });
    expect((await open(other.token, query)).json.review).toBeNull();
    expect((await open(token, '?access=nonsense')).json.review).toBeNull();
    const guesses = await Promise.all(Array.from({ length: 8 }, (_, at) => unlock(`guess ${at}`)));
    expect(guesses.map(({ status }) => status).sort()).toEqual([403, 403, 403, 403, 403, 429, 429, 429]);
    const locked = await unlock('fern moss');
    expect([locked.status, Number(locked.headers.get('retry-after')) > 800]).toEqual([429, true]);
    expect((await open(token, query)).json.review).not.toBeNull();
  });
});

it('a channel’s health or settings are nobody’s outside', async () => {
  const ref = core.db.doc(connectionModel, channel);
  const known = await core.db.get(ref);
  if (!known) throw new Error('no channel');
  await core.db.update(ref, { settings: { ...known.settings, signature: 'Fernhill Garden' } });
  const { token } = await linkTo((await make()).id);
  const { json } = await open(token);
  expect(Object.keys(json.review?.channels[0] ?? {}).sort()).toEqual(
    ['avatarUrl', 'displayName', 'handle', 'id', 'platform', 'sandbox', 'signature'].sort(),
  );
});
