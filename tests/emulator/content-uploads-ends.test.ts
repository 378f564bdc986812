import { createHash } from 'node:crypto';
import { Storage } from '@google-cloud/storage';
import { FakeCloudStorage } from '@tests/fakes/cloud-storage';
import { call, type Person } from '@tests/support/accounts';
import { bytesOf, longClip } from '@tests/support/media';
import { filesOf, mediaTeam } from '@tests/support/media-library';
import { TUS, UploadCaller } from '@tests/support/resumable-uploads';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as ONE from '@/app/api/media/uploads/[id]/route';
import { OutboundHttp } from '@/core/http/outbound';
import { FixedClock } from '@/core/time/clock';
import { MediaService } from '@/features/content/media-service';
import { mediaUploadModel, newUploadSchema, PIECE_UNIT_BYTES } from '@/features/content/media-upload-schema';
import { MediaUploads } from '@/features/content/media-uploads';
import { CloudMediaStore } from '@/features/content/providers/cloud-media-store';

let organizationId: string;
let owner: Person;

beforeAll(async () => {
  ({ organizationId, owner } = await mediaTeam());
});

const { begin, send, head } = new UploadCaller(() => owner);

describe('the end', () => {
  it('cancels an unfinished upload with its bytes, and never a file of the library', async () => {
    const raw = await longClip(PIECE_UNIT_BYTES);
    const half = await begin(raw.byteLength);
    await send(half, 0, raw.subarray(0, PIECE_UNIT_BYTES));
    expect((await filesOf(organizationId)).some((name) => name.endsWith('.pieces'))).toBe(true);
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
    expect((await filesOf(organizationId)).filter((name) => name.endsWith('.pieces'))).toEqual([]);
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
