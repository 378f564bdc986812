import { randomBytes } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Storage } from '@google-cloud/storage';
import { FakeCloudStorage } from '@tests/fakes/cloud-storage';
import { bytesOf } from '@tests/support/media';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OutboundHttp } from '@/core/http/outbound';
import type { MediaStore } from '@/features/content/media-store';
import { CloudMediaStore } from '@/features/content/providers/cloud-media-store';
import { LocalMediaStore } from '@/features/content/providers/local-media-store';

const folder = mkdtempSync(join(tmpdir(), 'irisync-store-'));
const fake = new FakeCloudStorage();
const http = new OutboundHttp();

beforeAll(() => fake.start());
afterAll(async () => {
  await http.close();
  await fake.stop();
});

function cloudStore(): MediaStore {
  const storage = new Storage({
    projectId: 'test',
    apiEndpoint: fake.url,
    token: 'test-token',
    retryOptions: { autoRetry: false },
  });
  return new CloudMediaStore(async () => storage.bucket('media'), http);
}

const STORES: [string, () => MediaStore][] = [
  ['local folder', () => new LocalMediaStore(join(folder, 'media'))],
  ['Cloud Storage', cloudStore],
];

/** One suite for every place the bytes may be. */
describe.each(STORES)('media store: %s', (_, store) => {
  it('gives back what was put, small and large, and in ranges', async () => {
    for (const size of [1, 70_000, 9_000_000]) {
      const data = randomBytes(size);
      const file = join(folder, `in-${size}`);
      await writeFile(file, data);
      const path = `org/asset-${size}/original.bin`;
      await store().putFile(path, file, 'application/octet-stream');
      expect(Buffer.from(await bytesOf(await store().open(path))).equals(data)).toBe(true);
      const range = { start: Math.floor(size / 3), end: Math.floor(size / 3) + 1 };
      expect(await bytesOf(await store().open(path, range))).toEqual(
        Uint8Array.from(data.subarray(range.start, range.end)),
      );
    }
  });

  it('replaces a file that is put again', async () => {
    await store().putBytes('org/a/preview.webp', Buffer.from('one'), 'image/webp');
    await store().putBytes('org/a/preview.webp', Buffer.from('two'), 'image/webp');
    expect(Buffer.from(await bytesOf(await store().open('org/a/preview.webp'))).toString()).toBe('two');
  });

  it('says not found before the first byte, and deletes what is not there', async () => {
    await expect(store().open('org/nothing/original.png')).rejects.toMatchObject({ code: 'not_found' });
    await store().delete('org/nothing/original.png');
    await store().putBytes('org/b/x', Buffer.from('x'), 'text/plain');
    await store().delete('org/b/x');
    await expect(store().open('org/b/x')).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe.each(STORES)('media store in pieces: %s', (_, store) => {
  const UNIT = 262_144;
  let serial = 0;
  const begin = async (length: number) => {
    serial += 1;
    const path = `org/pieces-${serial}-${_.length}/original.bin`;
    return { path, length, token: await store().beginPieces(path, 'application/octet-stream', length) };
  };

  it('takes a file piece by piece, from another process each time, and a piece again after a lost answer', async () => {
    const data = randomBytes(3 * UNIT + 17);
    const upload = await begin(data.byteLength);
    const put = (from: number, to: number) => store().putPiece(upload, from, data.subarray(from, to));
    expect(await put(0, UNIT)).toBe(UNIT);
    await expect(store().open(upload.path)).rejects.toMatchObject({ code: 'not_found' });
    expect(await put(UNIT, 3 * UNIT)).toBe(3 * UNIT);
    expect(await put(UNIT, 2 * UNIT)).toBe(2 * UNIT);
    expect(await put(3 * UNIT, data.byteLength)).toBe(data.byteLength);
    expect(await put(3 * UNIT, data.byteLength)).toBe(data.byteLength);
    expect(Buffer.from(await bytesOf(await store().open(upload.path))).equals(data)).toBe(true);
  });

  it('forgets pieces and whole files, twice without complaint', async () => {
    const half = await begin(2 * UNIT);
    await store().putPiece(half, 0, randomBytes(UNIT));
    const whole = await begin(10);
    await store().putPiece(whole, 0, randomBytes(10));
    for (const upload of [half, whole]) {
      await store().abandonPieces(upload);
      await store().abandonPieces(upload);
      await expect(store().open(upload.path)).rejects.toMatchObject({ code: 'not_found' });
    }
    await expect(store().putPiece(half, UNIT, randomBytes(UNIT))).rejects.toMatchObject({ code: 'gone' });
  });
});

it('says how much Cloud Storage kept when it kept less than was sent', async () => {
  const UNIT = 262_144;
  const upload = { path: 'org/short/original.bin', length: 3 * UNIT, token: '' };
  upload.token = await cloudStore().beginPieces(upload.path, 'application/octet-stream', upload.length);
  fake.keepAtMost = UNIT;
  expect(await cloudStore().putPiece(upload, 0, randomBytes(2 * UNIT))).toBe(UNIT);
  fake.keepAtMost = 0;
  expect(await cloudStore().putPiece(upload, UNIT, randomBytes(UNIT))).toBe(UNIT);
  fake.keepAtMost = null;
  fake.failures = [503];
  await expect(cloudStore().putPiece(upload, UNIT, randomBytes(UNIT))).rejects.toMatchObject({
    kind: 'unavailable',
    retryable: true,
  });
});

describe('media store: trouble', () => {
  it('never leaves the media folder', async () => {
    const store = new LocalMediaStore(join(folder, 'media'));
    await expect(store.open('../in-1')).rejects.toThrow('left the media folder');
    await expect(store.putBytes('/etc/irisync', Buffer.from('x'))).rejects.toThrow('left the media folder');
  });

  it.each([
    [503, 'unavailable', true],
    [429, 'rate_limit', true],
    [403, 'auth_expired', false],
  ] as const)('classifies %i of Cloud Storage', async (status, kind, retryable) => {
    fake.failures = [status];
    await expect(cloudStore().putBytes('org/c/x', Buffer.from('x'), 'text/plain')).rejects.toMatchObject({
      provider: 'cloud_storage',
      kind,
      retryable,
    });
    fake.failures = [];
  });
});
