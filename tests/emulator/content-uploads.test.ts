import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Storage } from '@google-cloud/storage';
import { FakeCloudStorage } from '@tests/fakes/cloud-storage';
import { call, type Person, team } from '@tests/support/accounts';
import { RouteServer } from '@tests/support/http-server';
import { bytesOf, clip, longClip, picture } from '@tests/support/media';
import { pdf } from '@tests/support/pdf';
import { Upload } from 'tus-js-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as ONE from '@/app/api/media/uploads/[id]/route';
import * as ALL from '@/app/api/media/uploads/route';
import { OutboundHttp } from '@/core/http/outbound';
import { provide } from '@/core/singletons';
import { FixedClock } from '@/core/time/clock';
import { MediaService } from '@/features/content/media-service';
import {
  mediaUploadModel,
  newUploadSchema,
  PIECE_MAX_BYTES,
  PIECE_UNIT_BYTES,
  type UploadState,
} from '@/features/content/media-upload-schema';
import { MediaUploads } from '@/features/content/media-uploads';
import { CloudMediaStore } from '@/features/content/providers/cloud-media-store';
import { LocalMediaStore } from '@/features/content/providers/local-media-store';

const folder = mkdtempSync(join(tmpdir(), 'irisync-uploads-test-'));
const server = new RouteServer([ALL.OPTIONS, ALL.GET, ALL.POST, ONE.GET, ONE.HEAD, ONE.PATCH, ONE.DELETE]);
let organizationId: string;
let owner: Person;
let member: Person;
let viewer: Person;
let stranger: Person;

beforeAll(async () => {
  provide('MediaStore', () => new LocalMediaStore(folder));
  ({ organizationId, owner, member, viewer } = await team({ member: 'member', viewer: 'viewer' }));
  stranger = (await team()).owner;
  await server.start();
});
afterAll(() => server.stop());

const TUS = { 'tus-resumable': '1.0.0' };
const PIECE = { ...TUS, 'content-type': 'application/offset+octet-stream' };
const base64 = (text: string) => Buffer.from(text).toString('base64');
type Problem = { code: string; detail: string; offset?: number; errors?: { path: string }[] };

async function begin(length: number, as: Person = owner, about = `filename ${base64('sea.mp4')}`) {
  const answer = await call<Problem>(ALL.POST, {
    path: '/api/media/uploads',
    as,
    headers: { ...TUS, 'upload-length': String(length), 'upload-metadata': about },
  });
  expect(answer.status, answer.text).toBe(201);
  return answer.headers.get('location') ?? '';
}
const send = (path: string, offset: number, bytes: Uint8Array, as: Person = owner) =>
  call<Problem>(ONE.PATCH, {
    path,
    as,
    raw: Uint8Array.from(bytes),
    headers: { ...PIECE, 'upload-offset': String(offset) },
  });
const head = (path: string, as: Person = owner) => call(ONE.HEAD, { path, as, headers: TUS });
const offsetOf = async (path: string) => (await head(path)).headers.get('upload-offset');
const mine = async (as: Person = owner) =>
  (await call<{ items: UploadState[] }>(ALL.GET, { path: '/api/media/uploads', as })).json.items;
const filesOf = async (org = organizationId) =>
  (await readdir(join(folder, org), { recursive: true }).catch(() => [])).filter((name) =>
    name.includes('.'),
  );

describe('resumable upload', () => {
  it('takes a file in pieces, says how far it is, and adds it with its hash, facts and words', async () => {
    const raw = await longClip(2 * PIECE_UNIT_BYTES);
    const about = [
      `filename ${base64('../Meer ü.mov')}`,
      `altText ${base64('The sea')}`,
      `tags ${base64('sea,sun')}`,
    ];
    const path = await begin(raw.byteLength, owner, about.join(','));
    const first = await send(path, 0, raw.subarray(0, PIECE_UNIT_BYTES));
    expect([first.status, first.headers.get('upload-offset')]).toEqual([204, String(PIECE_UNIT_BYTES)]);
    const state = await head(path);
    expect(Object.fromEntries(state.headers)).toMatchObject({
      'tus-resumable': '1.0.0',
      'upload-offset': String(PIECE_UNIT_BYTES),
      'upload-length': String(raw.byteLength),
      'cache-control': 'no-store',
    });
    expect(new Date(state.headers.get('upload-expires') ?? '').getTime()).toBeGreaterThan(Date.now());
    expect(await mine()).toMatchObject([{ offset: PIECE_UNIT_BYTES, assetId: null }]);
    const last = await send(path, PIECE_UNIT_BYTES, raw.subarray(PIECE_UNIT_BYTES));
    expect(last.status, last.text).toBe(204);
    const id = last.headers.get('x-media-id') ?? '';
    const asset = await MediaService.getInstance().get(organizationId, id);
    expect(asset).toMatchObject({
      mime: 'video/mp4',
      bytes: raw.byteLength,
      sha256: createHash('sha256').update(raw).digest('hex'),
      width: 640,
      filename: 'Meer ü.mp4',
      altText: 'The sea',
      tags: ['sea', 'sun'],
      uploadedBy: owner.uid,
    });
    const opened = await MediaService.getInstance().open(organizationId, id);
    expect(Buffer.from(await bytesOf(await opened.open())).equals(Buffer.from(raw))).toBe(true);
    expect(await mine()).toEqual([]);
    // A lost last answer: the same question still has its answer.
    expect((await head(path)).headers.get('x-media-id')).toBe(id);
  });

  it('makes previews of a picture, and gives the one already there for the same bytes', async () => {
    const raw = await picture({ width: 700, height: 400, noise: true });
    const added: string[] = [];
    for (const _ of [1, 2]) {
      const path = await begin(raw.byteLength);
      await send(path, 0, raw.subarray(0, PIECE_UNIT_BYTES));
      const last = await send(path, PIECE_UNIT_BYTES, raw.subarray(PIECE_UNIT_BYTES));
      added.push(last.headers.get('x-media-id') ?? last.text);
      const state = await call<UploadState>(ONE.GET, { path, as: owner });
      expect(state.json.duplicate).toBe(added.length === 2);
    }
    expect(added[1]).toBe(added[0]);
    const asset = await MediaService.getInstance().get(organizationId, added[0] ?? '');
    expect(asset.thumbnails).toHaveLength(2);
    expect((await filesOf()).filter((name) => name.endsWith('.png'))).toEqual([`${asset.id}/original.png`]);
  });

  it('takes a document in pieces, and forgets a broken one with all its pieces', async () => {
    const raw = pdf({ pages: 2, drawing: randomBytes(PIECE_UNIT_BYTES).toString('latin1') });
    const sendAll = async (bytes: Uint8Array) => {
      const path = await begin(bytes.byteLength);
      for (let at = 0; ; at += PIECE_UNIT_BYTES) {
        const answer = await send(path, at, bytes.subarray(at, at + PIECE_UNIT_BYTES));
        if (answer.status !== 204 || at + PIECE_UNIT_BYTES >= bytes.byteLength) return answer;
      }
    };
    const last = await sendAll(raw);
    const asset = await MediaService.getInstance().get(
      organizationId,
      last.headers.get('x-media-id') ?? last.text,
    );
    expect(asset).toMatchObject({ kind: 'document', pages: 2, bytes: raw.byteLength });
    const before = await filesOf();
    const refused = await sendAll(raw.slice(0, -20));
    expect([refused.status, refused.json.detail]).toEqual([400, expect.stringContaining('cut off')]);
    expect([await filesOf(), await mine()]).toEqual([before, []]);
  });

  it('works with the tus reference client through cut connections and server errors', async () => {
    const raw = Buffer.from(await longClip(3 * PIECE_MAX_BYTES));
    const seen: string[] = [];
    server.trouble = (request) => {
      if (request.method !== 'PATCH') return undefined;
      seen.push(String(request.headers['upload-offset']));
      return seen.length === 2 ? 'cut' : seen.length === 4 ? 503 : undefined;
    };
    const id = await new Promise<string | undefined>((resolve, reject) => {
      new Upload(raw, {
        endpoint: `${server.url}/api/media/uploads`,
        chunkSize: PIECE_MAX_BYTES,
        retryDelays: [0, 0, 0],
        headers: { authorization: `Bearer ${owner.idToken}` },
        metadata: { filename: 'long.mp4' },
        onError: reject,
        onSuccess: ({ lastResponse }) => resolve(lastResponse.getHeader('x-media-id')),
      }).start();
    });
    server.trouble = () => undefined;
    expect(seen).toEqual(
      [
        0,
        PIECE_MAX_BYTES,
        PIECE_MAX_BYTES,
        2 * PIECE_MAX_BYTES,
        2 * PIECE_MAX_BYTES,
        3 * PIECE_MAX_BYTES,
      ].map(String),
    );
    expect(await MediaService.getInstance().get(organizationId, id ?? '')).toMatchObject({
      sha256: createHash('sha256').update(raw).digest('hex'),
    });
  });

  it('keeps what came before a connection broke', async () => {
    const raw = await longClip(3 * PIECE_UNIT_BYTES);
    const path = await begin(raw.byteLength);
    let sent = false;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        if (sent) return controller.error(new Error('connection reset'));
        sent = true;
        controller.enqueue(raw.subarray(0, PIECE_UNIT_BYTES + 999));
      },
    });
    const request = new Request(`http://localhost:3000${path}`, {
      method: 'PATCH',
      headers: { ...PIECE, 'upload-offset': '0', authorization: `Bearer ${owner.idToken}` },
      body,
      duplex: 'half',
    } as RequestInit);
    await ONE.PATCH(request, { params: Promise.resolve({ id: path.split('/').at(-1) }) });
    expect(await offsetOf(path)).toBe(String(PIECE_UNIT_BYTES));
  });

  it('lets one of two simultaneous pieces in, and the file stays whole', async () => {
    const raw = await longClip(2 * PIECE_UNIT_BYTES);
    const path = await begin(raw.byteLength);
    const both = await Promise.all([1, 2, 3].map(() => send(path, 0, raw.subarray(0, PIECE_UNIT_BYTES))));
    expect(both.map(({ status }) => status).sort()).toEqual([204, 409, 409]);
    expect(both.every(({ headers }) => headers.get('tus-resumable') === '1.0.0')).toBe(true);
    const ends = await Promise.all(
      [1, 2].map(() => send(path, PIECE_UNIT_BYTES, raw.subarray(PIECE_UNIT_BYTES))),
    );
    expect(ends.map(({ status }) => status).sort()).toEqual([204, 409]);
    const asset = await MediaService.getInstance().get(
      organizationId,
      (await head(path)).headers.get('x-media-id') ?? '',
    );
    expect(asset.sha256).toBe(createHash('sha256').update(raw).digest('hex'));
  });
});

describe('refusals', () => {
  it('says where to go on at a wrong offset, and takes no more than was announced', async () => {
    const path = await begin(2 * PIECE_UNIT_BYTES);
    const wrong = await send(path, 5, randomBytes(10));
    expect([wrong.status, wrong.json.offset]).toEqual([409, 0]);
    expect((await send(path, 0, randomBytes(2 * PIECE_UNIT_BYTES + 1))).status).toBe(413);
    expect((await send(path, 0, randomBytes(PIECE_MAX_BYTES + 1))).status).toBe(413);
    const small = await send(path, 0, randomBytes(100));
    expect([small.status, small.json.errors?.[0]?.path]).toEqual([400, 'body']);
    expect(await offsetOf(path)).toBe('0');
  });

  it.each([
    ['another version', { 'tus-resumable': '0.2.2', 'upload-length': '5' }, 412],
    ['no length', TUS, 400],
    ['a length in words', { ...TUS, 'upload-length': 'many' }, 400],
    ['nothing at all', { ...TUS, 'upload-length': '0' }, 400],
    ['more than a gigabyte', { ...TUS, 'upload-length': '1073741825' }, 413],
    ['words that are no base64', { ...TUS, 'upload-length': '5', 'upload-metadata': 'filename §' }, 400],
    [
      'too long a description',
      { ...TUS, 'upload-length': '5', 'upload-metadata': `altText ${base64('x'.repeat(9000))}` },
      400,
    ],
  ])('refuses to begin with %s', async (_, headers: Record<string, string>, status) => {
    const encoded = Object.fromEntries(
      Object.entries(headers).map(([key, value]) => [key, value.replace('§', '%%')]),
    );
    const answer = await call(ALL.POST, { path: '/api/media/uploads', as: owner, headers: encoded });
    expect(answer.status, answer.text).toBe(status);
    expect(answer.headers.get('tus-resumable')).toBe('1.0.0');
  });

  it('refuses a wrong type, a picture beyond its limit and a damaged file, and leaves nothing', async () => {
    const before = await filesOf();
    const png = await picture({ width: 500, height: 400, noise: true });
    const movie = await clip();
    for (const [length, first, status, reason] of [
      [PIECE_UNIT_BYTES * 2, Buffer.alloc(PIECE_UNIT_BYTES, 'text '), 415, /could not tell/],
      [60_000_000, png.subarray(0, PIECE_UNIT_BYTES), 413, /40 MB/],
      [900, movie.subarray(0, 900), 400, /damaged/],
    ] as const) {
      const path = await begin(length);
      const answer = await send(path, 0, first);
      expect([answer.status, answer.json.detail]).toEqual([status, expect.stringMatching(reason)]);
      expect((await head(path)).status).toBe(404);
    }
    expect(await filesOf()).toEqual(before);
  });

  it('is nobody else’s: not a stranger’s, not a colleague’s, not a viewer’s', async () => {
    const path = await begin(2 * PIECE_UNIT_BYTES);
    for (const [as, status] of [
      [stranger, 404],
      [member, 404],
      [viewer, 403],
    ] as const) {
      expect((await head(path, as)).status).toBe(status);
      expect((await send(path, 0, randomBytes(PIECE_UNIT_BYTES), as)).status).toBe(status);
      expect((await call(ONE.DELETE, { path, as, headers: TUS })).status).toBe(status);
    }
    expect((await mine(member)).length).toBe(0);
    expect(await offsetOf(path)).toBe('0');
  });
});

describe('the end', () => {
  it('cancels an unfinished upload with its bytes, and never a file of the library', async () => {
    const raw = await longClip(PIECE_UNIT_BYTES);
    const half = await begin(raw.byteLength);
    await send(half, 0, raw.subarray(0, PIECE_UNIT_BYTES));
    expect((await filesOf()).some((name) => name.endsWith('.pieces'))).toBe(true);
    expect((await call(ONE.DELETE, { path: half, as: owner, headers: TUS })).status).toBe(204);
    expect((await head(half)).status).toBe(404);
    const whole = await begin(raw.byteLength);
    const id = (await send(whole, 0, raw)).headers.get('x-media-id') ?? '';
    expect((await call(ONE.DELETE, { path: whole, as: owner, headers: TUS })).status).toBe(204);
    const opened = await MediaService.getInstance().open(organizationId, id);
    expect((await bytesOf(await opened.open())).byteLength).toBe(raw.byteLength);
  });

  it('ends after a day without a piece, and the sweep removes it and its bytes but no finished file', async () => {
    const raw = await longClip(PIECE_UNIT_BYTES);
    const [half, whole] = [await begin(raw.byteLength), await begin(raw.byteLength)];
    await send(half, 0, raw.subarray(0, PIECE_UNIT_BYTES));
    const id = (await send(whole, 0, raw)).headers.get('x-media-id') ?? '';
    const later = new FixedClock(new Date(Date.now() + 25 * 3600_000));
    const uploads = new MediaUploads({ ...MediaUploads.getInstance().deps, clock: later });
    const who = { organizationId, userId: owner.uid } as Parameters<typeof uploads.state>[0];
    await expect(uploads.state(who, half.split('/').at(-1) ?? '')).rejects.toMatchObject({ code: 'gone' });
    expect((await uploads.expire(() => true)).removed).toBeGreaterThanOrEqual(2);
    expect((await head(half)).status).toBe(404);
    expect((await filesOf()).filter((name) => name.endsWith('.pieces'))).toEqual([]);
    const opened = await MediaService.getInstance().open(organizationId, id);
    expect((await bytesOf(await opened.open())).byteLength).toBe(raw.byteLength);
  });

  it('is gone on with after a process died while it wrote', async () => {
    const raw = await longClip(PIECE_UNIT_BYTES);
    const path = await begin(raw.byteLength);
    const { deps } = MediaUploads.getInstance();
    const id = path.split('/').at(-1) ?? '';
    const who = { organizationId, userId: owner.uid };
    const now = new Date();
    await deps.repository.claim(
      who,
      id,
      { writer: 'dead', now, until: new Date(now.getTime() + 60_000) },
      () => undefined,
    );
    expect((await send(path, 0, raw)).status).toBe(409);
    const later = new MediaUploads({ ...deps, clock: new FixedClock(new Date(now.getTime() + 61_000)) });
    const done = await later.append(who as Parameters<typeof later.append>[0], id, 0, raw);
    expect(done.offset).toBe(raw.byteLength);
    await expect(deps.repository.write(id, 'dead', { offset: 0 })).rejects.toMatchObject({
      code: 'conflict',
    });
  });
});

describe('into Cloud Storage', () => {
  const fake = new FakeCloudStorage();
  const http = new OutboundHttp();
  beforeAll(() => fake.start());
  afterAll(async () => {
    await http.close();
    await fake.stop();
  });

  it('goes on after an error, after the store kept less than was sent, and after a process died with the file whole', async () => {
    const storage = new Storage({
      projectId: 'test',
      apiEndpoint: fake.url,
      token: 'test',
      retryOptions: { autoRetry: false },
    });
    const store = new CloudMediaStore(async () => storage.bucket('media'), http);
    const { deps } = MediaUploads.getInstance();
    const { repository, channels, links, ids } = deps.media;
    const uploads = new MediaUploads({
      ...deps,
      store,
      media: new MediaService(repository, store, channels, links, ids),
    });
    const actor = { organizationId, userId: owner.uid } as Parameters<typeof uploads.append>[0];
    const raw = await longClip(4 * PIECE_UNIT_BYTES);
    const { id } = await uploads.begin(
      actor,
      newUploadSchema.parse({ length: raw.byteLength, filename: 'cloud.mp4' }),
    );
    const send = (offset: number, to: number) => uploads.append(actor, id, offset, raw.subarray(offset, to));
    fake.keepAtMost = PIECE_UNIT_BYTES;
    expect((await send(0, 2 * PIECE_UNIT_BYTES)).offset).toBe(PIECE_UNIT_BYTES);
    fake.keepAtMost = null;
    fake.failures = [503];
    await expect(send(PIECE_UNIT_BYTES, 2 * PIECE_UNIT_BYTES)).rejects.toMatchObject({ kind: 'unavailable' });
    expect((await send(PIECE_UNIT_BYTES, 3 * PIECE_UNIT_BYTES)).offset).toBe(3 * PIECE_UNIT_BYTES);
    // The whole file is in the store, and the process dies before it is recorded.
    const known = await repository.db.get(repository.db.doc(mediaUploadModel, id));
    const upload = { path: known?.storagePath ?? '', token: known?.storeToken ?? '', length: raw.byteLength };
    await store.putPiece(upload, 3 * PIECE_UNIT_BYTES, raw.subarray(3 * PIECE_UNIT_BYTES));
    const done = await send(3 * PIECE_UNIT_BYTES, raw.byteLength);
    expect(done).toMatchObject({ offset: raw.byteLength, assetId: known?.assetId, duplicate: false });
    expect(await deps.media.get(organizationId, done.assetId ?? '')).toMatchObject({
      sha256: createHash('sha256').update(raw).digest('hex'),
      durationSeconds: 1,
    });
    expect(fake.objects.get(upload.path)?.data.equals(Buffer.from(raw))).toBe(true);
  });
});

it('holds one piece at a time in memory', async () => {
  const length = 18 * PIECE_MAX_BYTES;
  const start = Buffer.from(await clip());
  const path = await begin(length);
  const filler = Buffer.alloc(PIECE_MAX_BYTES);
  const opening = Buffer.alloc(PIECE_MAX_BYTES);
  start.copy(opening);
  opening.writeUInt32BE(length - start.byteLength, start.byteLength);
  opening.write('free', start.byteLength + 4);
  // Only what is held counts, not what waits to be collected.
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  const before = process.memoryUsage();
  let peak = 0;
  let answer: Awaited<ReturnType<typeof send>> | undefined;
  for (let offset = 0; offset < length; offset += PIECE_MAX_BYTES) {
    answer = await send(path, offset, offset === 0 ? opening : filler);
    collect();
    const now = process.memoryUsage();
    peak = Math.max(peak, now.external + now.heapUsed - before.external - before.heapUsed);
  }
  expect([answer?.status, answer?.text]).toEqual([204, '']);
  expect(peak).toBeLessThan(24_000_000);
}, 60_000);
