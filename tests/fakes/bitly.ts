import http from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * Bitly's `POST /v4/shorten` on a socket: the same address gives the same link. Misbehaves on demand.
 * @see https://dev.bitly.com/api-reference/#createBitlink
 */
export class FakeBitly {
  readonly links = new Map<string, string>();
  calls = 0;
  fault: 'none' | '500' | 'reset' | 'malformed' = 'none';
  readonly #server = http.createServer((request, response) => this.#answer(request, response));

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #answer(request: http.IncomingMessage, response: http.ServerResponse): void {
    this.calls += 1;
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const json = (status: number, body: unknown) =>
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
      if (this.fault === 'reset') return request.socket.destroy();
      if (this.fault === 'malformed') return response.writeHead(200).end('{"link":');
      if (this.fault === '500') return json(500, { message: 'INTERNAL_ERROR' });
      if (request.headers.authorization !== 'Bearer bitly-token') return json(403, { message: 'FORBIDDEN' });
      if (request.method !== 'POST' || request.url !== '/v4/shorten')
        return json(404, { message: 'NOT_FOUND' });
      const { long_url: long } = JSON.parse(Buffer.concat(parts).toString()) as { long_url?: string };
      if (!long || !URL.canParse(long)) return json(400, { message: 'INVALID_ARG_LONG_URL' });
      const known = this.links.get(long);
      const link = known ?? `https://bit.ly/${String(this.links.size).padStart(7, 'a')}`;
      this.links.set(long, link);
      return json(known ? 200 : 201, { link, id: link.slice(8), long_url: long });
    });
  }
}
