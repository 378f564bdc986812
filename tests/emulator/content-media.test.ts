import { call, type Person, team } from '@tests/support/accounts';
import { bytesOf, clip, picture } from '@tests/support/media';
import { filesOf, mediaTeam, stored, upload } from '@tests/support/media-library';
import { pdf } from '@tests/support/pdf';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { POST as CROP } from '@/app/api/media/[id]/crop/route';
import { GET as FILE } from '@/app/api/media/[id]/file/route';
import { POST as FIT } from '@/app/api/media/[id]/fit/route';
import { DELETE, GET, PATCH } from '@/app/api/media/[id]/route';
import { GET as THUMB } from '@/app/api/media/[id]/thumb/route';
import { GET as LINKED } from '@/app/api/media/linked/[token]/route';
import { GET as LIST } from '@/app/api/media/route';
import { FixedClock } from '@/core/time/clock';
import { MediaLinks } from '@/features/content/media-links';
import type { MediaAsset, StoredMedia } from '@/features/content/media-schema';
import { MediaService } from '@/features/content/media-service';
import { postModel, type UnsavedPost } from '@/features/content/schema';
import { core } from '@/server/core';

let organizationId: string;
let owner: Person;
let member: Person;
let viewer: Person;
let stranger: { organizationId: string; owner: Person };

beforeAll(async () => {
  ({ organizationId, owner, member, viewer, stranger } = await mediaTeam());
});

describe('reading', () => {
  it('serves the file so that nothing in it can run, whole, in ranges and unchanged', async () => {
    const raw = await picture({ format: 'webp' });
    const { id, sha256 } = await stored(raw, owner);
    const path = `/api/media/${id}/file?organizationId=${organizationId}`;
    const whole = await FILE(
      new Request(`http://localhost:3000${path}`, { headers: { authorization: `Bearer ${viewer.idToken}` } }),
      { params: Promise.resolve({ id }) },
    );
    expect(whole.status).toBe(200);
    expect(Buffer.from(await whole.arrayBuffer())).toEqual(Buffer.from(raw));
    expect(Object.fromEntries(whole.headers)).toMatchObject({
      'content-type': 'image/webp',
      'x-content-type-options': 'nosniff',
      'content-security-policy': expect.stringContaining("default-src 'none'"),
      'content-length': String(raw.byteLength),
      etag: `"${sha256}"`,
      'cache-control': expect.stringContaining('private'),
    });
    const part = await call(FILE, { path, as: viewer, headers: { range: 'bytes=4-11' } });
    expect([part.status, part.headers.get('content-range'), part.text.length]).toEqual([
      206,
      `bytes 4-11/${raw.byteLength}`,
      part.text.length,
    ]);
    expect(part.headers.get('content-length')).toBe('8');
    expect((await call(FILE, { path, as: viewer, headers: { 'if-none-match': `"${sha256}"` } })).status).toBe(
      304,
    );
    expect((await call(FILE, { path, as: viewer, headers: { range: 'bytes=999999-' } })).status).toBe(416);
  });

  it('serves previews, and says when a file has none', async () => {
    const { id } = await stored(await picture({ width: 500, height: 500 }), owner);
    const small = await call(THUMB, { path: `/api/media/${id}/thumb?w=100`, as: owner });
    expect([small.status, small.headers.get('content-type')]).toEqual([200, 'image/webp']);
    const video = await stored(await clip(), owner);
    expect((await call(THUMB, { path: `/api/media/${video.id}/thumb`, as: owner })).status).toBe(404);
  });

  it('is closed to strangers, whichever organisation they name', async () => {
    const { id } = await stored(await picture(), owner);
    for (const [handler, path] of [
      [GET, `/api/media/${id}`],
      [FILE, `/api/media/${id}/file`],
      [THUMB, `/api/media/${id}/thumb`],
    ] as const) {
      expect((await call(handler, { path, as: stranger.owner })).status).toBe(404);
      expect(
        (await call(handler, { path: `${path}?organizationId=${organizationId}`, as: stranger.owner }))
          .status,
      ).toBe(404);
      expect((await call(handler, { path })).status).toBe(401);
    }
    expect(
      (await call(PATCH, { path: `/api/media/${id}`, body: { altText: 'mine' }, as: stranger.owner })).status,
    ).toBe(404);
    expect((await call(DELETE, { path: `/api/media/${id}`, as: stranger.owner })).status).toBe(404);
  });

  it('links one file for two hours to whoever holds the link, and nothing else', async () => {
    const raw = await picture();
    const { id } = await stored(raw, owner);
    const service = MediaService.getInstance();
    const sources = await service.sources(organizationId, [id, 'med_unknown']);
    expect([...sources.keys()]).toEqual([id]);
    expect((await service.sources(stranger.organizationId, [id])).size).toBe(0);
    const source = sources.get(id);
    if (!source) throw new Error('no source');
    expect(Buffer.from(await bytesOf(await source.open({ start: 1, end: 4 })))).toEqual(
      Buffer.from(raw.slice(1, 4)),
    );
    const link = new URL(await source.publicUrl());
    const answer = await call(LINKED, { path: link.pathname });
    expect([answer.status, answer.headers.get('content-length')]).toEqual([200, String(raw.byteLength)]);
    const changed = link.pathname.slice(0, -3) + (link.pathname.endsWith('AAA') ? 'BBB' : 'AAA');
    expect((await call(LINKED, { path: changed })).status).toBe(404);
    expect((await call(LINKED, { path: '/api/media/linked/nonsense' })).status).toBe(404);
    const later = new FixedClock(new Date(Date.now() + 2 * 3600_000 + 1_000));
    const links = new MediaLinks(core.encryption, later, 'http://localhost:3000');
    const token = decodeURIComponent(link.pathname.split('/').at(-1) ?? '');
    await expect(links.open(token)).rejects.toMatchObject({ code: 'not_found' });
    const elsewhere = await core.encryption.encryptJson(
      { o: organizationId, a: id, e: Date.now() + 1e9 },
      'other',
    );
    expect((await call(LINKED, { path: `/api/media/linked/${encodeURIComponent(elsewhere)}` })).status).toBe(
      404,
    );
  });

  it('lists newest first, by kind and tag, page by page', async () => {
    const { owner: lister } = await team();
    for (const tag of ['a', 'b', 'a']) await upload(await picture(), lister, `?tag=${tag}`);
    await upload(pdf(), lister);
    await upload(await clip(), lister);
    const all = await call<{ items: MediaAsset[]; cursor: string | null }>(LIST, {
      path: '/api/media?limit=3',
      as: lister,
    });
    expect(all.json.items).toHaveLength(3);
    expect(all.json.items[0]?.kind).toBe('video');
    const rest = await call<{ items: MediaAsset[]; cursor: string | null }>(LIST, {
      path: `/api/media?limit=3&cursor=${all.json.cursor}`,
      as: lister,
    });
    expect([rest.json.items.length, rest.json.cursor]).toEqual([2, null]);
    const tagged = await call<{ items: MediaAsset[] }>(LIST, {
      path: '/api/media?tag=a&kind=image',
      as: lister,
    });
    expect(tagged.json.items).toHaveLength(2);
    for (const [query, count] of [
      ['tag=b', 1],
      ['kind=video', 1],
      ['kind=document', 1],
      ['kind=gif', 0],
    ] as const) {
      const found = await call<{ items: MediaAsset[] }>(LIST, { path: `/api/media?${query}`, as: lister });
      expect(found.json.items, query).toHaveLength(count);
    }
  });
});

describe('changing', () => {
  it('edits alt text and tags only', async () => {
    const { id } = await stored(await picture(), owner);
    const edited = await call<MediaAsset>(PATCH, {
      path: `/api/media/${id}`,
      body: { altText: ' A red dot ', tags: ['x'] },
      as: member,
    });
    expect(edited.json).toMatchObject({ altText: 'A red dot', tags: ['x'] });
    const bad = await call<{ errors: { path: string }[] }>(PATCH, {
      path: `/api/media/${id}`,
      body: { storagePath: '/etc/passwd' },
      as: member,
    });
    expect([bad.status, bad.json.errors[0]?.path]).toEqual([400, 'body.storagePath']);
    expect((await call(PATCH, { path: `/api/media/${id}`, body: { altText: 'x' }, as: viewer })).status).toBe(
      403,
    );
    expect((await upload(await picture(), viewer)).status).toBe(403);
  });

  const post = (mediaId: string, status: UnsavedPost['status']): Omit<UnsavedPost, 'id'> => ({
    organizationId,
    authorId: owner.uid,
    master: { text: '', mediaIds: [mediaId] },
    channels: [],
    channelIds: [],
    mediaIds: [mediaId],
    tags: [],
    status,
    version: 1,
    contentHash: '-',
    approval: { status: 'none' },
    schedule: { mode: 'draft' },
    source: 'human',
  });

  it('keeps a file that a post may still need, and deletes it with its previews afterwards', async () => {
    const asset = await stored(await picture(), member);
    const ref = core.db.doc(postModel, core.ids.next('post'));
    await core.db.create(ref, post(asset.id, 'scheduled'));
    const refused = await call<{ postIds: string[]; detail: string }>(DELETE, {
      path: `/api/media/${asset.id}`,
      as: owner,
    });
    expect([refused.status, refused.json.postIds]).toEqual([409, [ref.id]]);
    await core.db.update(ref, { status: 'published' });
    expect((await call(DELETE, { path: `/api/media/${asset.id}`, as: member })).status).toBe(204);
    expect((await filesOf(organizationId)).filter((name) => name.startsWith(asset.id))).toEqual([]);
    expect((await call(GET, { path: `/api/media/${asset.id}`, as: owner })).status).toBe(404);
  });

  it('is deleted by whoever added it, or an admin', async () => {
    const asset = await stored(await picture(), owner);
    expect((await call(DELETE, { path: `/api/media/${asset.id}`, as: member })).status).toBe(403);
    expect((await call(DELETE, { path: `/api/media/${asset.id}`, as: owner })).status).toBe(204);
  });

  it('makes a copy that fits a network, and leaves the original', async () => {
    const raw = await picture({ width: 1000, height: 900, noise: true });
    expect(raw.byteLength).toBeGreaterThan(2_000_000);
    const asset = await stored(raw, owner);
    const fitted = await call<StoredMedia>(FIT, {
      path: `/api/media/${asset.id}/fit`,
      body: { platform: 'bluesky' },
      as: member,
    });
    expect(fitted.status, fitted.text).toBe(201);
    expect(fitted.json.asset.id).not.toBe(asset.id);
    expect(fitted.json.asset).toMatchObject({ mime: 'image/jpeg', altText: asset.altText });
    expect(fitted.json.asset.bytes).toBeLessThanOrEqual(2_000_000);
    expect((await call(GET, { path: `/api/media/${asset.id}`, as: owner })).status).toBe(200);
    const video = await stored(await clip(), owner);
    expect(
      (await call(FIT, { path: `/api/media/${video.id}/fit`, body: { platform: 'bluesky' }, as: member }))
        .status,
    ).toBe(400);
  });

  it('crops a copy as the picture is shown, in its own type, and says when the part lies outside', async () => {
    // Held upright: 60 × 40 stored, 40 × 60 shown; red on top, blue below.
    const half = (background: string) =>
      sharp({ create: { width: 30, height: 40, channels: 3, background } })
        .png()
        .toBuffer();
    const raw = await sharp({ create: { width: 60, height: 40, channels: 3, background: '#000' } })
      .composite([
        { input: await half('#f00'), left: 0, top: 0 },
        { input: await half('#00f'), left: 30, top: 0 },
      ])
      .withMetadata({ orientation: 6 })
      .webp({ lossless: true })
      .toBuffer();
    const asset = await stored(Uint8Array.from(raw), owner);
    const crop = (body: object, id = asset.id) =>
      call<StoredMedia & { errors: { path: string }[] }>(CROP, {
        path: `/api/media/${id}/crop`,
        body,
        as: member,
      });
    const cropped = await crop({ left: 0, top: 30, width: 30, height: 30 });
    expect(cropped.status, cropped.text).toBe(201);
    expect(cropped.json.asset).toMatchObject({ mime: 'image/webp', width: 30, height: 30, tags: asset.tags });
    expect(cropped.json.asset.id).not.toBe(asset.id);
    const { open } = await MediaService.getInstance().open(organizationId, cropped.json.asset.id);
    const { dominant } = await sharp(Buffer.from(await bytesOf(await open()))).stats();
    expect(dominant.b).toBeGreaterThan(200);
    expect(dominant.r).toBeLessThan(50);
    const outside = await crop({ left: 20, top: 0, width: 30, height: 30 });
    expect([outside.status, outside.json.errors[0]?.path]).toEqual([400, 'body.width']);
    expect((await crop({ left: 0, top: 0, width: 1, height: 30 })).status).toBe(400);
    const video = await stored(await clip(), owner);
    expect((await crop({ left: 0, top: 0, width: 30, height: 30 }, video.id)).status).toBe(400);
  });

  it('keeps what a model made, by the same checks', async () => {
    const made = await MediaService.getInstance().saveGenerated({
      organizationId,
      userId: member.uid,
      bytes: await picture(),
      mime: 'image/png',
      altText: 'Generated',
    });
    expect(made).toMatchObject({ source: 'ai', altText: 'Generated', uploadedBy: member.uid });
    await expect(
      MediaService.getInstance().saveGenerated({
        organizationId,
        userId: member.uid,
        bytes: new TextEncoder().encode('no'),
        mime: 'image/png',
      }),
    ).rejects.toMatchObject({ code: 'unsupported_media_type' });
  });
});
