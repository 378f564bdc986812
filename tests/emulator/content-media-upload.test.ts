import { createHash } from 'node:crypto';
import { call, type Person } from '@tests/support/accounts';
import { bytesOf, clip, picture } from '@tests/support/media';
import { filesOf, mediaTeam, stored, upload } from '@tests/support/media-library';
import { pdf } from '@tests/support/pdf';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { GET as FILE } from '@/app/api/media/[id]/file/route';
import { POST as FIT } from '@/app/api/media/[id]/fit/route';
import { GET as THUMB } from '@/app/api/media/[id]/thumb/route';
import { POST } from '@/app/api/media/route';
import { MediaService } from '@/features/content/media-service';

let organizationId: string;
let owner: Person;
let stranger: { owner: Person };

beforeAll(async () => {
  ({ organizationId, owner, stranger } = await mediaTeam());
});

describe('upload', () => {
  it('knows a picture by its content and keeps its facts, previews and bytes', async () => {
    const raw = await picture({ width: 1200, height: 800, format: 'jpeg' });
    const answer = await upload(raw, owner, '?filename=..%2F..%2Fevil%2Fsun.svg&altText=The%20sun&tag=sky');
    expect(answer.status).toBe(201);
    const { asset, duplicate } = answer.json;
    expect(duplicate).toBe(false);
    expect(asset).toMatchObject({
      kind: 'image',
      mime: 'image/jpeg',
      bytes: raw.byteLength,
      width: 1200,
      height: 800,
      filename: 'sun.jpg',
      altText: 'The sun',
      tags: ['sky'],
      sha256: createHash('sha256').update(raw).digest('hex'),
      source: 'upload',
      uploadedBy: owner.uid,
    });
    expect(asset.thumbnails.map(({ width, height }) => [width, height])).toEqual([
      [320, 213],
      [960, 640],
    ]);
    const opened = await MediaService.getInstance().open(organizationId, asset.id);
    expect(Buffer.from(await bytesOf(await opened.open()))).toEqual(Buffer.from(raw));
  });

  it('shows a picture the way the camera was held', async () => {
    const raw = await sharp(await picture({ width: 60, height: 30 }))
      .withMetadata({ orientation: 6 })
      .jpeg()
      .toBuffer();
    expect(await stored(Uint8Array.from(raw), owner)).toMatchObject({ width: 30, height: 60 });
  });

  it('reads size, length and frame rate of a video', async () => {
    expect(await stored(await clip(3, 25), owner)).toMatchObject({
      kind: 'video',
      mime: 'video/mp4',
      width: 640,
      height: 360,
      durationSeconds: 3,
      framesPerSecond: 25,
      videoCodec: 'vp9',
      thumbnails: [],
    });
  });

  it('counts the pages of a document, keeps its title, and shows its first page', async () => {
    const raw = pdf({ pages: 3, title: 'Irises of the year' });
    const asset = await stored(raw, owner);
    expect(asset).toMatchObject({
      kind: 'document',
      mime: 'application/pdf',
      bytes: raw.byteLength,
      pages: 3,
      title: 'Irises of the year',
      altText: '',
      filename: 'document.pdf',
      thumbnails: [
        { width: 320, height: 213 },
        { width: 960, height: 640 },
      ],
    });
    const facts = await MediaService.getInstance().facts(organizationId, [asset.id]);
    expect(facts.get(asset.id)).toMatchObject({ kind: 'document', pages: 3, title: 'Irises of the year' });
    const path = `/api/media/${asset.id}`;
    expect((await call(THUMB, { path: `${path}/thumb`, as: owner })).headers.get('content-type')).toBe(
      'image/webp',
    );
    // Saved, never opened in place: a document can carry scripts.
    const served = await call(FILE, { path: `${path}/file`, as: owner });
    expect(served.headers.get('content-disposition')).toMatch(/^attachment;/);
    const fit = await call(FIT, { path: `${path}/fit`, body: { platform: 'linkedin' }, as: owner });
    expect(fit.status).toBe(400);
  });

  it('gives the same asset for the same bytes, also when they arrive at once, and only within one organisation', async () => {
    const raw = await picture();
    const answers = await Promise.all([1, 2, 3, 4].map(() => upload(raw, owner)));
    const ids = new Set(answers.map(({ json }) => json.asset.id));
    expect(ids.size).toBe(1);
    expect(answers.filter(({ json }) => !json.duplicate)).toHaveLength(1);
    const elsewhere = await stored(raw, stranger.owner);
    expect(ids.has(elsewhere.id)).toBe(false);
    const [id] = ids;
    const kept = await filesOf(organizationId);
    expect(kept.filter((name) => name.includes('original') && name.startsWith(`${id}/`))).toHaveLength(1);
  });

  it.each([
    ['nothing', new Uint8Array(), 400, 'validation_failed', 'empty'],
    ['text', new TextEncoder().encode('hello there'), 415, 'unsupported_media_type', 'could not tell'],
    [
      'a drawing with a script',
      new TextEncoder().encode(
        '<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
      ),
      415,
      'unsupported_media_type',
      'SVG',
    ],
    ['a PDF that is protected', pdf({ encrypted: true }), 400, 'validation_failed', 'protected'],
    ['a PDF without pages', pdf({ pages: 0 }), 400, 'validation_failed', 'no pages'],
    ['a PDF that is cut off', pdf().slice(0, -30), 400, 'validation_failed', 'cut off'],
    [
      'a page named .png',
      new TextEncoder().encode('<!doctype html><script>alert(1)</script>'),
      415,
      'unsupported_media_type',
      'could not tell',
    ],
  ])('refuses %s with the reason and leaves nothing behind', async (_, raw, status, code, reason) => {
    const before = await filesOf(organizationId);
    const answer = await upload(raw, owner, '?filename=ok.png');
    expect([answer.status, answer.json.code]).toEqual([status, code]);
    expect(answer.json.detail).toContain(reason);
    expect(await filesOf(organizationId)).toEqual(before);
  });

  it('refuses a picture that was cut off and a video without its index', async () => {
    const whole = await picture({ width: 400, height: 400, format: 'jpeg', noise: true });
    const movie = await clip();
    for (const raw of [whole.slice(0, whole.byteLength / 3), movie.slice(0, 600)]) {
      const answer = await upload(raw, owner);
      expect(answer.status, answer.text).toBe(400);
      expect(answer.json.detail).toMatch(/damaged/);
    }
  });

  it('refuses a decompression bomb by its pixels before decoding it', async () => {
    // 240 million white pixels: a few hundred kilobytes of PNG, 720 MB decoded.
    const bomb = await sharp({
      create: { width: 30_000, height: 8_000, channels: 3, background: '#fff' },
      limitInputPixels: false,
    })
      .png({ compressionLevel: 9 })
      .toBuffer();
    const answer = await upload(Uint8Array.from(bomb), owner);
    expect(answer.status).toBe(400);
    expect(answer.json.detail).toContain('million pixels');
  });

  it('refuses what is too large as soon as it is, whatever length was declared', async () => {
    let sent = 0;
    const chunk = new Uint8Array(1_000_000);
    const png = await picture();
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        if (sent === 0) controller.enqueue(png);
        else controller.enqueue(chunk);
        sent += chunk.byteLength;
      },
    });
    const request = new Request('http://localhost:3000/api/media', {
      method: 'POST',
      headers: { authorization: `Bearer ${owner.idToken}`, 'content-type': 'image/png' },
      body,
      duplex: 'half',
    } as RequestInit);
    const response = await POST(request, { params: Promise.resolve({}) });
    expect(response.status).toBe(413);
    expect(sent).toBeLessThan(60_000_000);
  });
});
