import net, { type AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { failureOf, outboundWorld } from '@tests/support/outbound';
import { describe, expect, it } from 'vitest';
import { newContext, runInContext } from './context';
import type { OutboundRequest } from './outbound';
import { parseRetryAfter, statusFailure } from './outbound-failure';
import { outboundFetch } from './outbound-fetch';

const world = outboundWorld();
const get = (request: Partial<OutboundRequest> = {}) =>
  world.client().request({ provider: 'acme', url: `${world.base}/x?y=1`, ...request });

describe('request', () => {
  it('sends method, path, headers and body, and returns status, headers and body', async () => {
    world.handler = (request, response, body) => {
      response.writeHead(201, { 'x-echo': `${request.method} ${request.url} ${request.headers['x-key']}` });
      response.end(JSON.stringify({ got: body }));
    };
    const answer = await get({ method: 'post', body: 'hello', headers: { 'X-Key': 'k', absent: undefined } });
    expect(answer.status).toBe(201);
    expect(answer.headers.get('x-echo')).toBe('POST /x?y=1 k');
    expect(await answer.json()).toEqual({ got: 'hello' });
  });

  it('streams both ways', async () => {
    world.handler = (_request, response, body) => response.end(body.toUpperCase());
    const answer = await get({ method: 'PUT', body: Readable.from([Buffer.from('ab'), Buffer.from('cd')]) });
    let text = '';
    for await (const chunk of answer.chunks()) text += Buffer.from(chunk).toString();
    expect(text).toBe('ABCD');
  });

  it('keeps connections for later calls, also after a discarded body, unless a fresh one is asked for', async () => {
    world.handler = (_request, response) => response.end('some body');
    const keeping = world.client();
    const sockets = () => new Set(world.seen.map((request) => request.socket)).size;
    for (let count = 0; count < 6; count += 1) await (await keeping.request({ url: world.base })).discard();
    expect(sockets()).toBeLessThanOrEqual(2);
    world.seen = [];
    for (let count = 0; count < 3; count += 1) {
      await (await keeping.request({ url: world.base, freshConnection: true })).text();
    }
    expect(sockets()).toBe(3);
  });

  it('hands request id on to trusted services only', async () => {
    world.handler = (_request, response) => response.end();
    const call = (trusted: boolean) => runInContext(newContext('req_7'), () => get({ trusted }));
    await (await call(true)).discard();
    await (await call(false)).discard();
    expect(world.seen.map((request) => request.headers['x-request-id'])).toEqual(['req_7', undefined]);
  });
});

describe('notAfter', () => {
  it('lets nothing leave once the process stood still past the last instant', async () => {
    world.handler = (_request, response) => response.end('got it');
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
    expect(world.seen).toEqual([]);
  });

  it('does not hinder a call in time', async () => {
    world.handler = (_request, response) => response.end('got it');
    expect(await (await get({ notAfter: new Date(Date.now() + 5_000) })).text()).toBe('got it');
  });
});

describe('limits', () => {
  it.each([
    ['declared', true],
    ['undeclared', false],
  ])('refuses a %s body over the cap', async (_name, declared) => {
    world.handler = (_request, response) => {
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
    world.handler = (_request, response) => {
      response.setHeader('content-encoding', 'gzip');
      response.end(gzipSync(Buffer.alloc(5_000_000)));
    };
    const answer = await get({ maxResponseBytes: 1_000_000 });
    expect((await failureOf(answer.bytes())).vendorCode).toBe('response_too_large');
  });

  it('reads compressed answers', async () => {
    world.handler = (_request, response) => {
      response.setHeader('content-encoding', 'gzip');
      response.end(gzipSync('plain words'));
    };
    expect(await (await get()).text()).toBe('plain words');
  });

  it('ends a body that drips for longer than the time limit', async () => {
    const timers: NodeJS.Timeout[] = [];
    world.handler = (_request, response) => {
      response.write('.');
      timers.push(setInterval(() => response.write('.'), 30));
    };
    const answer = await get({ timeoutMs: 300 });
    const error = await failureOf(answer.text());
    for (const timer of timers) clearInterval(timer);
    expect(error).toMatchObject({ kind: 'timeout', outcome: 'unknown', vendorCode: 'deadline' });
  });

  it('ends headers that never come', async () => {
    world.handler = () => undefined;
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
    const error = await failureOf(
      get({ url: `https://127.0.0.1:${world.port}/`, method: 'POST', body: 'x' }),
    );
    expect(error.outcome).toBe('not_sent');
  });

  it('cancelled before it began: not_sent', async () => {
    const error = await failureOf(get({ signal: AbortSignal.abort() }));
    expect(error.outcome).toBe('not_sent');
    expect(world.seen).toHaveLength(0);
  });

  it('reset after the request was taken: unknown', async () => {
    world.handler = (request) => request.socket.resetAndDestroy();
    const error = await failureOf(get({ method: 'POST', body: 'commit' }));
    expect(error).toMatchObject({ kind: 'unavailable', outcome: 'unknown', retryable: true });
  });

  it('stream cut in the middle of the body: unknown', async () => {
    world.handler = (request, response) => {
      response.setHeader('content-length', 100);
      response.write('half');
      setTimeout(() => request.socket.resetAndDestroy(), 20);
    };
    const answer = await get();
    expect((await failureOf(answer.text())).outcome).toBe('unknown');
  });

  it('a body that is not JSON', async () => {
    world.handler = (_request, response) => response.end('<html>');
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

describe('outboundFetch', () => {
  it('behaves as fetch for JSON, forms and empty answers', async () => {
    world.handler = (request, response, body) => {
      if (request.url === '/empty') response.writeHead(204).end();
      else
        response
          .setHeader('content-type', 'application/json')
          .end(JSON.stringify({ type: request.headers['content-type'], body }));
    };
    const fetcher = outboundFetch(world.client(), { provider: 'acme' });
    const json = await fetcher(`${world.base}/j`, {
      method: 'POST',
      body: '{"a":1}',
      headers: { 'content-type': 'application/json' },
    });
    expect(json.url).toBe(`${world.base}/j`);
    expect(await json.json()).toEqual({ type: 'application/json', body: '{"a":1}' });

    const form = new FormData();
    form.set('file', new Blob(['contents']), 'a.txt');
    const sent = (await (await fetcher(world.base, { method: 'POST', body: form })).json()) as {
      type: string;
      body: string;
    };
    expect(sent.type).toMatch(/^multipart\/form-data; boundary=/);
    expect(sent.body).toContain('contents');

    const empty = await fetcher(new Request(`${world.base}/empty`, { method: 'DELETE' }));
    expect([empty.status, await empty.text(), world.seen.at(-1)?.method]).toEqual([204, '', 'DELETE']);
  });

  it('streams, and stops the exchange when the reader leaves', async () => {
    let closed = false;
    world.handler = (request, response) => {
      request.socket.on('close', () => {
        closed = true;
      });
      const timer = setInterval(() => response.write('data: x\n\n'), 10);
      response.on('close', () => clearInterval(timer));
    };
    const response = await outboundFetch(world.client())(world.base);
    const reader = response.body?.getReader();
    expect(new TextDecoder().decode((await reader?.read())?.value)).toContain('data: x');
    await reader?.cancel();
    await expect.poll(() => closed).toBe(true);
  });

  it('throws classified failures', async () => {
    world.handler = (request) => request.socket.resetAndDestroy();
    const error = await failureOf(outboundFetch(world.client(), { provider: 'acme' })(world.base));
    expect(error).toMatchObject({ provider: 'acme', kind: 'unavailable' });
  });
});
