import { createHash } from 'node:crypto';
import http from 'node:http';
import type { AddressInfo } from 'node:net';

export interface FakeItem {
  guid?: string;
  link?: string;
  title: string;
  description?: string;
  date?: string;
}

export type FeedTrouble =
  | { kind: 'status'; status: number; retryAfter?: string }
  | { kind: 'redirect'; to: string }
  | { kind: 'malformed' }
  | { kind: 'huge' }
  | { kind: 'truncated' };

/**
 * A website with an RSS 2.0 feed at `/feed.xml` and a page at `/` that names it. Answers conditional requests as a web server does
 * (RFC 9110 §13), and misbehaves on demand.
 * @see https://www.rssboard.org/rss-specification
 */
export class FakeFeed {
  /** Newest first, as feeds have them. */
  items: FakeItem[] = [];
  title = 'Fern Hill news';
  /** Until it is taken away. */
  trouble: FeedTrouble | null = null;
  /** Status and path of each answer, oldest first. */
  readonly answers: { path: string; status: number }[] = [];
  readonly #server = http.createServer((request, response) => this.#answer(request, response));

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return this;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get url(): string {
    return `http://${this.host}/feed.xml`;
  }

  /** Adds an item on top. */
  publish(name: string, more: Partial<FakeItem> = {}): void {
    const item = {
      title: name,
      guid: `id-${name}`,
      link: `http://${this.host}/posts/${encodeURIComponent(name)}`,
    };
    this.items.unshift({ ...item, ...more });
  }

  #answer(request: http.IncomingMessage, response: http.ServerResponse): void {
    const path = new URL(request.url ?? '/', 'http://feed').pathname;
    response.on('close', () => this.answers.push({ path, status: response.statusCode }));
    if (path === '/') {
      const link = '<link rel="alternate" type="application/rss+xml" href="/feed.xml">';
      response.writeHead(200, { 'content-type': 'text/html' });
      response.end(`<!doctype html><html><head>${link}</head><body>Hello</body></html>`);
      return;
    }
    if (path !== '/feed.xml') {
      response.writeHead(404).end();
      return;
    }
    if (this.trouble) {
      this.#misbehave(this.trouble, response);
      return;
    }
    const body = this.#document();
    const etag = `"${createHash('sha1').update(body).digest('hex')}"`;
    if (request.headers['if-none-match'] === etag) response.writeHead(304, { etag }).end();
    else response.writeHead(200, { 'content-type': 'application/rss+xml; charset=utf-8', etag }).end(body);
  }

  #misbehave(trouble: FeedTrouble, response: http.ServerResponse): void {
    switch (trouble.kind) {
      case 'status':
        response
          .writeHead(trouble.status, trouble.retryAfter ? { 'retry-after': trouble.retryAfter } : {})
          .end();
        break;
      case 'redirect':
        response.writeHead(302, { location: trouble.to }).end();
        break;
      case 'malformed':
        response.writeHead(200).end('<rss version="2.0"><channel><item><title>Half');
        break;
      case 'huge':
        response.writeHead(200).end(`<rss version="2.0"><channel>${'<a>x</a>'.repeat(300_000)}`);
        break;
      case 'truncated': {
        const body = this.#document();
        response.writeHead(200, { 'content-length': body.length });
        response.write(body.slice(0, body.length / 2), () => response.destroy());
      }
    }
  }

  #document(): string {
    const items = this.items.map(({ guid, link, title, description, date }) =>
      [
        '<item>',
        `<title>${escaped(title)}</title>`,
        guid ? `<guid isPermaLink="false">${escaped(guid)}</guid>` : '',
        link ? `<link>${escaped(link)}</link>` : '',
        description ? `<description>${escaped(description)}</description>` : '',
        date ? `<pubDate>${escaped(date)}</pubDate>` : '',
        '</item>',
      ].join(''),
    );
    const head = `<title>${escaped(this.title)}</title><link>http://${this.host}/</link>`;
    return `<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel>${head}${items.join('')}</channel></rss>`;
  }
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
