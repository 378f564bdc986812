import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { organizationOf, person } from '@tests/support/accounts';
import { clip } from '@tests/support/media';
import { UploadCaller } from '@tests/support/resumable-uploads';
import { expect, it } from 'vitest';
import { spool } from '@/features/content/media-spool';
import { PIECE_MAX_BYTES } from '@/features/content/media-upload-schema';

it('takes a large file in flat memory', async () => {
  // A real MP4 header, then 200 MB of frames nobody reads: the spool must not hold them.
  const head = await clip(1);
  const block = Buffer.alloc(1_000_000, 7);
  async function* source() {
    yield head;
    for (let index = 0; index < 200; index += 1) yield block;
  }
  const before = process.memoryUsage();
  let peak = 0;
  const watch = setInterval(() => {
    const now = process.memoryUsage();
    peak = Math.max(peak, now.arrayBuffers + now.heapUsed - before.arrayBuffers - before.heapUsed);
  }, 5);
  const file = await spool(source());
  clearInterval(watch);
  await file.dispose();
  expect(file.bytes).toBe(head.byteLength + 200_000_000);
  expect(peak).toBeLessThan(64_000_000);
});

it('holds one piece at a time in memory', async () => {
  const owner = await person();
  await organizationOf(owner);
  const { begin, send } = new UploadCaller(() => owner);
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
