import 'server-only';
import { createHash } from 'node:crypto';
import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileTypeFromBuffer } from 'file-type';
import { SystemError, ValidationError } from '@/core/errors';
import type { MediaKind } from '@/features/platforms/schema';
import { ACCEPTED_TYPES, MAX_BYTES, refusalOf } from './media-limits';

/** A received file, on this machine's disk until `dispose`. */
export interface SpooledFile {
  path: string;
  bytes: number;
  sha256: string;
  mime: string;
  kind: Exclude<MediaKind, 'document'>;
  extension: string;
  dispose(): Promise<void>;
}

/** What file-type needs to know any of the accepted types. */
const SNIFF_BYTES = 4_100;

/**
 * Writes a stream to a temporary file in constant memory, hashing as it goes. The type is known from the first bytes, so a file
 * that is refused is refused before the rest of it travels.
 * @throws SystemError `unsupported_media_type`, `payload_too_large`; ValidationError when there is nothing in it.
 */
export async function spool(source: AsyncIterable<Uint8Array>): Promise<SpooledFile> {
  const folder = await mkdtemp(join(tmpdir(), 'irisync-upload-'));
  const dispose = () => rm(folder, { recursive: true, force: true });
  const path = join(folder, 'file');
  try {
    const handle = await open(path, 'wx');
    try {
      return { path, ...(await receive(source, handle)), dispose };
    } finally {
      await handle.close();
    }
  } catch (error) {
    await dispose();
    throw error;
  }
}

async function receive(
  source: AsyncIterable<Uint8Array>,
  handle: FileHandle,
): Promise<Omit<SpooledFile, 'path' | 'dispose'>> {
  const hash = createHash('sha256');
  let bytes = 0;
  let head: Uint8Array = new Uint8Array();
  let type: Omit<SpooledFile, 'path' | 'dispose' | 'bytes' | 'sha256'> | undefined;
  for await (const chunk of source) {
    bytes += chunk.byteLength;
    if (!type) {
      head = Buffer.concat([head, chunk]);
      if (head.byteLength >= SNIFF_BYTES) type = await typeOf(head);
    }
    if (type && bytes > MAX_BYTES[type.kind]) throw tooLarge(type.kind);
    hash.update(chunk);
    await handle.writeFile(chunk);
  }
  if (bytes === 0) throw ValidationError.at('body', 'The file is empty.');
  type ??= await typeOf(head);
  if (bytes > MAX_BYTES[type.kind]) throw tooLarge(type.kind);
  return { ...type, bytes, sha256: hash.digest('hex') };
}

async function typeOf(head: Uint8Array) {
  const found = await fileTypeFromBuffer(head);
  const accepted = found ? ACCEPTED_TYPES[found.mime] : undefined;
  if (!found || !accepted || accepted.kind === 'document') {
    throw new SystemError(refusalOf(found?.mime), 'unsupported_media_type');
  }
  // Phones write MP4 under several names that mean the same container.
  return { mime: found.mime, kind: accepted.kind, extension: accepted.extension };
}

function tooLarge(kind: SpooledFile['kind']): SystemError {
  const most = Math.floor(MAX_BYTES[kind] / 1_000_000);
  const names = { image: 'A picture', gif: 'A GIF', video: 'A video' };
  return new SystemError(
    `${names[kind]} may have up to ${most} MB. Export a smaller file.`,
    'payload_too_large',
  );
}
