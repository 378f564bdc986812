import http from 'node:http';
import type { AddressInfo } from 'node:net';
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
  /** Posts in flight by account token, and the most there ever were. */
  readonly overlap = new Map<string, { now: number; most: number }>();
  /** When each commit call arrived, by text. */
  readonly arrivals: { text: string; at: number }[] = [];
  readonly #server = http.createServer((request, response) => void this.#pass(request, response));

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
    return Math.max(0, ...[...this.overlap.values()].map((one) => one.most));
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
    const account = this.overlap.get(request.headers.authorization ?? '') ?? { now: 0, most: 0 };
    let text = '';
    if (commit) {
      text = (JSON.parse(body.toString()) as { text: string }).text;
      this.overlap.set(request.headers.authorization ?? '', account);
      account.now += 1;
      account.most = Math.max(account.most, account.now);
      this.arrivals.push({ text, at: Date.now() });
    }
    const fault = this.#faults.get(text)?.shift();
    if (fault === 'reset_before') {
      account.now -= 1;
      response.destroy();
      return;
    }
    if (commit && this.fixedLatency > 0) await delay(this.fixedLatency);
    if (fault === 'refuse') {
      account.now -= 1;
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
    if (commit) account.now -= 1;
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
