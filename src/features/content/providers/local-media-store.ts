import 'server-only';
import { randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname, resolve, sep } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { NotFoundError, SystemError } from '@/core/errors';
import type { ByteRange, MediaStore, PieceUpload } from '@/features/content/media-store';

/** A folder on this machine: the default where no Cloud Storage bucket is set. For one machine, or a shared volume. */
export class LocalMediaStore implements MediaStore {
  readonly #root: string;

  constructor(folder: string) {
    this.#root = resolve(folder);
  }

  async putFile(path: string, file: string): Promise<void> {
    await this.#write(path, createReadStream(file));
  }

  async putBytes(path: string, bytes: Uint8Array): Promise<void> {
    await this.#write(path, Readable.from([bytes]));
  }

  async open(path: string, range?: ByteRange): Promise<ReadableStream<Uint8Array>> {
    const target = this.#at(path);
    // Opened first, so that a missing file is known before the caller sends headers.
    const handle = await open(target, 'r').catch((error: NodeJS.ErrnoException) => {
      throw error.code === 'ENOENT' ? new NotFoundError('This file', { cause: error }) : error;
    });
    const stream = handle.createReadStream(range ? { start: range.start, end: range.end - 1 } : {});
    return Readable.toWeb(stream) as ReadableStream<Uint8Array>;
  }

  async delete(path: string): Promise<void> {
    await rm(this.#at(path), { force: true });
  }

  async beginPieces(path: string): Promise<string> {
    const target = this.#at(path);
    await mkdir(dirname(target), { recursive: true });
    await (await open(`${target}.pieces`, 'w')).close();
    return 'file';
  }

  async putPiece({ path, length }: PieceUpload, offset: number, bytes: Uint8Array): Promise<number> {
    const target = this.#at(path);
    const end = offset + bytes.byteLength;
    const whole = await sizeOf(target);
    if (whole === length) return end;
    const pieces = `${target}.pieces`;
    const size = await sizeOf(pieces);
    if (size === null || size < offset)
      throw new SystemError('This upload is no longer here. Start again.', 'gone');
    const handle = await open(pieces, 'r+');
    try {
      await handle.write(bytes, 0, bytes.byteLength, offset);
      await handle.sync();
    } finally {
      await handle.close();
    }
    if (end === length) await rename(pieces, target);
    return end;
  }

  async abandonPieces({ path }: PieceUpload): Promise<void> {
    const target = this.#at(path);
    await Promise.all([rm(target, { force: true }), rm(`${target}.pieces`, { force: true })]);
  }

  /** A crash in the middle leaves a stray temporary file, never half a picture under its name. */
  async #write(path: string, source: Readable): Promise<void> {
    const target = this.#at(path);
    const draft = `${target}.${randomUUID()}.part`;
    await mkdir(dirname(target), { recursive: true });
    try {
      await pipeline(source, createWriteStream(draft, { flush: true }));
      await rename(draft, target);
    } catch (error) {
      await rm(draft, { force: true });
      throw error;
    }
  }

  #at(path: string): string {
    const target = resolve(this.#root, path);
    if (!target.startsWith(this.#root + sep)) throw new Error('A media path left the media folder.');
    return target;
  }
}

async function sizeOf(path: string): Promise<number | null> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}
