import {
  createDecipheriv,
  createECDH,
  createPublicKey,
  type ECDH,
  hkdfSync,
  randomBytes,
  randomUUID,
  verify,
} from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the service does to the next messages of a browser: each fault once, in order. */
export type PushFault =
  | { kind: 'status'; status: number; retryAfter?: string }
  /** Breaks the connection before reading on. */
  | { kind: 'reset' }
  /** Takes the message for the browser and breaks the connection instead of saying so. */
  | { kind: 'reset_after_accept' }
  /** Never answers. */
  | { kind: 'silent' };

export interface ShownMessage {
  message: Record<string, unknown>;
  topic: string | undefined;
  urgency: string | undefined;
  ttl: number;
}

/** A browser: it holds the keys, so only it can read what the service carries. */
export class FakeBrowser {
  readonly faults: PushFault[] = [];
  /** Everything that came, oldest first. */
  readonly received: ShownMessage[] = [];
  /** Calls to its endpoint, refused ones included. */
  calls = 0;
  gone = false;
  readonly id = randomUUID();
  readonly #curve: ECDH = createECDH('prime256v1');
  readonly #auth = randomBytes(16);

  constructor(
    readonly origin: string,
    readonly applicationServerKey: string,
  ) {
    this.#curve.generateKeys();
  }

  /** `PushSubscription.toJSON()` */
  toJSON() {
    return {
      endpoint: `${this.origin}/wpush/v2/${this.id}`,
      expirationTime: null,
      keys: {
        p256dh: this.#curve.getPublicKey('base64url'),
        auth: this.#auth.toString('base64url'),
      },
    };
  }

  /** What a person sees: a later message with the same tag takes the place of the earlier one. */
  get shown(): Record<string, unknown>[] {
    return [...new Map(this.received.map(({ message }) => [message.tag, message])).values()];
  }

  /** RFC 8291 §3.4 over RFC 8188 §2: one record, its salt, and our key's shared secret. @throws when it was not sealed for us. */
  open(body: Buffer): string {
    const salt = body.subarray(0, 16);
    const keyLength = body.readUInt8(20);
    const theirs = body.subarray(21, 21 + keyLength);
    const sealed = body.subarray(21 + keyLength);
    const info = Buffer.concat([Buffer.from('WebPush: info\0'), this.#curve.getPublicKey(), theirs]);
    const secret = Buffer.from(hkdfSync('sha256', this.#curve.computeSecret(theirs), this.#auth, info, 32));
    const derive = (name: string, bytes: number) =>
      Buffer.from(hkdfSync('sha256', secret, salt, Buffer.from(`Content-Encoding: ${name}\0`), bytes));
    const cipher = createDecipheriv('aes-128-gcm', derive('aes128gcm', 16), derive('nonce', 12));
    cipher.setAuthTag(sealed.subarray(-16));
    const padded = Buffer.concat([cipher.update(sealed.subarray(0, -16)), cipher.final()]);
    // The last record ends in 2 and as many zeros as the sender likes.
    const end = padded.lastIndexOf(2);
    return padded.subarray(0, end).toString('utf8');
  }
}

/** A push service as browser makers run them (RFC 8030), on 127.0.0.1: strict about signatures, and misbehaving on demand. */
export class FakePushService {
  readonly #browsers = new Map<string, FakeBrowser>();
  readonly #server = http.createServer((request, response) => {
    this.#take(request, response).catch((error: unknown) => {
      response.writeHead(500).end(String(error));
    });
  });
  origin = '';

  async start(): Promise<this> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    this.origin = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    return this;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  /** A browser that subscribes with that key; without a start there is no address, so start first. */
  browser(applicationServerKey: string): FakeBrowser {
    const browser = new FakeBrowser(this.origin, applicationServerKey);
    this.#browsers.set(browser.id, browser);
    return browser;
  }

  async #take(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const browser = this.#browsers.get(request.url?.split('/').at(-1) ?? '');
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    if (!browser || request.method !== 'POST') return answer(response, 404);
    browser.calls += 1;
    if (browser.gone) return answer(response, 410);
    const fault = browser.faults.shift();
    if (fault?.kind === 'silent') return;
    if (fault?.kind === 'reset') return void request.socket.destroy();
    if (fault?.kind === 'status') {
      if (fault.status === 410) browser.gone = true;
      return answer(response, fault.status, fault.retryAfter ? { 'retry-after': fault.retryAfter } : {});
    }
    const refusal = this.#refusal(browser, request, body);
    if (refusal) return answer(response, refusal.status, {}, refusal.why);
    const { topic, urgency, ttl } = request.headers;
    browser.received.push({
      message: JSON.parse(browser.open(body)) as Record<string, unknown>,
      topic: topic as string | undefined,
      urgency: urgency as string | undefined,
      ttl: Number(ttl),
    });
    if (fault?.kind === 'reset_after_accept') return void request.socket.destroy();
    answer(response, 201, { location: `${this.origin}/message/${randomUUID()}` });
  }

  /** What Mozilla's and Google's services check, in their order: signature, headers, size. */
  #refusal(
    browser: FakeBrowser,
    { headers }: http.IncomingMessage,
    body: Buffer,
  ): { status: number; why: string } | null {
    const why = this.#vapidFault(browser, headers.authorization ?? '');
    if (why) return { status: 403, why };
    if (!/^\d+$/.test(String(headers.ttl ?? ''))) return { status: 400, why: 'TTL is missing' };
    if (headers['content-encoding'] !== 'aes128gcm') return { status: 400, why: 'encoding' };
    if (!/^[A-Za-z0-9_-]{1,32}$/.test(String(headers.topic ?? 'none'))) return { status: 400, why: 'topic' };
    if (body.length > 4096) return { status: 413, why: 'too large' };
    return null;
  }

  /** RFC 8292 §2: signed by the key the browser subscribed with, for this service, for at most a day. */
  #vapidFault(browser: FakeBrowser, authorization: string): string | null {
    const found = /^vapid t=([\w-]+\.[\w-]+)\.([\w-]+), ?k=([\w-]+)$/.exec(authorization);
    const [, signed = '', signature = '', key = ''] = found ?? [];
    if (!found) return 'no VAPID header';
    if (key !== browser.applicationServerKey) return 'signed with another key than subscribed with';
    const point = Buffer.from(key, 'base64url');
    const [x, y] = [point.subarray(1, 33), point.subarray(33)].map((half) => half.toString('base64url'));
    const publicKey = createPublicKey({
      key: { kty: 'EC', crv: 'P-256', x: x ?? '', y: y ?? '' },
      format: 'jwk',
    });
    const options = { key: publicKey, dsaEncoding: 'ieee-p1363' } as const;
    if (!verify('sha256', Buffer.from(signed), options, Buffer.from(signature, 'base64url'))) {
      return 'bad signature';
    }
    const claims = JSON.parse(Buffer.from(signed.split('.')[1] ?? '', 'base64url').toString()) as {
      aud?: string;
      exp?: number;
      sub?: string;
    };
    const now = Date.now() / 1000;
    if (claims.aud !== this.origin) return 'for another service';
    if (!claims.exp || claims.exp < now || claims.exp > now + 86_400) return 'bad expiry';
    return /^(mailto:|https:)/.test(claims.sub ?? '') ? null : 'no contact';
  }
}

function answer(
  response: http.ServerResponse,
  status: number,
  headers: Record<string, string> = {},
  text = '',
): void {
  response.writeHead(status, headers).end(text);
}
