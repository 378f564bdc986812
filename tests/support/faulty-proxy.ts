import http from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

export type ProxyFault =
  /** The request arrives and takes effect; its answer never comes back. */
  | 'accept_then_reset'
  /** The request arrives and takes effect; a gateway says it took too long. */
  | 'accept_then_504'
  /** The network says no, for good. */
  | 'refuse'
  | 'reset_before';

/** Stands between worker and network: takes time both ways, and loses answers on demand. */
export class FaultyProxy {
  /** Milliseconds, each way, at random up to this. */
  latency = 0;
  /** Milliseconds before each post takes effect; the same every time. */
  fixedLatency = 0;
  /** What happens to the posts of a text, one after the other. */
  readonly #faults = new Map<string, ProxyFault[]>();
  /** Posts in flight by account token. */
  readonly #inFlight = new Map<string, Set<{ since: number; caller: Socket }>>();
  #mostOverlap = 0;
  /** When each commit call arrived, by text. */
  readonly arrivals: { text: string; at: number }[] = [];
  readonly #server = http.createServer((request, response) => {
    // What is under way when the network is switched off ends with it.
    this.#pass(request, response).catch(() => response.destroy());
  });

  constructor(readonly target: () => string) {}

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

  /** What happens to the next posts of this text, in this order. */
  fault(text: string, ...faults: ProxyFault[]): void {
    this.#faults.set(text, [...(this.#faults.get(text) ?? []), ...faults]);
  }

  mostOverlap(): number {
    return this.#mostOverlap;
  }

  /** A call whose caller died long ago is no longer anybody's: the network may still work on it when the next one may come. */
  #arrive(account: string, caller: Socket): () => void {
    const calls = this.#inFlight.get(account) ?? new Set();
    const call = { since: Date.now(), caller };
    this.#inFlight.set(account, calls.add(call));
    const live = [...calls].filter((one) => !one.caller.destroyed || Date.now() - one.since < 1_500);
    this.#mostOverlap = Math.max(this.#mostOverlap, live.length);
    return () => calls.delete(call);
  }

  async #pass(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request) chunks.push(chunk as Buffer);
    } catch {
      // A killed worker leaves half a request behind; it never reached the network.
      response.destroy();
      return;
    }
    const body = Buffer.concat(chunks);
    const commit = request.method === 'POST' && request.url === '/v1/posts';
    let text = '';
    let leave: () => void = () => undefined;
    if (commit) {
      text = (JSON.parse(body.toString()) as { text: string }).text;
      leave = this.#arrive(request.headers.authorization ?? '', request.socket);
      this.arrivals.push({ text, at: Date.now() });
    }
    const fault = this.#faults.get(text)?.shift();
    if (fault === 'reset_before') {
      leave();
      response.destroy();
      return;
    }
    if (commit && this.fixedLatency > 0) await delay(this.fixedLatency);
    if (fault === 'refuse') {
      leave();
      response
        .writeHead(422, { 'content-type': 'application/json' })
        .end('{"error":"rejected","message":"No."}');
      return;
    }
    await this.#wait();
    const answer = await fetch(`${this.target()}${request.url}`, {
      method: request.method ?? 'GET',
      headers: Object.fromEntries(
        Object.entries(request.headers).filter(
          ([name]) => !['host', 'connection', 'content-length', 'transfer-encoding'].includes(name),
        ),
      ) as Record<string, string>,
      ...(body.length > 0 ? { body } : {}),
    }).catch(() => null);
    const answered = (await answer?.text().catch(() => null)) ?? null;
    await this.#wait();
    leave();
    if (!answer || answered === null || fault === 'accept_then_reset') {
      response.destroy();
      return;
    }
    if (fault === 'accept_then_504') {
      response.writeHead(504, { 'content-type': 'text/html' }).end('<h1>504 Gateway Time-out</h1>');
      return;
    }
    const headers: Record<string, string> = {
      'content-type': answer.headers.get('content-type') ?? 'text/plain',
    };
    const retryAfter = answer.headers.get('retry-after');
    if (retryAfter) headers['retry-after'] = retryAfter;
    response.writeHead(answer.status, headers).end(answered);
  }

  #wait(): Promise<void> {
    return this.latency > 0 ? delay(Math.random() * this.latency) : Promise.resolve();
  }
}
