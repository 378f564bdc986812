import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** How a fake misbehaves on its next request. Faults are taken from the queue one by one; then it behaves again. */
export type Fault =
  | { kind: 'status'; status: number; code?: string; message?: string; retryAfter?: number | string }
  /** Accepts the request and never answers. */
  | { kind: 'silence' }
  /** Accepts the request, reads it, and cuts the connection. */
  | { kind: 'reset' }
  /** 200 with a body that is not what the vendor promises. */
  | { kind: 'malformed'; body?: string }
  /** 200 with an answer whose JSON does not fit the schema that was asked for. */
  | { kind: 'wrong_json' }
  /** Streams this many chunks, then cuts the connection (or goes silent, or ends without the end mark). */
  | { kind: 'cut'; after: number; how: 'reset' | 'silence' | 'end' }
  /** Streams as asked, with this many milliseconds before the first chunk. */
  | { kind: 'slow_start'; ms: number }
  /** The vendor's own refusal under its content policy, inside a normal answer. */
  | { kind: 'refusal' };

export interface Seen {
  method: string;
  path: string;
  headers: IncomingMessage['headers'];
  body: Record<string, unknown>;
  /** The caller went away before the answer was complete. */
  aborted: boolean;
}

export interface Exchange {
  seen: Seen;
  fault: Fault | undefined;
  response: ServerResponse;
  json(status: number, body: unknown, headers?: Record<string, string>): void;
}

/** A stateful vendor on 127.0.0.1: remembers what it was asked, checks keys, and misbehaves on demand. */
export abstract class FakeVendor {
  readonly seen: Seen[] = [];
  /** Where an exchange broke the vendor's own description. Must stay empty. */
  readonly violations: string[] = [];
  readonly faults: Fault[] = [];
  /** Text of the next answers; the last one stays. */
  replies: string[] = ['The terrace opens on Friday. Bring a friend and try the new cold brew.'];
  /** Milliseconds between streamed chunks. */
  chunkMs = 0;
  /** Whether usage is reported. */
  reportUsage = true;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  constructor() {
    this.#server = createServer((request, response) => {
      void this.#serve(request, response);
    });
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
    this.#server.keepAliveTimeout = 60_000;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return this;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Forgets everything, so that one fake serves many tests. */
  reset(): void {
    this.seen.length = 0;
    this.violations.length = 0;
    this.faults.length = 0;
    this.chunkMs = 0;
    this.reportUsage = true;
  }

  protected abstract authorised(headers: IncomingMessage['headers'], url: URL): boolean;
  protected abstract answer(exchange: Exchange, url: URL): Promise<void> | void;
  /** The vendor's error document. */
  protected abstract errorBody(status: number, code: string | undefined, message: string): unknown;

  protected nextReply(): string {
    return (this.replies.length > 1 ? this.replies.shift() : this.replies[0]) ?? '';
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.url);
    const seen: Seen = {
      method: request.method ?? 'GET',
      path: url.pathname,
      headers: request.headers,
      body: {},
      aborted: false,
    };
    try {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const text = Buffer.concat(chunks).toString('utf8');
      if (text) seen.body = JSON.parse(text) as Record<string, unknown>;
    } catch {
      seen.aborted = true;
      return;
    }
    this.seen.push(seen);
    response.on('close', () => {
      if (!response.writableFinished) seen.aborted = true;
    });
    const fault = this.faults.shift();
    const exchange: Exchange = {
      seen,
      fault,
      response,
      json: (status, body, headers = {}) => {
        response.writeHead(status, { 'content-type': 'application/json', ...headers });
        response.end(JSON.stringify(body));
      },
    };
    if (this.#misbehaves(exchange)) return;
    if (!this.authorised(request.headers, url)) {
      exchange.json(
        401,
        this.errorBody(401, 'invalid_api_key', 'Incorrect API key provided: sk-wrong-0000.'),
      );
      return;
    }
    await this.answer(exchange, url);
  }

  #misbehaves({ fault, response, json }: Exchange): boolean {
    if (!fault) return false;
    if (fault.kind === 'status') {
      const headers = fault.retryAfter === undefined ? {} : { 'retry-after': String(fault.retryAfter) };
      json(
        fault.status,
        this.errorBody(fault.status, fault.code, fault.message ?? `status ${fault.status}`),
        headers,
      );
      return true;
    }
    if (fault.kind === 'silence') return true;
    if (fault.kind === 'reset') {
      response.socket?.resetAndDestroy();
      return true;
    }
    if (fault.kind === 'malformed') {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(fault.body ?? '{"unexpected": tru');
      return true;
    }
    return false;
  }

  /**
   * Streams blocks of server-sent events, honouring cuts.
   * @param blocks ready to send, each with its blank line.
   */
  protected async sse({ response, fault }: Exchange, blocks: readonly string[]): Promise<void> {
    if (fault?.kind === 'slow_start') await pause(fault.ms);
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
    for (const [index, block] of blocks.entries()) {
      if (fault?.kind === 'cut' && index >= fault.after) {
        if (fault.how === 'reset') response.socket?.resetAndDestroy();
        if (fault.how === 'end') response.end();
        return;
      }
      if (response.destroyed) return;
      response.write(block);
      if (this.chunkMs > 0) await pause(this.chunkMs);
      else if (fault?.kind === 'cut') await pause(2);
    }
    response.end();
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

/** Words with the space that follows them: what a model streams. */
export function pieces(text: string): string[] {
  return text.match(/\S+\s*/g) ?? [];
}

/** A wrong shape for any object schema that was asked for. */
export const WRONG_JSON = '{"answer_in_the_wrong_shape": true}';

export function tokensIn(value: unknown): number {
  return Math.ceil(JSON.stringify(value ?? '').length / 4);
}
