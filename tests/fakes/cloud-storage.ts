import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { crc32c } from '@/core/crypto/crc32c';

interface StoredObject {
  data: Buffer;
  contentType: string;
}

/**
 * Cloud Storage's JSON API as far as a private bucket of files needs it: multipart and resumable upload, download with ranges,
 * delete. https://cloud.google.com/storage/docs/json_api
 */
export class FakeCloudStorage {
  readonly objects = new Map<string, StoredObject>();
  /** Answers this status to the next requests, as often as given. */
  failures: number[] = [];
  /** Of each piece of a session it keeps no more bytes than this, as the real one may. */
  keepAtMost: number | null = null;
  readonly #sessions = new Map<string, { name: string; contentType: string; data: Buffer; done: boolean }>();
  readonly #server = http.createServer((request, response) => void this.#answer(request, response));

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  start(): Promise<void> {
    return new Promise((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
  }

  stop(): Promise<void> {
    this.#server.closeAllConnections();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  async #answer(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const url = new URL(request.url ?? '/', this.url);
    const failure = this.failures.shift();
    if (failure) return problem(response, failure, 'induced');
    if (url.pathname.startsWith('/upload/')) return this.#upload(request, url, body, response);
    const match = /^(?:\/download)?\/storage\/v1\/b\/[^/]+\/o\/([^/]+)$/.exec(url.pathname);
    if (!match) return problem(response, 404, `No such address: ${url.pathname}`);
    const name = decodeURIComponent(match[1] ?? '');
    const stored = this.objects.get(name);
    if (!stored) return problem(response, 404, 'No such object');
    if (request.method === 'DELETE') {
      this.objects.delete(name);
      response.writeHead(204).end();
      return;
    }
    if (url.searchParams.get('alt') !== 'media') return json(response, 200, metadata(name, stored));
    this.#download(request, stored, response);
  }

  #download(request: http.IncomingMessage, stored: StoredObject, response: http.ServerResponse): void {
    const range = /^bytes=(\d+)-(\d+)?$/.exec(request.headers.range ?? '');
    const start = range ? Number(range[1]) : 0;
    const end = range?.[2] ? Number(range[2]) + 1 : stored.data.byteLength;
    response.writeHead(range ? 206 : 200, {
      'content-type': stored.contentType,
      'content-length': end - start,
      'x-goog-hash': `crc32c=${checksum(stored.data)}`,
      ...(range ? { 'content-range': `bytes ${start}-${end - 1}/${stored.data.byteLength}` } : {}),
    });
    response.end(stored.data.subarray(start, end));
  }

  #upload(request: http.IncomingMessage, url: URL, body: Buffer, response: http.ServerResponse): void {
    const session = url.searchParams.get('upload_id');
    if (session) {
      this.#resume(request, session, body, response);
      return;
    }
    if (url.searchParams.get('uploadType') === 'resumable') {
      const about = JSON.parse(body.toString() || '{}') as { contentType?: string };
      const id = String(this.#sessions.size + 1);
      this.#sessions.set(id, {
        name: url.searchParams.get('name') ?? '',
        contentType: about.contentType ?? String(request.headers['x-upload-content-type'] ?? ''),
        data: Buffer.alloc(0),
        done: false,
      });
      response
        .writeHead(200, { location: `${this.url}${url.pathname}?uploadType=resumable&upload_id=${id}` })
        .end();
      return;
    }
    const boundary = /boundary=("?)([^";]+)\1/.exec(request.headers['content-type'] ?? '')?.[2] ?? '';
    const [about, file] = multipartRelated(body, boundary);
    const { name, contentType } = JSON.parse(about.toString()) as { name?: string; contentType?: string };
    this.#keep(url.searchParams.get('name') ?? name ?? '', file, contentType ?? '', response);
  }

  #resume(request: http.IncomingMessage, id: string, body: Buffer, response: http.ServerResponse): void {
    const session = this.#sessions.get(id);
    if (!session) {
      problem(response, 404, 'No such upload');
      return;
    }
    if (request.method === 'DELETE') {
      this.#sessions.delete(id);
      response.writeHead(499).end();
      return;
    }
    const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(String(request.headers['content-range'] ?? ''));
    const from = range ? Number(range[1]) : 0;
    const total = range && range[2] !== '*' ? Number(range[2]) : null;
    if (!session.done) {
      if (from > session.data.byteLength) {
        problem(response, 503, 'Bytes are missing before these');
        return;
      }
      const last = total === null || from + body.byteLength === total;
      if (range && !last && body.byteLength % 262_144 !== 0) {
        problem(response, 400, 'Not a multiple of 256 KiB');
        return;
      }
      // What it has already it does not take again.
      const fresh = body.subarray(session.data.byteLength - from, this.keepAtMost ?? undefined);
      session.data = Buffer.concat([session.data, fresh]);
    }
    if (total !== null && session.data.byteLength < total) {
      const kept = session.data.byteLength;
      response.writeHead(308, kept > 0 ? { range: `bytes=0-${kept - 1}` } : {}).end();
      return;
    }
    session.done = true;
    this.#keep(session.name, session.data, session.contentType, response);
  }

  #keep(name: string, data: Buffer, contentType: string, response: http.ServerResponse): void {
    const stored = { data, contentType };
    this.objects.set(name, stored);
    json(response, 200, metadata(name, stored));
  }
}

function checksum(data: Buffer): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc32c(data));
  return bytes.toString('base64');
}

function metadata(name: string, { data, contentType }: StoredObject) {
  return { kind: 'storage#object', name, contentType, size: String(data.byteLength), crc32c: checksum(data) };
}

function multipartRelated(body: Buffer, boundary: string): [Buffer, Buffer] {
  const mark = Buffer.from(`--${boundary}`);
  const parts: Buffer[] = [];
  for (let at = body.indexOf(mark); at !== -1; ) {
    const next = body.indexOf(mark, at + mark.byteLength);
    if (next === -1) break;
    const part = body.subarray(at + mark.byteLength + 2, next - 2);
    parts.push(part.subarray(part.indexOf('\r\n\r\n') + 4));
    at = next;
  }
  return [parts[0] ?? Buffer.alloc(0), parts[1] ?? Buffer.alloc(0)];
}

function json(response: http.ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function problem(response: http.ServerResponse, status: number, message: string): void {
  json(response, status, { error: { code: status, message, errors: [{ message, reason: 'fake' }] } });
}
