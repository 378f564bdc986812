import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { randomIds } from '@/core/ids';
import type { Clock } from '@/core/time/clock';
import { SandboxNetwork } from '@/features/platforms/sandbox/network';
import { MemorySandboxStore } from '@/features/platforms/sandbox/store';
import { ConnectionBroken } from '@/features/platforms/sandbox/wire';
import { isTwist } from '../faults';
import type { FaultPoint, NetworkFault, SeenPost } from './server';

/**
 * The product's own sandbox network behind a real socket, with its world in memory: a separate process may crash, hang or
 * restart without taking it along. Set `SANDBOX_API_BASE_URL` to its `url`.
 */
export class SandboxServer {
  readonly store: MemorySandboxStore;
  readonly network: SandboxNetwork;
  readonly log: { method: string; path: string }[] = [];
  readonly #server = http.createServer((request, response) => void this.#answer(request, response));

  constructor(
    readonly clock: Clock,
    readonly redirectUri = 'http://localhost:3000/api/accounts/callback/sandbox',
    options: { keepBytes?: boolean } = {},
  ) {
    this.store = new MemorySandboxStore(options.keepBytes ?? true);
    this.network = new SandboxNetwork({
      store: this.store,
      clock,
      ids: randomIds,
      appUrl: 'http://localhost:3000',
      redirectUris: [redirectUri],
      sleep: async (milliseconds, signal) => {
        await delay(milliseconds, undefined, signal ? { signal } : {}).catch(() => undefined);
      },
    });
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  start(port = 0): Promise<void> {
    return new Promise((resolve) => this.#server.listen(port, '127.0.0.1', resolve));
  }

  stop(): Promise<void> {
    this.#server.closeAllConnections();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  posts(): SeenPost[] {
    return [...this.store.posts.values()]
      .filter((post) => post.deletedAt === null)
      .map((post) => ({
        id: post.id,
        text: post.text,
        replyTo: post.replyTo ?? undefined,
        media: post.mediaIds.map((id) => {
          const file = this.store.files.get(id);
          return { alt: file?.altText ?? '', mime: file?.mime ?? '', bytes: file?.bytes ?? 0 };
        }),
      }));
  }

  calls(point: FaultPoint): number {
    const paths: Record<FaultPoint, string> = {
      commit: 'POST /v1/posts',
      upload: 'POST /v1/media',
      token: 'POST /oauth/token',
      read: 'GET /v1/',
    };
    return this.log.filter(({ method, path }) => `${method} ${path}`.startsWith(paths[point])).length;
  }

  fault({ times, skip, of, kind, ...fault }: NetworkFault): void {
    if (skip || of || isTwist(kind)) throw new Error('The sandbox network has no such faults.');
    for (const [id, account] of this.store.accounts) {
      this.store.accounts.set(id, {
        ...account,
        faults: [...account.faults, { ...fault, kind, remaining: times ?? 1 }],
      });
    }
  }

  calm(): void {
    for (const [id, account] of this.store.accounts) this.store.accounts.set(id, { ...account, faults: [] });
  }

  async #answer(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://sandbox');
    this.log.push({ method: request.method ?? 'GET', path: url.pathname });
    const headers = new Headers();
    for (const [name, value] of Object.entries(request.headers)) headers.set(name, String(value));
    try {
      const answer = await this.network.handle({
        method: request.method ?? 'GET',
        path: url.pathname,
        query: url.searchParams,
        headers,
        body: request,
      });
      response.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers });
      response.end(answer.raw ?? JSON.stringify(answer.body ?? null));
    } catch (error) {
      if (!(error instanceof ConnectionBroken)) response.writeHead(500).end(String(error));
      else response.destroy();
    }
  }
}
