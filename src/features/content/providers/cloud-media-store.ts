import 'server-only';
import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Bucket } from '@google-cloud/storage';
import { ExternalServiceError, NotFoundError, SystemError } from '@/core/errors';
import type { OutboundHttp } from '@/core/http/outbound';
import type { ByteRange, MediaStore, PieceUpload } from '@/features/content/media-store';

/** Above this an upload survives a broken connection: it goes in chunks and resumes. */
const RESUMABLE_FROM_BYTES = 8_000_000;

const PIECE_TIMEOUT_MS = 45_000;

/** Google Cloud Storage. The bucket stays private: every read goes through our own routes. */
export class CloudMediaStore implements MediaStore {
  /** @param bucket opened on first use, so that starting the process needs no credentials. */
  constructor(
    readonly bucket: () => Promise<Bucket>,
    readonly http: OutboundHttp,
  ) {}

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

  /** The token is the session's address, which by itself lets its holder write this one file for a week. */
  async beginPieces(path: string, mime: string): Promise<string> {
    const file = (await this.bucket()).file(path);
    const [session] = await file
      .createResumableUpload({ metadata: { contentType: mime, cacheControl: 'private, max-age=0' } })
      .catch((error: unknown) => {
        throw classified(error);
      });
    return session;
  }

  /** https://cloud.google.com/storage/docs/performing-resumable-uploads#chunked-upload: bytes it has already are ignored. */
  async putPiece({ token, length }: PieceUpload, offset: number, bytes: Uint8Array): Promise<number> {
    const end = offset + bytes.byteLength;
    const answer = await this.http.request({
      provider: 'cloud_storage',
      method: 'PUT',
      url: token,
      headers: {
        'content-length': String(bytes.byteLength),
        'content-range': `bytes ${offset}-${end - 1}/${length}`,
      },
      body: bytes,
      timeoutMs: PIECE_TIMEOUT_MS,
    });
    const said = await answer.text();
    if (answer.status === 200 || answer.status === 201) return end;
    if (answer.status === 308) {
      const last = /^bytes=0-(\d+)$/.exec(answer.headers.get('range') ?? '')?.[1];
      return Math.min(end, last === undefined ? 0 : Number(last) + 1);
    }
    if (answer.status === 404 || answer.status === 410)
      throw new SystemError('This upload is no longer here. Start again.', 'gone');
    throw classified(Object.assign(new Error(said.slice(0, 300)), { code: answer.status }));
  }

  async abandonPieces({ path, token }: PieceUpload): Promise<void> {
    // 499 says it is cancelled; what does not answer ends by itself after a week.
    const answer = await this.http.request({
      provider: 'cloud_storage',
      method: 'DELETE',
      url: token,
      headers: { 'content-length': '0' },
    });
    await answer.drain();
    await this.delete(path);
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
