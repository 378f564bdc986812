import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { clip } from '@tests/support/media';
import { ownDatabase } from '@tests/support/publishing';

ownDatabase('bench');

import type { Actor } from '@/core/auth/principal';
import { MediaService } from '@/features/content/media-service';
import { newUploadSchema, PIECE_MAX_BYTES } from '@/features/content/media-upload-schema';
import { MediaUploads } from '@/features/content/media-uploads';
import { LocalMediaStore } from '@/features/content/providers/local-media-store';
import { core } from '@/server/core';
import '@/server/services';
import { type BenchRow, limitRow } from './harness';

const GIGABYTE = 1_073_741_824;
const ACTOR: Actor = {
  userId: 'bench',
  organizationId: 'bench',
  role: 'owner',
  permissions: new Set(),
  channelIds: [],
};

/** What a gigabyte that comes in pieces costs the process that takes it, all of them. */
export async function run(): Promise<BenchRow[]> {
  const folder = await mkdtemp(join(tmpdir(), 'irisync-bench-'));
  const store = new LocalMediaStore(folder);
  const media = MediaService.getInstance();
  const uploads = new MediaUploads({
    ...MediaUploads.getInstance().deps,
    store,
    media: new MediaService(media.repository, store, media.channels, media.links, core.ids),
  });
  try {
    // Loads what the first one loads: the hash, the reader of videos, connections.
    await send(uploads, 3 * PIECE_MAX_BYTES);
    const startedAt = performance.now();
    const extra = await send(uploads, GIGABYTE);
    const seconds = (performance.now() - startedAt) / 1_000;
    return [limitRow('1 GB upload in pieces: extra memory', 'MB', extra / 1_000_000, 64, { seconds })];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** @returns the most that resident memory grew, in bytes. */
async function send(uploads: MediaUploads, length: number): Promise<number> {
  const start = Buffer.from(await clip());
  const opening = Buffer.alloc(PIECE_MAX_BYTES);
  start.copy(opening);
  opening.writeUInt32BE(length - start.byteLength, start.byteLength);
  opening.write('free', start.byteLength + 4);
  const { id } = await uploads.begin(ACTOR, newUploadSchema.parse({ length }));
  const before = process.memoryUsage.rss();
  let most = before;
  for (let offset = 0; offset < length; offset += PIECE_MAX_BYTES) {
    // A buffer of its own each time, as a request's body is.
    const piece = Buffer.alloc(Math.min(PIECE_MAX_BYTES, length - offset));
    if (offset === 0) opening.copy(piece);
    await uploads.append(ACTOR, id, offset, piece);
    most = Math.max(most, process.memoryUsage.rss());
  }
  const { assetId } = await uploads.state(ACTOR, id);
  if (!assetId) throw new Error('The upload did not become an asset.');
  return most - before;
}
