import type { ByteRange } from './media-store';

/**
 * One range of a `Range` header (RFC 9110 §14.2), as browsers ask when a video is played or skipped.
 * @returns null when there is none or it is to be ignored, `unsatisfiable` when it lies outside.
 */
export function rangeOf(header: string | null, size: number): ByteRange | 'unsatisfiable' | null {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? '');
  if (!match || (match[1] === '' && match[2] === '')) return null;
  const [, first = '', last = ''] = match;
  if (first === '') {
    const length = Number(last);
    return length === 0 ? 'unsatisfiable' : { start: Math.max(0, size - length), end: size };
  }
  const start = Number(first);
  if (start >= size) return 'unsatisfiable';
  const end = last === '' ? size : Math.min(size, Number(last) + 1);
  return end <= start ? null : { start, end };
}

export interface ServedFile {
  mime: string;
  bytes: number;
  etag: string;
  filename: string;
  open(range?: ByteRange): Promise<ReadableStream<Uint8Array>>;
}

/** A document may carry scripts that a browser's own reader would run: it is saved, never opened in place. */
const shown = (mime: string) => (mime === 'application/pdf' ? 'attachment' : 'inline');

/**
 * The HTTP answer for a file of the library. What people upload is hostile: it is never sniffed, never runs as a page of ours,
 * and only our own pages embed it. The bytes under an id never change, so browsers keep them.
 */
export async function fileResponse(request: Request, file: ServedFile): Promise<Response> {
  const etag = `"${file.etag}"`;
  const headers = new Headers({
    'content-type': file.mime,
    'content-disposition': `${shown(file.mime)}; filename*=UTF-8''${encodeURIComponent(file.filename)}`,
    'cache-control': 'private, max-age=604800, immutable',
    etag,
    'accept-ranges': 'bytes',
    'x-content-type-options': 'nosniff',
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    'cross-origin-resource-policy': 'same-origin',
  });
  if (request.headers.get('if-none-match')?.includes(etag))
    return new Response(null, { status: 304, headers });
  const range = rangeOf(request.headers.get('range'), file.bytes);
  if (range === 'unsatisfiable') {
    headers.set('content-range', `bytes */${file.bytes}`);
    return new Response(null, { status: 416, headers });
  }
  if (!range) {
    headers.set('content-length', String(file.bytes));
    return new Response(await file.open(), { status: 200, headers });
  }
  headers.set('content-range', `bytes ${range.start}-${range.end - 1}/${file.bytes}`);
  headers.set('content-length', String(range.end - range.start));
  return new Response(await file.open(range), { status: 206, headers });
}
