import { createHash, randomBytes } from 'node:crypto';
import { call, type Person } from '@tests/support/accounts';
import { RouteServer } from '@tests/support/http-server';
import { bytesOf, clip, longClip, picture } from '@tests/support/media';
import { filesOf, mediaTeam } from '@tests/support/media-library';
import { pdf } from '@tests/support/pdf';
import { base64, PIECE, TUS, UploadCaller } from '@tests/support/resumable-uploads';
import { Upload } from 'tus-js-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as ONE from '@/app/api/media/uploads/[id]/route';
import * as ALL from '@/app/api/media/uploads/route';
import { MediaService } from '@/features/content/media-service';
import { PIECE_MAX_BYTES, PIECE_UNIT_BYTES, type UploadState } from '@/features/content/media-upload-schema';

const server = new RouteServer([ALL.OPTIONS, ALL.GET, ALL.POST, ONE.GET, ONE.HEAD, ONE.PATCH, ONE.DELETE]);
let organizationId: string;
let owner: Person;
let member: Person;
let viewer: Person;
let stranger: { owner: Person };

beforeAll(async () => {
  ({ organizationId, owner, member, viewer, stranger } = await mediaTeam());
  await server.start();
});
afterAll(() => server.stop());

const { begin, send, head, offsetOf, mine } = new UploadCaller(() => owner);

describe('resumable upload', () => {
  it('takes a file in pieces, says how far it is, and adds it with its hash, facts and words', async () => {
    const raw = await longClip(2 * PIECE_UNIT_BYTES);
    const about = [
      `filename ${base64('../Meer ü.mov')}`,
      `altText ${base64('The sea')}`,
      `tags ${base64('sea,sun')}`,
    ];
    const path = await begin(raw.byteLength, about.join(','));
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
    expect((await filesOf(organizationId)).filter((name) => name.endsWith('.png'))).toEqual([
      `${asset.id}/original.png`,
    ]);
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
    const before = await filesOf(organizationId);
    const refused = await sendAll(raw.slice(0, -20));
    expect([refused.status, refused.json.detail]).toEqual([400, expect.stringContaining('cut off')]);
    expect([await filesOf(organizationId), await mine()]).toEqual([before, []]);
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
    const before = await filesOf(organizationId);
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
    expect(await filesOf(organizationId)).toEqual(before);
  });

  it('is nobody else’s: not a stranger’s, not a colleague’s, not a viewer’s', async () => {
    const path = await begin(2 * PIECE_UNIT_BYTES);
    for (const [as, status] of [
      [stranger.owner, 404],
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
