import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import type { ReadableStream as NodeReadableStream } from 'node:stream/web';
import type { MediaSource } from '@/features/platforms/providers/types';

/** Serves files at public addresses, for networks that pull them. Does not keep the process alive. */
export class PublicFiles {
  readonly #files = new Map<string, MediaSource>();
  #listening: Promise<string> | undefined;

  /** @returns the address at which the file is found. */
  async offer(file: MediaSource): Promise<string> {
    this.#files.set(`/${file.sha256}`, file);
    this.#listening ??= this.#listen();
    return `${await this.#listening}/${file.sha256}?signature=test`;
  }

  #listen(): Promise<string> {
    const server = http.createServer((request, response) => void this.#serve(request, response));
    server.unref();
    return new Promise((resolve) => {
      server.listen(0, '127.0.0.1', () =>
        resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
      );
    });
  }

  async #serve(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const file = this.#files.get(new URL(request.url ?? '/', 'http://files').pathname);
    if (!file) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { 'content-type': file.mime, 'content-length': String(file.bytes) });
    Readable.fromWeb((await file.open()) as NodeReadableStream<Uint8Array>).pipe(response);
  }
}
