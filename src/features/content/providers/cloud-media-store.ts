import 'server-only';
import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Bucket } from '@google-cloud/storage';
import { ExternalServiceError, NotFoundError } from '@/core/errors';
import type { ByteRange, MediaStore } from '@/features/content/media-store';

/** Above this an upload survives a broken connection: it goes in chunks and resumes. */
const RESUMABLE_FROM_BYTES = 8_000_000;

/** Google Cloud Storage. The bucket stays private: every read goes through our own routes. */
export class CloudMediaStore implements MediaStore {
  /** @param bucket opened on first use, so that starting the process needs no credentials. */
  constructor(readonly bucket: () => Promise<Bucket>) {}

  async putFile(path: string, file: string, mime: string): Promise<void> {
    const { size } = await import('node:fs/promises').then((fs) => fs.stat(file));
    await this.#write(path, createReadStream(file), mime, size >= RESUMABLE_FROM_BYTES);
  }

  async putBytes(path: string, bytes: Uint8Array, mime: string): Promise<void> {
    await this.#write(path, Readable.from([bytes]), mime, false);
  }

  async open(path: string, range?: ByteRange): Promise<ReadableStream<Uint8Array>> {
    const file = (await this.bucket()).file(path);
    const stream = file.createReadStream(range ? { start: range.start, end: range.end - 1 } : {});
    // The first answer tells whether the file is there, before the caller sends headers.
    await new Promise<void>((resolve, reject) => {
      // A refusal also has a response; its error follows, with what the service said.
      stream.once('response', ({ status, statusCode = status }: { status?: number; statusCode?: number }) => {
        if (statusCode === undefined || statusCode < 400) resolve();
      });
      stream.once('error', (error) => reject(classified(error)));
      stream.read(0);
    });
    return Readable.toWeb(stream) as ReadableStream<Uint8Array>;
  }

  async delete(path: string): Promise<void> {
    const bucket = await this.bucket();
    await bucket
      .file(path)
      .delete({ ignoreNotFound: true })
      .catch((error: unknown) => {
        throw classified(error);
      });
  }

  async #write(path: string, source: Readable, mime: string, resumable: boolean): Promise<void> {
    const file = (await this.bucket()).file(path);
    const target = file.createWriteStream({
      resumable,
      contentType: mime,
      validation: 'crc32c',
      metadata: { cacheControl: 'private, max-age=0' },
    });
    await pipeline(source, target).catch((error: unknown) => {
      throw classified(error);
    });
  }
}

function classified(error: unknown): Error {
  const code = error instanceof Error && 'code' in error ? Number(error.code) : Number.NaN;
  if (code === 404) return new NotFoundError('This file', { cause: error });
  const kind =
    code === 401 || code === 403
      ? 'auth_expired'
      : code === 429
        ? 'rate_limit'
        : code >= 400 && code < 500
          ? 'invalid_request'
          : 'unavailable';
  return new ExternalServiceError(
    error instanceof Error ? error.message : String(error),
    {
      provider: 'cloud_storage',
      kind,
      retryable: kind === 'rate_limit' || kind === 'unavailable',
      ...(Number.isInteger(code) ? { vendorStatus: code } : {}),
    },
    { cause: error },
  );
}
