import 'server-only';
import { createHash } from 'node:crypto';
import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileTypeFromBuffer } from 'file-type';
import { SystemError, ValidationError } from '@/core/errors';
import type { MediaKind } from '@/features/platforms/schema';
import { ACCEPTED_TYPES, MAX_BYTES, refusalOf } from './media-limits';

/** What a file is, by its first bytes. */
export interface FileType {
  mime: string;
  kind: MediaKind;
  /** Without the dot. */
  extension: string;
}

export interface ReceivedFile extends FileType {
  bytes: number;
  /** Hex. */
  sha256: string;
}

/** A received file, on this machine's disk until `dispose`. */
export interface SpooledFile extends ReceivedFile {
  path: string;
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

async function receive(source: AsyncIterable<Uint8Array>, handle: FileHandle): Promise<ReceivedFile> {
  const hash = createHash('sha256');
  let bytes = 0;
  let head: Uint8Array = new Uint8Array();
  let type: FileType | undefined;
  for await (const chunk of source) {
    bytes += chunk.byteLength;
    if (!type) {
      head = Buffer.concat([head, chunk]);
      if (head.byteLength >= SNIFF_BYTES) type = await typeOf(head);
    }
    if (type) refuseLarger(type.kind, bytes);
    hash.update(chunk);
    await handle.writeFile(chunk);
  }
  if (bytes === 0) throw ValidationError.at('body', 'The file is empty.');
  type ??= await typeOf(head);
  refuseLarger(type.kind, bytes);
  return { ...type, bytes, sha256: hash.digest('hex') };
}

/** @throws SystemError `unsupported_media_type` with what to use instead. */
export async function typeOf(head: Uint8Array): Promise<FileType> {
  const found = await fileTypeFromBuffer(head);
  const accepted = found ? ACCEPTED_TYPES[found.mime] : undefined;
  if (!found || !accepted) throw new SystemError(refusalOf(found?.mime), 'unsupported_media_type');
  // Phones write MP4 under several names that mean the same container.
  return { mime: found.mime, kind: accepted.kind, extension: accepted.extension };
}

/** @throws SystemError `payload_too_large`. */
export function refuseLarger(kind: FileType['kind'], bytes: number): void {
  if (bytes <= MAX_BYTES[kind]) return;
  const most = Math.floor(MAX_BYTES[kind] / 1_000_000);
  const names = { image: 'A picture', gif: 'A GIF', video: 'A video', document: 'A document' };
  throw new SystemError(
    `${names[kind]} may have up to ${most} MB. Export a smaller file.`,
    'payload_too_large',
  );
}
