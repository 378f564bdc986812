import http from 'node:http';
import type { AddressInfo } from 'node:net';
import net from 'node:net';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ExternalServiceError } from '@/core/errors';
import { newContext, runInContext } from './context';
import { OutboundHttp, type OutboundRequest } from './outbound';
import { parseRetryAfter, statusFailure } from './outbound-failure';
import { outboundFetch } from './outbound-fetch';

type Handler = (request: http.IncomingMessage, response: http.ServerResponse, body: string) => void;

let handler: Handler = (_request, response) => response.end();
let seen: http.IncomingMessage[] = [];
const server = http.createServer((request, response) => {
  seen.push(request);
  let body = '';
  request.on('data', (chunk) => {
    body += chunk;
  });
  request.on('end', () => handler(request, response, body));
});
let port = 0;
let base = '';

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
  base = `http://127.0.0.1:${port}`;
});
afterAll(
  () =>
    new Promise((resolve) => {
      server.closeAllConnections();
      server.close(resolve);
    }),
);

const opened: OutboundHttp[] = [];
function client(settings: ConstructorParameters<typeof OutboundHttp>[0] = {}): OutboundHttp {
  const made = new OutboundHttp({ connectTimeoutMs: 1_000, ...settings });
  opened.push(made);
  return made;
}
afterEach(async () => {
  seen = [];
  await Promise.all(opened.splice(0).map((each) => each.close()));
});

async function failureOf(work: Promise<unknown>): Promise<ExternalServiceError> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(ExternalServiceError);
  return error as ExternalServiceError;
}
const get = (request: Partial<OutboundRequest> = {}) =>
  client().request({ provider: 'acme', url: `${base}/x?y=1`, ...request });

describe('request', () => {
  it('sends method, path, headers and body, and returns status, headers and body', async () => {
    handler = (request, response, body) => {
      response.writeHead(201, { 'x-echo': `${request.method} ${request.url} ${request.headers['x-key']}` });
      response.end(JSON.stringify({ got: body }));
    };
    const answer = await get({ method: 'post', body: 'hello', headers: { 'X-Key': 'k', absent: undefined } });
    expect(answer.status).toBe(201);
    expect(answer.headers.get('x-echo')).toBe('POST /x?y=1 k');
    expect(await answer.json()).toEqual({ got: 'hello' });
  });

  it('streams both ways', async () => {
    handler = (_request, response, body) => response.end(body.toUpperCase());
    const answer = await get({ method: 'PUT', body: Readable.from([Buffer.from('ab'), Buffer.from('cd')]) });
    let text = '';
    for await (const chunk of answer.chunks()) text += Buffer.from(chunk).toString();
    expect(text).toBe('ABCD');
  });

  it('keeps connections for later calls, also after a discarded body, unless a fresh one is asked for', async () => {
    handler = (_request, response) => response.end('some body');
    const keeping = client();
    const sockets = () => new Set(seen.map((request) => request.socket)).size;
    for (let count = 0; count < 6; count += 1) await (await keeping.request({ url: base })).discard();
    expect(sockets()).toBeLessThanOrEqual(2);
    seen = [];
    for (let count = 0; count < 3; count += 1) {
      await (await keeping.request({ url: base, freshConnection: true })).text();
    }
    expect(sockets()).toBe(3);
  });

  it('hands request id on to trusted services only', async () => {
    handler = (_request, response) => response.end();
    const call = (trusted: boolean) => runInContext(newContext('req_7'), () => get({ trusted }));
    await (await call(true)).discard();
    await (await call(false)).discard();
    expect(seen.map((request) => request.headers['x-request-id'])).toEqual(['req_7', undefined]);
  });
});

describe('notAfter', () => {
  it('lets nothing leave once the process stood still past the last instant', async () => {
    handler = (_request, response) => response.end('got it');
    const call = get({
      method: 'POST',
      body: 'hello',
      timeoutMs: 5_000,
      notAfter: new Date(Date.now() + 80),
    });
    // A stopped process: no timer and no callback runs, then the connection stands and the write would follow.
    const until = Date.now() + 160;
    while (Date.now() < until);
    expect(await failureOf(call)).toMatchObject({ kind: 'timeout', outcome: 'not_sent' });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(seen).toEqual([]);
  });

  it('does not hinder a call in time', async () => {
    handler = (_request, response) => response.end('got it');
    expect(await (await get({ notAfter: new Date(Date.now() + 5_000) })).text()).toBe('got it');
  });
});

describe('limits', () => {
  it.each([
    ['declared', true],
    ['undeclared', false],
  ])('refuses a %s body over the cap', async (_name, declared) => {
    handler = (_request, response) => {
      if (declared) response.setHeader('content-length', 5_000);
      response.write('x'.repeat(2_500));
      response.end('x'.repeat(2_500));
    };
    const answer = await get({ maxResponseBytes: 4_000 });
    expect(await failureOf(answer.text())).toMatchObject({
      vendorCode: 'response_too_large',
      retryable: false,
    });
  });

  it('counts after decompression, so a small bomb does not pass', async () => {
    handler = (_request, response) => {
      response.setHeader('content-encoding', 'gzip');
      response.end(gzipSync(Buffer.alloc(5_000_000)));
    };
    const answer = await get({ maxResponseBytes: 1_000_000 });
    expect((await failureOf(answer.bytes())).vendorCode).toBe('response_too_large');
  });

  it('reads compressed answers', async () => {
    handler = (_request, response) => {
      response.setHeader('content-encoding', 'gzip');
      response.end(gzipSync('plain words'));
    };
    expect(await (await get()).text()).toBe('plain words');
  });

  it('ends a body that drips for longer than the time limit', async () => {
    const timers: NodeJS.Timeout[] = [];
    handler = (_request, response) => {
      response.write('.');
      timers.push(setInterval(() => response.write('.'), 30));
    };
    const answer = await get({ timeoutMs: 300 });
    const error = await failureOf(answer.text());
    for (const timer of timers) clearInterval(timer);
    expect(error).toMatchObject({ kind: 'timeout', outcome: 'unknown', vendorCode: 'deadline' });
  });

  it('ends headers that never come', async () => {
    handler = () => undefined;
    expect(await failureOf(get({ timeoutMs: 200 }))).toMatchObject({ kind: 'timeout', outcome: 'unknown' });
  });
});

describe('what is known about arrival', () => {
  it('connection refused: not_sent', async () => {
    const closed = net.createServer();
    await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
    const free = (closed.address() as AddressInfo).port;
    await new Promise((resolve) => closed.close(resolve));
    const error = await failureOf(get({ url: `http://127.0.0.1:${free}/` }));
    expect(error).toMatchObject({ kind: 'unavailable', outcome: 'not_sent', retryable: true });
  });

  it('unknown name: not_sent', async () => {
    const error = await failureOf(get({ url: 'http://nothing.invalid/' }));
    expect(error).toMatchObject({ kind: 'unavailable', outcome: 'not_sent' });
  });

  it('no TLS on the other side: not_sent', async () => {
    const error = await failureOf(get({ url: `https://127.0.0.1:${port}/`, method: 'POST', body: 'x' }));
    expect(error.outcome).toBe('not_sent');
  });

  it('cancelled before it began: not_sent', async () => {
    const error = await failureOf(get({ signal: AbortSignal.abort() }));
    expect(error.outcome).toBe('not_sent');
    expect(seen).toHaveLength(0);
  });

  it('reset after the request was taken: unknown', async () => {
    handler = (request) => request.socket.resetAndDestroy();
    const error = await failureOf(get({ method: 'POST', body: 'commit' }));
    expect(error).toMatchObject({ kind: 'unavailable', outcome: 'unknown', retryable: true });
  });

  it('stream cut in the middle of the body: unknown', async () => {
    handler = (request, response) => {
      response.setHeader('content-length', 100);
      response.write('half');
      setTimeout(() => request.socket.resetAndDestroy(), 20);
    };
    const answer = await get();
    expect((await failureOf(answer.text())).outcome).toBe('unknown');
  });

  it('a body that is not JSON', async () => {
    handler = (_request, response) => response.end('<html>');
    expect(await failureOf((await get()).json())).toMatchObject({ vendorCode: 'malformed_body' });
  });

  it.each([
    [400, 'invalid_request', 'rejected', false],
    [401, 'auth_expired', 'rejected', false],
    [402, 'quota', 'rejected', false],
    [429, 'rate_limit', 'rejected', true],
    [500, 'unavailable', 'unknown', true],
    [504, 'timeout', 'unknown', true],
  ])('status %i: %s, %s', (status, kind, outcome, retryable) => {
    const error = statusFailure('acme', { status, headers: new Headers() }, { now: new Date() });
    expect(error).toMatchObject({ kind, outcome, retryable, vendorStatus: status });
  });
});

describe('Retry-After', () => {
  const now = new Date('2026-03-01T12:00:00Z');
  it.each([
    ['120', 120_000],
    ['0', 0],
    ['1.5', 1_500],
    ['Sun, 01 Mar 2026 12:00:30 GMT', 30_000],
    ['Sun, 01 Mar 2026 11:00:00 GMT', 0],
    ['99999999', 86_400_000],
    ['soon', undefined],
    ['', undefined],
    [null, undefined],
  ])('%s → %s', (value, expected) => expect(parseRetryAfter(value, now)).toBe(expected));
});

describe('guarded requests', () => {
  const resolving = (...answers: string[]) => {
    let calls = 0;
    return {
      calls: () => calls,
      resolver: async () => {
        const address = answers[Math.min(calls, answers.length - 1)] ?? '';
        calls += 1;
        return [{ address, family: net.isIP(address) }];
      },
    };
  };

  it.each(['127.0.0.1', '[::1]', '169.254.169.254', 'localhost', '[::ffff:127.0.0.1]'])(
    'never reaches %s',
    async (host) => {
      const error = await failureOf(
        client().request({ url: `http://${host}:${port}/`, guarded: true, timeoutMs: 2_000 }),
      );
      expect(error).toMatchObject({
        kind: 'invalid_request',
        outcome: 'not_sent',
        vendorCode: 'blocked_address',
      });
      expect(seen).toHaveLength(0);
    },
  );

  it('checks again when connecting: a name that turns private after the first look is stopped', async () => {
    const dns = resolving('93.184.216.34', '127.0.0.1');
    const guarded = client({ resolver: dns.resolver });
    const url = `http://rebind.example:${port}/`;
    expect(await guarded.refusal(url)).toBeUndefined();
    const error = await failureOf(guarded.request({ url, guarded: true }));
    expect(error.vendorCode).toBe('blocked_address');
    expect(seen).toHaveLength(0);
  });

  it('connects to the very addresses it checked, resolving once', async () => {
    handler = (request, response) => response.end(request.headers.host);
    // Were the name resolved again for the socket, the second answer would lead nowhere.
    const dns = resolving('127.0.0.1', '192.0.2.1');
    const guarded = client({ resolver: dns.resolver, allowHosts: [`feed.example:${port}`] });
    const answer = await guarded.request({ url: `http://feed.example:${port}/`, guarded: true });
    expect(await answer.text()).toBe(`feed.example:${port}`);
    expect(dns.calls()).toBe(1);
  });

  it('does not follow a redirect to cloud metadata', async () => {
    handler = (_request, response) =>
      response.writeHead(302, { location: 'http://169.254.169.254/latest/meta-data/' }).end();
    const guarded = client({ allowHosts: [`127.0.0.1:${port}`] });
    const error = await failureOf(guarded.request({ url: base, guarded: true, timeoutMs: 2_000 }));
    expect(error.vendorCode).toBe('blocked_address');
  });

  it('guards the redirect of an unguarded call to another origin too', async () => {
    handler = (_request, response) => response.writeHead(302, { location: 'http://169.254.169.254/' }).end();
    const error = await failureOf(client().request({ url: base, maxRedirects: 1, timeoutMs: 2_000 }));
    expect(error.vendorCode).toBe('blocked_address');
  });

  it('explains a refusal', async () => {
    const guarded = client({ resolver: resolving('10.0.0.1').resolver });
    expect(await guarded.refusal('not a url')).toMatch(/https:/);
    expect(await guarded.refusal('ftp://example.com')).toMatch(/http and https/);
    expect(await guarded.refusal('https://inside.example')).toMatch(/public internet/);
  });
});

describe('redirects', () => {
  it('follows up to three, then hands the fourth back', async () => {
    handler = (request, response) => {
      const step = Number(request.url?.slice(1) || 0);
      response.writeHead(302, { location: `/${step + 1}` }).end();
    };
    const answer = await client().request({ url: `${base}/0`, maxRedirects: 10 });
    expect(answer.status).toBe(302);
    expect(seen.map((request) => request.url)).toEqual(['/0', '/1', '/2', '/3']);
  });

  it('does not follow unless asked', async () => {
    handler = (_request, response) => response.writeHead(302, { location: '/next' }).end();
    expect((await get()).status).toBe(302);
    expect(seen).toHaveLength(1);
  });

  it('drops credentials when the origin changes and keeps them when it does not', async () => {
    handler = (request, response) => {
      if (request.url === '/a') response.writeHead(302, { location: '/b' }).end();
      else if (request.url === '/b')
        response.writeHead(307, { location: `http://other.example:${port}/c` }).end();
      else response.end('there');
    };
    const http1 = client({
      allowHosts: ['other.example'],
      resolver: async () => [{ address: '127.0.0.1', family: 4 }],
    });
    const headers = { Authorization: 'Bearer s', 'X-Api-Key': 'k', cookie: 'c=1', accept: 'text/plain' };
    const answer = await http1.request({ url: `${base}/a`, headers, maxRedirects: 3 });
    expect(await answer.text()).toBe('there');
    const sent = seen.map(({ headers: h }) => [h.authorization, h['x-api-key'], h.cookie, h.accept]);
    expect(sent).toEqual([
      ['Bearer s', 'k', 'c=1', 'text/plain'],
      ['Bearer s', 'k', 'c=1', 'text/plain'],
      [undefined, undefined, undefined, 'text/plain'],
    ]);
  });

  it('turns a POST into a GET on 303 and repeats it on 307', async () => {
    const got: string[] = [];
    handler = (request, response, body) => {
      got.push(`${request.method} ${request.url} ${body}`);
      if (request.url === '/303') response.writeHead(303, { location: '/end' }).end();
      else if (request.url === '/307') response.writeHead(307, { location: '/end' }).end();
      else response.end();
    };
    const post = (path: string) =>
      client().request({ url: base + path, method: 'POST', body: 'data', maxRedirects: 1 });
    await (await post('/303')).discard();
    await (await post('/307')).discard();
    expect(got).toEqual(['POST /303 data', 'GET /end ', 'POST /307 data', 'POST /end data']);
  });
});

describe('outboundFetch', () => {
  it('behaves as fetch for JSON, forms and empty answers', async () => {
    handler = (request, response, body) => {
      if (request.url === '/empty') response.writeHead(204).end();
      else
        response
          .setHeader('content-type', 'application/json')
          .end(JSON.stringify({ type: request.headers['content-type'], body }));
    };
    const fetcher = outboundFetch(client(), { provider: 'acme' });
    const json = await fetcher(`${base}/j`, {
      method: 'POST',
      body: '{"a":1}',
      headers: { 'content-type': 'application/json' },
    });
    expect(json.url).toBe(`${base}/j`);
    expect(await json.json()).toEqual({ type: 'application/json', body: '{"a":1}' });

    const form = new FormData();
    form.set('file', new Blob(['contents']), 'a.txt');
    const sent = (await (await fetcher(base, { method: 'POST', body: form })).json()) as {
      type: string;
      body: string;
    };
    expect(sent.type).toMatch(/^multipart\/form-data; boundary=/);
    expect(sent.body).toContain('contents');

    const empty = await fetcher(new Request(`${base}/empty`, { method: 'DELETE' }));
    expect([empty.status, await empty.text(), seen.at(-1)?.method]).toEqual([204, '', 'DELETE']);
  });

  it('streams, and stops the exchange when the reader leaves', async () => {
    let closed = false;
    handler = (request, response) => {
      request.socket.on('close', () => {
        closed = true;
      });
      const timer = setInterval(() => response.write('data: x\n\n'), 10);
      response.on('close', () => clearInterval(timer));
    };
    const response = await outboundFetch(client())(base);
    const reader = response.body?.getReader();
    expect(new TextDecoder().decode((await reader?.read())?.value)).toContain('data: x');
    await reader?.cancel();
    await expect.poll(() => closed).toBe(true);
  });

  it('throws classified failures', async () => {
    handler = (request) => request.socket.resetAndDestroy();
    const error = await failureOf(outboundFetch(client(), { provider: 'acme' })(base));
    expect(error).toMatchObject({ provider: 'acme', kind: 'unavailable' });
  });
});
