import { randomBytes } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Storage } from '@google-cloud/storage';
import { FakeCloudStorage } from '@tests/fakes/cloud-storage';
import { bytesOf } from '@tests/support/media';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MediaStore } from '@/features/content/media-store';
import { CloudMediaStore } from '@/features/content/providers/cloud-media-store';
import { LocalMediaStore } from '@/features/content/providers/local-media-store';

const folder = mkdtempSync(join(tmpdir(), 'irisync-store-'));
const fake = new FakeCloudStorage();

beforeAll(() => fake.start());
afterAll(() => fake.stop());

function cloudStore(): MediaStore {
  const storage = new Storage({
    projectId: 'test',
    apiEndpoint: fake.url,
    token: 'test-token',
    retryOptions: { autoRetry: false },
  });
  return new CloudMediaStore(async () => storage.bucket('media'));
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
