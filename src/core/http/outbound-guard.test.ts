import net from 'node:net';
import { failureOf, outboundWorld } from '@tests/support/outbound';
import { describe, expect, it } from 'vitest';

const world = outboundWorld();
const get = (request: object = {}) =>
  world.client().request({ provider: 'acme', url: `${world.base}/x?y=1`, ...request });

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
        world.client().request({ url: `http://${host}:${world.port}/`, guarded: true, timeoutMs: 2_000 }),
      );
      expect(error).toMatchObject({
        kind: 'invalid_request',
        outcome: 'not_sent',
        vendorCode: 'blocked_address',
      });
      expect(world.seen).toHaveLength(0);
    },
  );

  it('checks again when connecting: a name that turns private after the first look is stopped', async () => {
    const dns = resolving('93.184.216.34', '127.0.0.1');
    const guarded = world.client({ resolver: dns.resolver });
    const url = `http://rebind.example:${world.port}/`;
    expect(await guarded.refusal(url)).toBeUndefined();
    const error = await failureOf(guarded.request({ url, guarded: true }));
    expect(error.vendorCode).toBe('blocked_address');
    expect(world.seen).toHaveLength(0);
  });

  it('connects to the very addresses it checked, resolving once', async () => {
    world.handler = (request, response) => response.end(request.headers.host);
    // Were the name resolved again for the socket, the second answer would lead nowhere.
    const dns = resolving('127.0.0.1', '192.0.2.1');
    const guarded = world.client({ resolver: dns.resolver, allowHosts: [`feed.example:${world.port}`] });
    const answer = await guarded.request({ url: `http://feed.example:${world.port}/`, guarded: true });
    expect(await answer.text()).toBe(`feed.example:${world.port}`);
    expect(dns.calls()).toBe(1);
  });

  it('does not follow a redirect to cloud metadata', async () => {
    world.handler = (_request, response) =>
      response.writeHead(302, { location: 'http://169.254.169.254/latest/meta-data/' }).end();
    const guarded = world.client({ allowHosts: [`127.0.0.1:${world.port}`] });
    const error = await failureOf(guarded.request({ url: world.base, guarded: true, timeoutMs: 2_000 }));
    expect(error.vendorCode).toBe('blocked_address');
  });

  it('guards the redirect of an unguarded call to another origin too', async () => {
    world.handler = (_request, response) =>
      response.writeHead(302, { location: 'http://169.254.169.254/' }).end();
    const error = await failureOf(
      world.client().request({ url: world.base, maxRedirects: 1, timeoutMs: 2_000 }),
    );
    expect(error.vendorCode).toBe('blocked_address');
  });

  it('explains a refusal', async () => {
    const guarded = world.client({ resolver: resolving('10.0.0.1').resolver });
    expect(await guarded.refusal('not a url')).toMatch(/https:/);
    expect(await guarded.refusal('ftp://example.com')).toMatch(/http and https/);
    expect(await guarded.refusal('https://inside.example')).toMatch(/public internet/);
  });
});

describe('redirects', () => {
  it('follows up to three, then hands the fourth back', async () => {
    world.handler = (request, response) => {
      const step = Number(request.url?.slice(1) || 0);
      response.writeHead(302, { location: `/${step + 1}` }).end();
    };
    const answer = await world.client().request({ url: `${world.base}/0`, maxRedirects: 10 });
    expect(answer.status).toBe(302);
    expect(world.seen.map((request) => request.url)).toEqual(['/0', '/1', '/2', '/3']);
  });

  it('does not follow unless asked', async () => {
    world.handler = (_request, response) => response.writeHead(302, { location: '/next' }).end();
    expect((await get()).status).toBe(302);
    expect(world.seen).toHaveLength(1);
  });

  it('drops credentials when the origin changes and keeps them when it does not', async () => {
    world.handler = (request, response) => {
      if (request.url === '/a') response.writeHead(302, { location: '/b' }).end();
      else if (request.url === '/b')
        response.writeHead(307, { location: `http://other.example:${world.port}/c` }).end();
      else response.end('there');
    };
    const http1 = world.client({
      allowHosts: ['other.example'],
      resolver: async () => [{ address: '127.0.0.1', family: 4 }],
    });
    const headers = { Authorization: 'Bearer s', 'X-Api-Key': 'k', cookie: 'c=1', accept: 'text/plain' };
    const answer = await http1.request({ url: `${world.base}/a`, headers, maxRedirects: 3 });
    expect(await answer.text()).toBe('there');
    const sent = world.seen.map(({ headers: h }) => [h.authorization, h['x-api-key'], h.cookie, h.accept]);
    expect(sent).toEqual([
      ['Bearer s', 'k', 'c=1', 'text/plain'],
      ['Bearer s', 'k', 'c=1', 'text/plain'],
      [undefined, undefined, undefined, 'text/plain'],
    ]);
  });

  it('turns a POST into a GET on 303 and repeats it on 307', async () => {
    const got: string[] = [];
    world.handler = (request, response, body) => {
      got.push(`${request.method} ${request.url} ${body}`);
      if (request.url === '/303') response.writeHead(303, { location: '/end' }).end();
      else if (request.url === '/307') response.writeHead(307, { location: '/end' }).end();
      else response.end();
    };
    const post = (path: string) =>
      world.client().request({ url: world.base + path, method: 'POST', body: 'data', maxRedirects: 1 });
    await (await post('/303')).discard();
    await (await post('/307')).discard();
    expect(got).toEqual(['POST /303 data', 'GET /end ', 'POST /307 data', 'POST /end data']);
  });
});
