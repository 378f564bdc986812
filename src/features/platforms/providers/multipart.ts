import 'server-only';
import { Readable } from 'node:stream';
import type { ReadableStream as NodeReadableStream } from 'node:stream/web';

export interface FilePart {
  name: string;
  filename: string;
  mime: string;
  bytes: number;
  open(): Promise<ReadableStream<Uint8Array>>;
}

export interface Multipart {
  body: Readable;
  headers: Record<string, string>;
}

/** A name inside a header must not end the header. */
function quoted(text: string): string {
  return text.replaceAll(/["\r\n]/g, (sign) => encodeURIComponent(sign));
}

/**
 * `multipart/form-data` (RFC 7578) that streams its file and knows its length beforehand, so that no file is held in memory
 * and servers without chunked uploads take it too.
 */
export function multipart(boundary: string, fields: Record<string, string>, file: FilePart): Multipart {
  const head = [
    ...Object.entries(fields).map(
      ([name, value]) =>
        `--${boundary}\r\nContent-Disposition: form-data; name="${quoted(name)}"\r\n\r\n${value}\r\n`,
    ),
    `--${boundary}\r\nContent-Disposition: form-data; name="${quoted(file.name)}"; filename="${quoted(file.filename)}"\r\n`,
    `Content-Type: ${file.mime}\r\n\r\n`,
  ].join('');
  const tail = `\r\n--${boundary}--\r\n`;
  const length = Buffer.byteLength(head) + file.bytes + Buffer.byteLength(tail);
  async function* chunks(): AsyncGenerator<Uint8Array> {
    yield Buffer.from(head);
    yield* Readable.fromWeb((await file.open()) as NodeReadableStream<Uint8Array>);
    yield Buffer.from(tail);
  }
  return {
    body: Readable.from(chunks(), { objectMode: false }),
    headers: {
      'content-type': `multipart/form-data; boundary=${boundary}`,
      'content-length': String(length),
    },
  };
}
