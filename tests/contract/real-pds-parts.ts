import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';

/** What the checks of a real Personal Data Server need around it: eyes of their own, a neighbour, a line that breaks. */

const created = z.object({ did: z.string(), handle: z.string(), accessJwt: z.string() });
const described = z.object({
  availableUserDomains: z.array(z.string()),
  inviteCodeRequired: z.boolean().default(false),
  blobUploadLimit: z.number().optional(),
});

/** The server as another client sees it, without our provider. */
export class Onlooker {
  constructor(readonly url: string) {}

  async call(name: string, { token, query, body }: Call = {}): Promise<{ status: number; body: unknown }> {
    const search = query ? `?${new URLSearchParams(query)}` : '';
    const answer = await fetch(`${this.url}/xrpc/${name}${search}`, {
      method: body ? 'POST' : 'GET',
      headers: {
        ...(body ? { 'content-type': 'application/json' } : {}),
        ...(token ? { authorization: `Bearer ${token}` } : {}),
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    const text = await answer.text();
    return { status: answer.status, body: text.startsWith('{') ? JSON.parse(text) : text };
  }

  async must<T>(schema: z.ZodType<T>, name: string, call?: Call): Promise<T> {
    const answer = await this.call(name, call);
    if (answer.status !== 200) throw new Error(`${name}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return schema.parse(answer.body);
  }

  describe() {
    return this.must(described, 'com.atproto.server.describeServer');
  }

  /** The posts of an account as its repository has them. */
  async posts<T>(repo: string, record: z.ZodType<T>) {
    const page = z.object({
      records: z.array(z.object({ uri: z.string(), cid: z.string(), value: record })),
    });
    const query = { repo, collection: 'app.bsky.feed.post', limit: '100' };
    return (await this.must(page, 'com.atproto.repo.listRecords', { query })).records;
  }

  async blob(did: string, cid: string): Promise<Uint8Array> {
    const query = new URLSearchParams({ did, cid });
    const answer = await fetch(`${this.url}/xrpc/com.atproto.sync.getBlob?${query}`);
    return new Uint8Array(await answer.arrayBuffer());
  }

  /** A second account, where the server is on this machine and lets anybody in. */
  async neighbour(): Promise<{ did: string; handle: string; accessJwt: string } | null> {
    const { hostname } = new URL(this.url);
    const { inviteCodeRequired, availableUserDomains } = await this.describe();
    const [domain] = availableUserDomains;
    if (!['localhost', '127.0.0.1'].includes(hostname) || inviteCodeRequired || !domain) return null;
    const name = `n${Date.now().toString(36)}`;
    const body = { handle: `${name}${domain}`, email: `${name}@example.com`, password: `${name}-password` };
    return await this.must(created, 'com.atproto.server.createAccount', { body });
  }
}
interface Call {
  token?: string;
  query?: Record<string, string>;
  body?: object;
}

abstract class Listener {
  readonly #server = http.createServer((request, response) => void this.#receive(request, response));
  protected abstract handle(
    request: http.IncomingMessage,
    bytes: Buffer,
    response: http.ServerResponse,
  ): Promise<void>;

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return this;
  }

  stop(): Promise<void> {
    this.#server.closeAllConnections();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  async #receive(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    await this.handle(request, Buffer.concat(chunks), response);
  }
}

/** Hands every call on to the server, and on demand loses the answer: the server did what it was asked, and nobody hears of it. */
export class BreakingLine extends Listener {
  /** Calls whose answer is lost, by a part of their path. */
  readonly lost: string[] = [];
  passed = 0;

  constructor(readonly target: string) {
    super();
  }

  protected async handle(request: http.IncomingMessage, bytes: Buffer, response: http.ServerResponse) {
    const { host: _host, connection: _connection, ...headers } = request.headers;
    const answer = await fetch(`${this.target}${request.url}`, {
      method: request.method ?? 'GET',
      headers: headers as Record<string, string>,
      ...(bytes.length > 0 ? { body: new Uint8Array(bytes) } : {}),
    });
    const body = Buffer.from(await answer.arrayBuffer());
    const at = this.lost.findIndex((part) => request.url?.includes(part));
    if (at >= 0) {
      this.lost.splice(at, 1);
      if (answer.ok) this.passed += 1;
      response.destroy();
      return;
    }
    response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' });
    response.end(body);
  }
}

/**
 * A video service that encodes nothing: it stores the file at the account's server with the token it was given, as the real one
 * does with its result. Whether that token is good for it, the server decides.
 */
export class VideoService extends Listener {
  readonly stored = new Map<string, unknown>();

  constructor(readonly pds: string) {
    super();
  }

  protected async handle(request: http.IncomingMessage, bytes: Buffer, response: http.ServerResponse) {
    const url = new URL(request.url ?? '/', this.pds);
    const answer = (status: number, body: unknown) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body));
    };
    if (url.pathname.endsWith('getJobStatus')) {
      const jobId = url.searchParams.get('jobId') ?? '';
      const blob = this.stored.get(jobId);
      answer(200, { jobStatus: { jobId, did: '', state: 'JOB_STATE_COMPLETED', blob } });
      return;
    }
    const stored = await fetch(`${this.pds}/xrpc/com.atproto.repo.uploadBlob`, {
      method: 'POST',
      headers: { authorization: request.headers.authorization ?? '', 'content-type': 'video/mp4' },
      body: new Uint8Array(bytes),
    });
    const said = (await stored.json()) as { blob?: unknown };
    if (!stored.ok) {
      answer(stored.status, said);
      return;
    }
    const jobId = url.searchParams.get('name') ?? '';
    this.stored.set(jobId, said.blob);
    answer(200, { jobId, did: url.searchParams.get('did') ?? '', state: 'JOB_STATE_CREATED' });
  }
}
