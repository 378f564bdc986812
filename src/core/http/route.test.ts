import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Actor, Principal } from '@/core/auth/principal';
import { RateLimitedError, SystemError, UnauthenticatedError } from '@/core/errors';
import { currentContext } from './context';
import { createRoute } from './route';
import type { RouteDeps } from './route-definition';

type Permission = 'things.read' | 'things.write';

const user = (via: 'cookie' | 'bearer' = 'bearer'): Principal => ({
  kind: 'user',
  userId: 'u1',
  email: 'u@example.com',
  emailVerified: true,
  via,
  authTime: 0,
});
const actor = (...permissions: Permission[]): Actor<Permission> => ({
  userId: 'u1',
  organizationId: 'o1',
  role: 'member',
  permissions: new Set(permissions),
  channelIds: [],
});

interface World {
  principal?: Principal | null;
  actor?: Actor<Permission> | null;
  allowed?: boolean;
  cronSecret?: string | undefined;
  proxyHops?: number;
}

/** A wrapper over plain answers; `steps` records the order in which it asked. */
function world(given: World = {}) {
  const steps: string[] = [];
  const observed: { status: number; route: string }[] = [];
  const deps: RouteDeps<Permission> = {
    appUrl: 'https://app.example.com',
    cronSecret: 'cronSecret' in given ? given.cronSecret : 'a-long-cron-secret',
    authenticate: async () => {
      steps.push('authenticate');
      return given.principal === undefined ? user() : given.principal;
    },
    actor: async (_, organizationId) => {
      steps.push(`actor:${organizationId}`);
      return given.actor === undefined ? actor('things.read') : given.actor;
    },
    rateLimiter: {
      consume: async (name, key) => {
        steps.push(`limit:${name}:${key}`);
        return { allowed: given.allowed ?? true, limit: 5, remaining: 4, resetSeconds: 7 };
      },
    },
    get idempotency(): never {
      throw new Error('no route of this test uses it');
    },
    csrfToken: () => null,
    safeEqual: (a, b) => a === b,
    proxyHops: given.proxyHops ?? 1,
    observe: (facts) => observed.push(facts),
  };
  return { steps, observed, route: createRoute<Permission>(() => deps) };
}

const request = (method: string, body?: string, headers: Record<string, string> = {}) =>
  new Request('https://app.example.com/api/things?n=2', {
    method,
    ...(body === undefined ? {} : { body }),
    headers: { 'content-type': 'application/json', ...headers },
  });
const params = (values: Record<string, string> = {}) => ({ params: Promise.resolve(values) });

const base = {
  method: 'POST',
  path: '/api/things',
  summary: 'Make a thing',
  tag: 'Things',
  auth: 'member',
  permission: 'things.read',
  body: z.strictObject({ name: z.string().max(5), nested: z.object({ n: z.number() }).optional() }),
  query: z.object({ n: z.coerce.number() }),
  response: z.object({ name: z.string() }),
  rateLimit: 'write',
} as const;

describe('route', () => {
  it('asks in the agreed order and hands over parsed parts', async () => {
    const { route, steps, observed } = world();
    const handler = route({ ...base, status: 201 }, async ({ body, query, actor: who, requestId }) => {
      expect({ n: query.n, org: who.organizationId }).toEqual({ n: 2, org: 'o1' });
      expect(currentContext()).toMatchObject({ requestId, userId: 'u1', organizationId: 'o1' });
      return { name: body.name, leaked: 'never sent' };
    });
    const response = await handler(
      request('POST', '{"name":"a"}', { 'x-request-id': 'abcdef-123456' }),
      params(),
    );
    expect(response.status).toBe(201);
    expect(await response.json()).toEqual({ name: 'a' });
    expect(steps).toEqual(['authenticate', 'actor:null', 'limit:write:user:u1']);
    expect(response.headers.get('x-request-id')).toBe('abcdef-123456');
    expect(response.headers.get('server-timing')).toContain('total;dur=');
    expect(response.headers.get('cache-control')).toBe('private, no-store');
    expect(observed).toMatchObject([{ status: 201, route: '/api/things' }]);
  });

  it('answers 401 without a credential, 404 to a stranger, 403 without the permission; none reaches the handler', async () => {
    const never = async () => {
      throw new Error('the handler ran');
    };
    const statusOf = async (given: World, permission: Permission = 'things.read') =>
      (await world(given).route({ ...base, permission }, never)(request('POST', '{}'), params())).status;
    expect(await statusOf({ principal: null })).toBe(401);
    expect(await statusOf({ actor: null })).toBe(404);
    expect(await statusOf({}, 'things.write')).toBe(403);
  });

  it('does without the params that Next leaves out for routes without [folders]', async () => {
    const handler = world().route(base, async ({ body }) => ({ name: body.name }));
    const next = { params: Promise.resolve(undefined) } as unknown as ReturnType<typeof params>;
    expect((await handler(request('POST', '{"name":"a"}'), next)).status).toBe(200);
  });

  it.each([
    ['203.0.113.7', 1, '203.0.113.7'],
    ['1.2.3.4, 203.0.113.7', 1, '203.0.113.7'],
    ['1.2.3.4, 203.0.113.7, 10.0.0.2', 2, '203.0.113.7'],
    ['203.0.113.7', 3, '203.0.113.7'],
    ['', 1, 'local'],
  ])(
    'limits %j behind %i proxies by %s, whatever the caller wrote in front',
    async (chain, proxyHops, address) => {
      const { route, steps } = world({ proxyHops });
      const open = {
        ...base,
        method: 'GET',
        auth: 'public',
        permission: undefined,
        body: undefined,
      } as const;
      const { permission: _permission, body: _body, ...definition } = open;
      await route(definition, async () => ({ name: 'a' }))(
        request('GET', undefined, { 'x-forwarded-for': chain }),
        params(),
      );
      expect(steps).toEqual([`limit:write:ip:${address}`]);
    },
  );

  it('takes the organisation from the path before the header', async () => {
    const { route, steps } = world();
    const handler = route({ ...base, response: 'empty' }, async () => undefined);
    const asked = request('POST', '{"name":"a"}', { 'x-organization-id': 'from-header' });
    await handler(asked.clone(), params({ orgId: 'from-path' }));
    await handler(asked, params());
    expect(steps.filter((step) => step.startsWith('actor'))).toEqual([
      'actor:from-path',
      'actor:from-header',
    ]);
  });

  it('limits before it validates, and says when to come back', async () => {
    const response = await world({ allowed: false }).route(base, async () => ({ name: '' }))(
      request('POST', 'not json'),
      params(),
    );
    expect(response.status).toBe(429);
    expect(response.headers.get('retry-after')).toBe('7');
  });

  it.each([
    ['not json', 'body', 400],
    ['{"name":"toolong","extra":1}', 'body.name', 400],
    ['{"name":"a","nested":{"n":"x"}}', 'body.nested.n', 400],
    [`{"name":${'['.repeat(40)}${']'.repeat(40)}}`, 'body', 400],
  ])('names the fault in %s', async (body, path, status) => {
    const response = await world().route(base, async () => ({ name: '' }))(request('POST', body), params());
    expect(response.status).toBe(status);
    const problem = (await response.json()) as { errors: { path: string }[]; code: string };
    expect(problem.code).toBe('validation_failed');
    expect(problem.errors.map((error) => error.path)).toContain(path);
  });

  it('refuses other media types with 415 and large bodies with 413, declared or not', async () => {
    const { route } = world();
    const handler = route({ ...base, bodyLimit: 100 }, async () => ({ name: '' }));
    expect(
      (await handler(request('POST', 'name=a', { 'content-type': 'text/plain' }), params())).status,
    ).toBe(415);
    expect((await handler(request('POST', JSON.stringify({ name: 'x'.repeat(200) })), params())).status).toBe(
      413,
    );
    const stream = new ReadableStream({
      pull(controller) {
        controller.enqueue(new Uint8Array(64));
      },
    });
    const endless = new Request('https://app.example.com/api/things?n=1', {
      method: 'POST',
      body: stream,
      headers: { 'content-type': 'application/json' },
      duplex: 'half',
    } as RequestInit);
    expect((await handler(endless, params())).status).toBe(413);
  });

  it('checks the origin of a mutation under a cookie, not of one under a token', async () => {
    const statusOf = async (via: 'cookie' | 'bearer', headers: Record<string, string>) => {
      const handler = world({ principal: user(via) }).route(
        { ...base, response: 'empty' },
        async () => undefined,
      );
      return (await handler(request('POST', '{"name":"a"}', headers), params())).status;
    };
    expect(await statusOf('cookie', { origin: 'https://evil.example.com' })).toBe(403);
    expect(await statusOf('cookie', { origin: 'null' })).toBe(403);
    expect(await statusOf('cookie', { origin: 'https://app.example.com' })).toBe(204);
    expect(await statusOf('bearer', { origin: 'https://evil.example.com' })).toBe(204);
  });

  it('cron fails closed without a secret and compares it', async () => {
    const cron = { ...base, method: 'GET', auth: 'cron', response: 'empty' } as const;
    const { permission: _p, body: _b, ...definition } = cron;
    const statusOf = async (given: World, authorization?: string) => {
      const handler = world(given).route(definition, async () => undefined);
      return (await handler(request('GET', undefined, authorization ? { authorization } : {}), params()))
        .status;
    };
    expect(await statusOf({ cronSecret: undefined }, 'Bearer undefined')).toBe(503);
    expect(await statusOf({})).toBe(401);
    expect(await statusOf({}, 'Bearer wrong')).toBe(401);
    expect(await statusOf({}, 'Bearer a-long-cron-secret')).toBe(204);
  });

  it('masks defects, keeps our own errors, and never sends an answer of the wrong shape', async () => {
    const { route } = world();
    const answer = async (work: () => Promise<never>) => {
      const response = await route(base, work)(request('POST', '{"name":"a"}'), params());
      return { status: response.status, text: await response.text() };
    };
    const masked = await answer(() => Promise.reject(new Error('SELECT secret')));
    expect(masked.status).toBe(500);
    expect(masked.text).not.toContain('SELECT');
    expect((await answer(() => Promise.reject(new SystemError('No.', 'conflict')))).status).toBe(409);
    expect((await answer(() => Promise.reject(new RateLimitedError('Slow.', 3)))).status).toBe(429);
    const shape = await route(base, async () => ({ wrong: true }) as never)(
      request('POST', '{"name":"a"}'),
      params(),
    );
    expect(shape.status).toBe(500);
  });

  it('passes a bad credential on as 401', async () => {
    const refusing = createRoute<Permission>(() => ({
      ...({} as RouteDeps<Permission>),
      authenticate: async () => {
        throw new UnauthenticatedError('This key was revoked.');
      },
      observe: () => undefined,
    }));
    const response = await refusing(base, async () => ({ name: '' }))(request('POST', '{}'), params());
    expect(response.status).toBe(401);
  });
});
