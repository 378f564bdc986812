import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import type { RouteHandler } from '@/core/http/route-definition';

/** Routes behind a real HTTP server on this machine, for clients that bring their own HTTP. */
export class RouteServer {
  /** Called before each request; a returned status is answered instead, `cut` breaks the connection. */
  trouble: (request: http.IncomingMessage) => number | 'cut' | undefined = () => undefined;
  readonly #server = http.createServer((request, response) => void this.#answer(request, response));

  constructor(readonly routes: readonly RouteHandler[]) {}

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

  async #answer(incoming: http.IncomingMessage, outgoing: http.ServerResponse): Promise<void> {
    const trouble = this.trouble(incoming);
    if (trouble === 'cut') return void incoming.socket.destroy();
    if (trouble) return void outgoing.writeHead(trouble).end();
    const path = new URL(incoming.url ?? '/', this.url).pathname;
    for (const handler of this.routes) {
      const params = paramsOf(handler.definition.path, path);
      if (!params || handler.definition.method !== incoming.method) continue;
      const response = await handler(requestOf(incoming, this.url), { params: Promise.resolve(params) });
      outgoing.writeHead(response.status, Object.fromEntries(response.headers));
      outgoing.end(incoming.method === 'HEAD' ? undefined : Buffer.from(await response.arrayBuffer()));
      return;
    }
    outgoing.writeHead(404).end();
  }
}

function requestOf(incoming: http.IncomingMessage, base: string): Request {
  const headers = new Headers(
    Object.entries(incoming.headers).map(([name, value]): [string, string] => [name, String(value)]),
  );
  const bodiless = incoming.method === 'GET' || incoming.method === 'HEAD';
  return new Request(new URL(incoming.url ?? '/', base), {
    method: incoming.method ?? 'GET',
    headers,
    ...(bodiless ? {} : { body: Readable.toWeb(incoming), duplex: 'half' }),
  } as RequestInit);
}

function paramsOf(pattern: string, path: string): Record<string, string> | null {
  const wanted = pattern.split('/');
  const given = path.split('/');
  if (wanted.length !== given.length) return null;
  const params: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const value = given[index] ?? '';
    const name = /^\[(\w+)\]$/.exec(part)?.[1];
    if (name) params[name] = decodeURIComponent(value);
    else if (part !== value) return null;
  }
  return params;
}
