import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Clock } from '@/core/time/clock';
import {
  cut,
  ended,
  type FaultPoint,
  FaultQueue,
  LastAnswers,
  type NetworkFault,
  type Refusal,
  tellTale,
} from '../faults';

export type { FaultKind, FaultPoint, NetworkFault } from '../faults';

export interface FakeRequest {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: Headers;
  bytes: Buffer;
  json<T = Record<string, unknown>>(): T;
  form(): Record<string, string>;
  /** Fields and files of `multipart/form-data`. */
  multipart(): Promise<FormData>;
}

export interface FakeAnswer {
  status: number;
  body?: unknown;
  headers?: Record<string, string>;
  raw?: string;
}

/** Thrown inside a handler to answer with an error. */
export class FakeRefusal extends Error {
  constructor(readonly answer: FakeAnswer) {
    super(JSON.stringify(answer.body));
  }
}

export interface SeenPost {
  id: string;
  text: string;
  replyTo: string | undefined;
  media: { alt: string; mime: string; bytes: number }[];
}

/**
 * A network or vendor on 127.0.0.1 that keeps state and misbehaves on demand. Each fills in its own calls and error shapes; the log
 * and the sockets are here, and what goes wrong is in `faults.ts`.
 */
export abstract class FakeNetwork {
  readonly log: { method: string; path: string; status: number | 'broken' }[] = [];
  readonly #faults = new FaultQueue();
  readonly #last = new LastAnswers();
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #server = http.createServer((request, response) => void this.#answer(request, response));

  constructor(readonly clock: Clock) {}

  /** Public posts, oldest first. */
  abstract posts(): SeenPost[];
  protected abstract route(request: FakeRequest): Promise<FakeAnswer>;
  protected abstract pointOf(request: FakeRequest): FaultPoint;
  /** The network's own shape of these failures. */
  protected abstract failure(kind: Refusal, fault: NetworkFault): FakeAnswer;

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  start(port = 0): Promise<void> {
    return new Promise((resolve) => this.#server.listen(port, '127.0.0.1', resolve));
  }

  stop(): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#server.closeAllConnections();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  fault(fault: NetworkFault): void {
    this.#faults.add(fault);
  }

  calm(): void {
    this.#faults.clear();
  }

  calls(point: FaultPoint): number {
    return this.log.filter((entry) => entry.path.startsWith(`${point} `)).length;
  }

  async #answer(raw: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of raw) chunks.push(chunk as Buffer);
    } catch {
      // The caller went away in the middle of a body.
      response.destroy();
      return;
    }
    const request = toRequest(raw, Buffer.concat(chunks));
    const point = this.pointOf(request);
    const entry: (typeof this.log)[number] = {
      method: request.method,
      path: `${point} ${request.path}`,
      status: 'broken',
    };
    this.log.push(entry);
    const process = async (): Promise<FakeAnswer> => {
      try {
        const made = await this.route(request);
        this.#last.add(point, request, made);
        return made;
      } catch (error) {
        if (error instanceof FakeRefusal) return error.answer;
        return { status: 500, body: { error: 'fake_broke', message: String(error) } };
      }
    };
    const answer = await this.#underFault(this.#faults.take(point, request), process, request, response);
    if (!answer) return;
    entry.status = answer.status;
    response.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers });
    response.end(answer.raw ?? (answer.body === undefined ? '' : JSON.stringify(answer.body)));
  }

  async #underFault(
    fault: NetworkFault | undefined,
    process: () => Promise<FakeAnswer>,
    request: FakeRequest,
    response: http.ServerResponse,
  ): Promise<FakeAnswer | undefined> {
    if (!fault) return await process();
    switch (fault.kind) {
      case 'rate_limit':
      case 'server_error':
      case 'reject':
      case 'unauthorized':
        return this.failure(fault.kind, fault);
      case 'repeat_answer':
        return this.#last.last(fault) ?? (await process());
      case 'malformed_body':
        return cut(await process());
      case 'hollow':
        return { ...this.failure('server_error', fault), status: 200 };
      case 'short_list':
        return ended(await process());
      case 'tell_tale':
        return tellTale(this.failure('reject', fault), sentIn(request));
      case 'latency':
        await new Promise<void>((resolve) => this.#later(fault.delayMs ?? 50, resolve));
        return await process();
      case 'accept_then_reset':
        await process();
        break;
      case 'accept_late':
        this.#later(fault.delayMs ?? 50, () => void process());
        break;
      case 'timeout':
        await new Promise<void>((resolve) => this.#later(fault.delayMs ?? 5_000, resolve));
        break;
      case 'reset_before':
        break;
    }
    response.destroy();
    return undefined;
  }

  #later(milliseconds: number, run: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      run();
    }, milliseconds);
    this.#timers.add(timer);
  }
}

/** All that a call brought along that others should not see. */
function sentIn({ headers, query, bytes }: FakeRequest): string {
  return [headers.get('authorization'), query, bytes.toString()].filter(Boolean).join(' ');
}

function toRequest(raw: http.IncomingMessage, bytes: Buffer): FakeRequest {
  const url = new URL(raw.url ?? '/', 'http://fake');
  const headers = new Headers();
  for (const [name, value] of Object.entries(raw.headers)) headers.set(name, String(value));
  return {
    method: raw.method ?? 'GET',
    path: url.pathname,
    query: url.searchParams,
    headers,
    bytes,
    json: <T>() => JSON.parse(bytes.toString()) as T,
    form: () => Object.fromEntries(new URLSearchParams(bytes.toString())),
    multipart: () =>
      new Response(new Uint8Array(bytes), {
        headers: { 'content-type': headers.get('content-type') ?? '' },
      }).formData() as Promise<FormData>,
  };
}

export function must(condition: unknown, answer: FakeAnswer): asserts condition {
  if (!condition) throw new FakeRefusal(answer);
}

let counter = 0;
/** Ids of the fakes: readable, and never the same twice in one process. */
export function nextId(prefix = ''): string {
  counter += 1;
  return `${prefix}${1_700_000_000_000 + counter}`;
}
