import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';

/**
 * Conversations with a vendor, written down once and played again: the recorder stands between an adapter and a server and keeps
 * what was said without secrets; the replayer answers from it and takes nothing else, in no other order.
 */
const exchange = z.strictObject({
  request: z.strictObject({
    method: z.string(),
    /** With its query, in the order of names. */
    path: z.string(),
    /** The scheme, and which of the words that were given before. */
    authorization: z.string(),
    body: z.string(),
  }),
  answer: z.strictObject({
    status: z.int(),
    headers: z.record(z.string(), z.string()),
    body: z.string(),
  }),
});
export type Exchange = z.output<typeof exchange>;
export const recording = z.array(exchange);

/** Of an answer, what adapters look at. All other headers are about the connection, or hold cookies. */
const KEPT_HEADERS = /^(?:content-type|retry-after|link|sforce-limit-info|x-(?:hubspot-)?ratelimit-.+)$/;
/** Fields of JSON and of forms whose values are secrets, whatever they look like. */
const SECRET_FIELD =
  /^(?:.*token|.*secret|authorization|code|code_verifier|assertion|signature|password|api_?key|tokenKey)$/i;
/** A word that stands for a secret or a person already. */
const SCRUBBED = /^(?:secret-\d+|person-\d+@example\.invalid)$/;
const EMAIL = /[\w.+-]+(?:@|%40)[\w-]+(?:\.[\w-]+)+/g;

/**
 * Takes secrets and people out of what was said. The same value always becomes the same word, so that a recording still hangs
 * together: the token that was given is the one that is used.
 */
export class Scrubber {
  readonly #words = new Map<string, string>();

  /** @param port of the server, which is another one with each run. */
  constructor(readonly port?: number) {}

  request({ method = 'GET', url = '/', headers }: http.IncomingMessage, body: string): Exchange['request'] {
    const { pathname, searchParams } = new URL(url, 'http://vendor.test');
    const [scheme = '', credential = ''] = (headers.authorization ?? '').split(' ');
    const authorization = `${scheme} ${this.#word('secret', credential)}`.trim();
    const query = this.#form(searchParams);
    return { method, path: query ? `${pathname}?${query}` : pathname, authorization, body: this.text(body) };
  }

  /** JSON by its fields, forms by theirs, and e-mail addresses wherever they stand. */
  text(body: string): string {
    const parsed = json(body);
    if (parsed !== undefined) return this.#plain(JSON.stringify(this.#value('', parsed)));
    if (/^[\w.%-]+=[^\s]*$/.test(body)) return this.#form(new URLSearchParams(body));
    return this.#plain(body);
  }

  #form(fields: URLSearchParams): string {
    const all = [...fields].map(([name, value]): [string, string] => [
      name,
      SECRET_FIELD.test(name) ? this.#word('secret', value) : this.#plain(value),
    ]);
    return new URLSearchParams(all.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))).toString();
  }

  #value(name: string, value: unknown): unknown {
    if (typeof value === 'string') return SECRET_FIELD.test(name) ? this.#word('secret', value) : value;
    if (Array.isArray(value)) return value.map((one) => this.#value(name, one));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, this.#value(key, one)]));
  }

  /** Also known secrets in the middle of a sentence. */
  #plain(text: string): string {
    const known = [...this.#words].reduce((left, [secret, word]) => left.replaceAll(secret, word), text);
    const people = known.replaceAll(EMAIL, (address) => this.#word('person', address.replace('%40', '@')));
    return this.port ? people.replaceAll(`127.0.0.1:${this.port}`, 'vendor.test') : people;
  }

  #word(kind: 'secret' | 'person', value: string): string {
    if (value === '') return value;
    if (SCRUBBED.test(value)) {
      // Counted like the one it stands for: what comes after it has the same number.
      this.#words.set(value, value);
      return value;
    }
    const known = this.#words.get(value);
    if (known) return known;
    const number = this.#words.size + 1;
    const word = kind === 'person' ? `person-${number}@example.invalid` : `secret-${number}`;
    this.#words.set(value, word);
    return word;
  }
}

function json(text: string): unknown {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' ? parsed : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

abstract class LocalServer {
  readonly #server = http.createServer((request, response) => void this.#serve(request, response));

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

  protected abstract answer(request: http.IncomingMessage, body: string): Promise<Exchange['answer']>;

  async #serve(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { status, headers, body } = await this.answer(request, Buffer.concat(chunks).toString());
    response.writeHead(status, headers).end(body);
  }
}

/** Hands everything on to a server, and keeps it scrubbed. The caller gets the real answers. */
export class Recorder extends LocalServer {
  readonly exchanges: Exchange[] = [];
  readonly #scrubber: Scrubber;

  constructor(readonly target: string) {
    super();
    this.#scrubber = new Scrubber(Number(new URL(target).port));
  }

  protected async answer(request: http.IncomingMessage, body: string): Promise<Exchange['answer']> {
    const { method = 'GET', url = '/', headers } = request;
    const given = Object.entries(headers).flatMap(([name, value]): [string, string][] =>
      /^(?:host|connection|content-length|transfer-encoding)$/.test(name) ? [] : [[name, String(value)]],
    );
    const there = await fetch(`${this.target}${url}`, {
      method,
      headers: given,
      redirect: 'manual',
      ...(body === '' ? {} : { body }),
    });
    const said = await there.text();
    const kept = Object.fromEntries([...there.headers].filter(([name]) => KEPT_HEADERS.test(name)));
    this.exchanges.push({
      request: this.#scrubber.request(request, body),
      answer: { status: there.status, headers: kept, body: this.#scrubber.text(said) },
    });
    return { status: there.status, headers: kept, body: said };
  }
}

/** Answers from a recording alone. What is asked out of turn, or was never asked, is refused and remembered. */
export class Replayer extends LocalServer {
  readonly faults: string[] = [];
  readonly #left: Exchange[];
  readonly #scrubber = new Scrubber();

  constructor(exchanges: readonly Exchange[]) {
    super();
    this.#left = [...exchanges];
  }

  /** @throws unless exactly what was recorded was asked. */
  finished(): void {
    const open = this.#left.map(({ request }) => `never asked: ${request.method} ${request.path}`);
    const all = [...this.faults, ...open];
    if (all.length > 0) throw new Error(all.join('\n'));
  }

  protected async answer(request: http.IncomingMessage, body: string): Promise<Exchange['answer']> {
    const asked = this.#scrubber.request(request, body);
    const [next] = this.#left;
    if (!next || JSON.stringify(next.request) !== JSON.stringify(asked)) {
      const wanted = next ? `${next.request.method} ${next.request.path} ${next.request.body}` : 'nothing';
      this.faults.push(`asked: ${asked.method} ${asked.path} ${asked.body}, recorded: ${wanted}`);
      return { status: 501, headers: {}, body: '{"error":"not recorded"}' };
    }
    this.#left.shift();
    // Words given here come back in later requests, under the same names.
    this.#scrubber.text(next.answer.body);
    return next.answer;
  }
}
