import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { StripeAccount } from './account';
import { StripeContract } from './contract';
import { parseForm } from './form';
import * as objects from './objects';
import { matchOf, Refusal, ROUTES, type SeenRequest } from './routes';

/** How the fake misbehaves on its next requests, one by one; with `on`, on the next whose `POST /v1/…` begins so. */
export type StripeFault = { on?: string } & (
  | { kind: 'status'; status: number; retryAfter?: number }
  /** Accepts the request and never answers. */
  | { kind: 'silence' }
  /** Cuts the connection before it does anything, or after it did everything. */
  | { kind: 'reset'; after: boolean }
  | { kind: 'malformed' }
);

interface Saved {
  status: number;
  body: string;
  fingerprint: string;
}

const contract = new StripeContract();

/** Stripe on 127.0.0.1: stateful, idempotent by key as the real one, checked against its published description. */
export class FakeStripe {
  static readonly contractMissing = contract.missing;
  readonly account = new StripeAccount();
  readonly seen: SeenRequest[] = [];
  /** Where an exchange broke the published description. Must stay empty. */
  readonly violations: string[] = [];
  readonly faults: StripeFault[] = [];
  readonly #saved = new Map<string, Saved>();
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;

  constructor(readonly key = 'sk_test_fake') {
    this.#server = createServer((request, response) => void this.#serve(request, response));
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** @param port of a server that was told before; any free one by default. */
  async start(port = 0): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(port, '127.0.0.1', resolve));
    return this;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const url = new URL(request.url ?? '/', this.url);
    const text = Buffer.concat(chunks).toString('utf8');
    const seen: SeenRequest = {
      method: request.method ?? 'GET',
      path: url.pathname,
      form: parseForm(text),
      query: url.searchParams,
      idempotencyKey: request.headers['idempotency-key'] as string | undefined,
    };
    this.seen.push(seen);
    const fault = this.#faultFor(`${seen.method} ${seen.path}`);
    if (fault?.kind === 'silence') return;
    if (fault?.kind === 'reset' && !fault.after) {
      response.destroy();
      return;
    }
    if (fault?.kind === 'status') {
      const retry = fault.retryAfter === undefined ? {} : { 'retry-after': String(fault.retryAfter) };
      const type = fault.status === 429 ? 'rate_limit_error' : 'api_error';
      send(response, fault.status, errorBody(type, 'fault', 'on demand'), retry);
      return;
    }
    if (request.headers.authorization !== `Bearer ${this.key}`) {
      send(
        response,
        401,
        errorBody('invalid_request_error', 'invalid_api_key', `Invalid API Key provided: ${this.key}`),
      );
      return;
    }
    const { status, body } = this.#once(seen, text);
    if (fault?.kind === 'reset') response.destroy();
    else if (fault?.kind === 'malformed') send(response, 200, '<html>Bad gateway</html>');
    else send(response, status, body);
  }

  #faultFor(request: string): StripeFault | undefined {
    const index = this.faults.findIndex((one) => request.startsWith(one.on ?? ''));
    return index < 0 ? undefined : this.faults.splice(index, 1)[0];
  }

  /** https://docs.stripe.com/api/idempotent_requests: the same key answers as the first time; with other parameters it is an error. */
  #once(seen: SeenRequest, text: string): { status: number; body: string } {
    const { idempotencyKey: key, method } = seen;
    const fingerprint = `${method} ${seen.path} ${text}`;
    const saved = key ? this.#saved.get(key) : undefined;
    if (saved && saved.fingerprint !== fingerprint)
      return {
        status: 400,
        body: errorBody(
          'idempotency_error',
          'idempotency_error',
          'Keys for idempotent requests can only be used with the same parameters they were first used with.',
        ),
      };
    if (saved) return saved;
    const answered = this.#answer(seen);
    if (key && method === 'POST') this.#saved.set(key, { ...answered, fingerprint });
    return answered;
  }

  #answer(seen: SeenRequest): { status: number; body: string } {
    try {
      const found = ROUTES.find(([method, pattern]) => method === seen.method && matchOf(pattern, seen.path));
      if (!found)
        throw new Refusal(
          404,
          'invalid_request_error',
          'url_invalid',
          `Unrecognized request URL (${seen.method}: ${seen.path}).`,
        );
      const [method, pattern, handle] = found;
      if (method === 'POST') this.violations.push(...contract.request('post', pattern, seen.form));
      const answer = handle(this.account, { ...seen, ids: matchOf(pattern, seen.path) ?? [] });
      this.violations.push(...contract.object(answer));
      return { status: 200, body: JSON.stringify(answer) };
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return { status: error.status, body: errorBody(error.type, error.code, error.message, error.more) };
    }
  }

  /** An event's body as it is delivered; held against the description too. */
  checkEvent(event: unknown): void {
    this.violations.push(
      ...contract.object(event),
      ...contract.object((event as { data: { object: unknown } }).data.object),
    );
  }
}

function errorBody(type: string, code: string, message: string, more: Record<string, unknown> = {}): string {
  return JSON.stringify({ error: { type, code, message, ...more } });
}

function send(
  response: ServerResponse,
  status: number,
  body: string,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, {
    'content-type': 'application/json',
    'request-id': objects.newId('req'),
    ...headers,
  });
  response.end(body);
}
