import 'server-only';
import { Readable } from 'node:stream';
import type { ReadableStream as NodeReadableStream } from 'node:stream/web';
import type { Multipart } from '@/features/platforms/providers/multipart';

interface EncodedFile {
  bytes: number;
  open(): Promise<ReadableStream<Uint8Array>>;
}

/**
 * A JSON body that carries files as base64 and knows its length beforehand; files pass through in pieces, none is held.
 *
 * @param mark stands in `value` (followed by the file's number) where a file goes; must not occur in it otherwise.
 */
export function jsonWithFiles(mark: string, value: unknown, files: readonly EncodedFile[]): Multipart {
  const pieces = JSON.stringify(value).split(new RegExp(`${mark}(\\d+)`));
  const parts = pieces.map((piece, index) => (index % 2 === 0 ? piece : files[Number(piece)]));
  const length = parts.reduce((sum, part) => sum + lengthOf(part), 0);
  async function* chunks(): AsyncGenerator<Uint8Array> {
    for (const part of parts) {
      if (typeof part === 'string') yield Buffer.from(part);
      else if (part) yield* base64(Readable.fromWeb((await part.open()) as NodeReadableStream<Uint8Array>));
    }
  }
  return {
    body: Readable.from(chunks(), { objectMode: false }),
    headers: { 'content-type': 'application/json', 'content-length': String(length) },
  };
}

function lengthOf(part: string | EncodedFile | undefined): number {
  if (part === undefined) return 0;
  return typeof part === 'string' ? Buffer.byteLength(part) : 4 * Math.ceil(part.bytes / 3);
}

/** Three bytes make four signs; what is left of a chunk waits for the next. */
async function* base64(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let rest: Uint8Array = new Uint8Array();
  for await (const chunk of source) {
    const all = rest.length > 0 ? Buffer.concat([rest, chunk]) : Buffer.from(chunk);
    const whole = all.length - (all.length % 3);
    if (whole > 0) yield Buffer.from(all.subarray(0, whole).toString('base64'));
    rest = all.subarray(whole);
  }
  if (rest.length > 0) yield Buffer.from(Buffer.from(rest).toString('base64'));
}
