import 'server-only';
import type { z } from 'zod';
import type { Actor, Principal, UserPrincipal } from '@/core/auth/principal';
import {
  ForbiddenError,
  NotFoundError,
  RateLimitedError,
  ServiceUnavailableError,
  SystemError,
  UnauthenticatedError,
  ValidationError,
} from '@/core/errors';
import { logger } from '@/core/telemetry/logger';
import { DEFAULT_BODY_LIMIT, parseJson, readBody, requireJson } from './body';
import { newContext, type RequestContext, runInContext } from './context';
import type { IdempotencySlot, IdempotencyStore } from './idempotency';
import { faultsOf, toProblem } from './problem';
import type { RateClass } from './rate-classes';
import { clientIp, requestIdOf } from './request-facts';

export type Method = 'GET' | 'HEAD' | 'OPTIONS' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
export type RouteAuth = 'public' | 'user' | 'member' | 'apiKey' | 'cron' | 'webhook';

type Schema = z.ZodType | undefined;
type Output<S extends Schema> = S extends z.ZodType ? z.output<S> : undefined;

export interface RouteDefinition<
  Auth extends RouteAuth,
  Permission extends string,
  Params extends Schema,
  Query extends Schema,
  Body extends Schema,
  Response extends z.ZodType | 'stream' | 'empty',
> {
  method: Method;
  /** As in the folder: `/api/posts/[id]`. Names the route in OpenAPI, metrics and logs. */
  path: `/api/${string}`;
  summary: string;
  description?: string;
  tag: string;
  auth: Auth;
  /** For `member` and `apiKey`: what the caller must be allowed. */
  permission?: Permission;
  params?: Params;
  query?: Query;
  body?: Body;
  /** Zod for JSON; `stream` when the handler returns its own `Response`; `empty` for 204. */
  response: Response;
  /** Success status; 200 unless said, 204 for `empty`. */
  status?: number;
  rateLimit: RateClass;
  idempotency?: boolean;
  /** Bytes. */
  bodyLimit?: number;
  /** The handler reads `request.body` itself, as it arrives, and limits it: for files. Excludes `body` and `idempotency`. */
  streamedBody?: boolean;
  /** Header that must carry a version (`If-Match`); the handler reads it from `request`. */
  ifMatch?: boolean;
  /** Headers on every answer, problems included, where a protocol wants them. */
  answerHeaders?: Readonly<Record<string, string>>;
}

export interface RouteContext<Auth extends RouteAuth, Permission extends string, Params, Query, Body> {
  request: Request;
  requestId: string;
  /** Aborted when the caller leaves. */
  signal: AbortSignal;
  params: Params;
  query: Query;
  body: Body;
  /** The body as it came; what webhooks verify. */
  rawBody: Uint8Array<ArrayBuffer>;
  principal: Auth extends 'user' ? UserPrincipal : Auth extends 'member' | 'apiKey' ? Principal : null;
  actor: Auth extends 'member' | 'apiKey' ? Actor<Permission> : null;
  idempotencyKey: string | null;
}

/** What the wrapper needs from the composition root. */
export interface RouteDeps<Permission extends string> {
  appUrl: string;
  cronSecret: string | undefined;
  /** Null when the request carries no credential. @throws UnauthenticatedError when it carries a bad one. */
  authenticate(request: Request): Promise<Principal | null>;
  /** Null when the caller is no member of that organisation; `organizationId` null means the caller's default. */
  actor(principal: Principal, organizationId: string | null): Promise<Actor<Permission> | null>;
  rateLimiter: {
    consume(
      rateClass: RateClass,
      key: string,
    ): Promise<{ allowed: boolean; limit: number; remaining: number; resetSeconds: number }>;
  };
  idempotency: IdempotencyStore;
  safeEqual(a: string, b: string): boolean;
  /** Proxies of ours in front of the app, each of which appends to `X-Forwarded-For`. */
  proxyHops: number;
  /** What a cookie session must send as `X-CSRF-Token` when it sends no `Origin`; null without such a session. */
  csrfToken(request: Request): string | null;
  observe(facts: { method: string; route: string; status: number; seconds: number }): void;
}

export interface RouteHandler {
  (
    request: Request,
    context: { params: Promise<Record<string, string | string[] | undefined>> },
  ): Promise<Response>;
  definition: AnyRouteDefinition;
}
export type AnyRouteDefinition = RouteDefinition<
  RouteAuth,
  string,
  Schema,
  Schema,
  Schema,
  z.ZodType | 'stream' | 'empty'
>;

const MUTATING = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);

/**
 * The one way to write a route. Order: request id → authenticate → authorise (stranger 404, member without the permission
 * 403) → rate limit → validate → handler → serialise. Errors become problem+json; unknown ones are masked and logged.
 * @param ready awaited before the first step: what the handlers need is there from then on.
 */
export function createRoute<Permission extends string>(
  deps: () => RouteDeps<Permission>,
  ready: () => Promise<unknown> = async () => undefined,
) {
  return function route<
    Auth extends RouteAuth,
    Params extends Schema = undefined,
    Query extends Schema = undefined,
    Body extends Schema = undefined,
    Answer extends z.ZodType | 'stream' | 'empty' = 'empty',
  >(
    definition: RouteDefinition<Auth, Permission, Params, Query, Body, Answer>,
    handler: (
      context: RouteContext<Auth, Permission, Output<Params>, Output<Query>, Output<Body>>,
    ) => Promise<
      Answer extends z.ZodType ? z.input<Answer> | Response : Answer extends 'stream' ? Response : unknown
    >,
  ): RouteHandler {
    const run: Handler = (context) => handler(context as never) as Promise<unknown>;
    const handle = async (
      request: Request,
      next: { params: Promise<Record<string, string | string[] | undefined>> },
    ) => {
      const started = performance.now();
      const context = newContext(requestIdOf(request));
      return runInContext(context, async () => {
        let response: Response;
        try {
          await ready();
          response = await serve(
            deps(),
            definition as unknown as AnyRouteDefinition,
            request,
            // A route without [folders] gets none at all from a production build.
            (await next.params) ?? {},
            context,
            run,
          );
        } catch (error) {
          response = failure(error, context, definition);
        }
        return finish(response, deps, definition, context, started);
      });
    };
    return Object.assign(handle, { definition: definition as unknown as AnyRouteDefinition });
  };
}

type Handler = (context: RouteContext<RouteAuth, string, unknown, unknown, unknown>) => Promise<unknown>;

async function serve(
  deps: RouteDeps<string>,
  definition: AnyRouteDefinition,
  request: Request,
  rawParams: Record<string, string | string[] | undefined>,
  context: RequestContext,
  handler: Handler,
): Promise<Response> {
  const { principal, actor } = await access(deps, definition, request, rawParams, context);
  await limit(deps, definition, context, principal);
  const params = parsePart(definition.params, rawParams, 'params');
  const query = parsePart(definition.query, queryObject(new URL(request.url)), 'query');
  const rawBody =
    MUTATING.has(definition.method) && !definition.streamedBody
      ? await readBody(request, definition.bodyLimit ?? DEFAULT_BODY_LIMIT)
      : new Uint8Array();
  let body: unknown;
  if (definition.body) {
    requireJson(request);
    body = parsePart(definition.body, parseJson(rawBody), 'body');
  }
  const idempotencyKey = definition.idempotency ? request.headers.get('idempotency-key') : null;
  const invoke = () =>
    handler({
      request,
      requestId: context.requestId,
      signal: request.signal,
      params,
      query,
      body,
      rawBody,
      principal: principal as never,
      actor: actor as never,
      idempotencyKey,
    });
  if (!idempotencyKey) return serialise(await invoke(), definition);
  const caller = actor ? `${actor.organizationId}/${actor.userId}` : principal ? principal.userId : 'public';
  const scope = `${caller} ${definition.method} ${new URL(request.url).pathname}`;
  return onceUnderKey(deps.idempotency, scope, idempotencyKey, rawBody, async () =>
    serialise(await invoke(), definition),
  );
}

async function onceUnderKey(
  store: IdempotencyStore,
  scope: string,
  key: string,
  body: Uint8Array,
  run: () => Promise<Response>,
): Promise<Response> {
  const begun = await store.begin(scope, key, body);
  if ('status' in begun) {
    if (begun.body === null && begun.status !== 204) {
      throw new SystemError(
        'This request already ran and its streamed answer cannot be replayed.',
        'idempotency_conflict',
      );
    }
    return new Response(begun.status === 204 ? null : begun.body, {
      status: begun.status,
      headers: { 'content-type': 'application/json', 'idempotency-replayed': 'true' },
    });
  }
  const slot: IdempotencySlot = begun;
  try {
    const response = await run();
    const isJson = response.headers.get('content-type')?.startsWith('application/json') ?? false;
    await slot.complete({ status: response.status, body: isJson ? await response.clone().text() : null });
    return response;
  } catch (error) {
    await slot.abandon();
    throw error;
  }
}

async function access(
  deps: RouteDeps<string>,
  definition: AnyRouteDefinition,
  request: Request,
  rawParams: Record<string, string | string[] | undefined>,
  context: RequestContext,
): Promise<{ principal: Principal | null; actor: Actor | null }> {
  context.ip = clientIp(request, deps.proxyHops);
  context.userAgent = request.headers.get('user-agent')?.slice(0, 300) ?? '';
  if (definition.auth === 'public' || definition.auth === 'webhook') return { principal: null, actor: null };
  if (definition.auth === 'cron') {
    requireCronSecret(deps, request);
    return { principal: null, actor: null };
  }
  const principal = await deps.authenticate(request);
  if (!principal) throw new UnauthenticatedError();
  if (definition.auth === 'user' && principal.kind !== 'user') {
    throw new ForbiddenError('API keys cannot do this. Sign in as a person.');
  }
  if (definition.auth === 'apiKey' && principal.kind !== 'apiKey')
    throw new ForbiddenError('Call this with an API key.');
  if (principal.kind === 'user' && principal.via === 'cookie' && MUTATING.has(definition.method))
    checkOrigin(deps, request);
  context.userId = principal.userId;
  if (definition.auth === 'user') return { principal, actor: null };

  const wanted =
    single(rawParams.orgId) ?? request.headers.get('x-organization-id') ?? linkedOrganization(request);
  const actor = await deps.actor(principal, wanted);
  if (!actor) throw new NotFoundError('This organisation');
  context.organizationId = actor.organizationId;
  if (actor.apiKeyId) context.apiKeyId = actor.apiKeyId;
  if (definition.permission && !actor.permissions.has(definition.permission)) {
    throw new ForbiddenError(undefined, 'forbidden', { details: { permission: definition.permission } });
  }
  return { principal, actor };
}

/** Fails closed: an unset secret answers 503, never runs. Compared in constant time. */
function requireCronSecret(deps: RouteDeps<string>, request: Request): void {
  if (!deps.cronSecret) {
    throw new ServiceUnavailableError('Set CRON_SECRET to enable scheduled work.', 'cron_not_configured');
  }
  const given = request.headers.get('authorization') ?? '';
  if (!deps.safeEqual(given, `Bearer ${deps.cronSecret}`))
    throw new UnauthenticatedError('The cron secret is missing or wrong.');
}

/** Images and downloads cannot send headers: their addresses name the organisation instead. Reads only. */
function linkedOrganization(request: Request): string | null {
  return MUTATING.has(request.method) ? null : new URL(request.url).searchParams.get('organizationId');
}

/**
 * Cookies travel by themselves, so a mutation under one must come from our own pages. Browsers say where it comes from; a
 * client that is no browser proves with the token of its session that it is not being used by another site.
 */
function checkOrigin(deps: RouteDeps<string>, request: Request): void {
  const origin = request.headers.get('origin');
  const own = new URL(deps.appUrl).origin;
  const host = request.headers.get('host');
  if (origin === own) return;
  const expected = origin === null ? deps.csrfToken(request) : null;
  if (expected && deps.safeEqual(request.headers.get('x-csrf-token') ?? '', expected)) return;
  if (origin && host && URL.canParse(origin) && new URL(origin).host === host) return;
  throw new ForbiddenError('This request came from another site and was refused.');
}

async function limit(
  deps: RouteDeps<string>,
  definition: AnyRouteDefinition,
  context: RequestContext,
  principal: Principal | null,
): Promise<void> {
  const key = principal
    ? principal.kind === 'apiKey'
      ? `key:${principal.apiKeyId}`
      : `user:${principal.userId}`
    : `ip:${context.ip}`;
  const verdict = await deps.rateLimiter.consume(definition.rateLimit, key);
  if (!verdict.allowed) {
    throw new RateLimitedError(
      `You can do this ${verdict.limit} times a minute. Wait a moment and try again.`,
      verdict.resetSeconds,
    );
  }
}

function parsePart(schema: Schema, value: unknown, part: string): unknown {
  if (!schema) return undefined;
  const parsed = schema.safeParse(value ?? {});
  if (parsed.success) return parsed.data;
  const faults = faultsOf(parsed.error, part);
  throw new ValidationError(
    faults.length === 1
      ? `One field needs your attention: ${faults[0]?.path}.`
      : `${faults.length} fields need your attention.`,
    faults,
  );
}

/** Repeated parameters become arrays, as `?channel=a&channel=b` means. */
function queryObject(url: URL): Record<string, string | string[]> {
  const out: Record<string, string | string[]> = {};
  for (const key of new Set(url.searchParams.keys())) {
    // Read above, before any route's own parameters.
    if (key === 'organizationId') continue;
    const values = url.searchParams.getAll(key);
    out[key] = values.length === 1 ? (values[0] ?? '') : values;
  }
  return out;
}

function serialise(result: unknown, definition: AnyRouteDefinition): Response {
  if (result instanceof Response) return result;
  if (definition.response === 'empty') return new Response(null, { status: definition.status ?? 204 });
  if (definition.response === 'stream')
    throw new Error(`${definition.path} promised a Response and returned something else.`);
  const parsed = definition.response.safeParse(result);
  if (!parsed.success) {
    throw new SystemError('The answer does not have the promised shape.', 'internal', {
      severity: 'critical',
      context: { issues: parsed.error.issues.slice(0, 10) },
    });
  }
  return Response.json(parsed.data, { status: definition.status ?? 200 });
}

function failure(
  error: unknown,
  context: RequestContext,
  definition: { path: string; method: string },
): Response {
  const problem = toProblem(error, context.requestId);
  const facts = { err: error, route: definition.path, method: definition.method, status: problem.status };
  if (problem.unexpected) logger.error(facts, 'request failed unexpectedly');
  else if (problem.status >= 500) logger.warn(facts, 'request failed');
  return new Response(JSON.stringify(problem.body), { status: problem.status, headers: problem.headers });
}

function finish(
  response: Response,
  deps: () => RouteDeps<string>,
  definition: { path: string; method: string; answerHeaders?: Readonly<Record<string, string>> },
  context: RequestContext,
  started: number,
): Response {
  const milliseconds = performance.now() - started;
  try {
    deps().observe({
      method: definition.method,
      route: definition.path,
      status: response.status,
      seconds: milliseconds / 1000,
    });
  } catch (error) {
    logger.error({ err: error }, 'could not record a request');
  }
  response.headers.set('x-request-id', context.requestId);
  for (const [name, value] of Object.entries(definition.answerHeaders ?? {}))
    response.headers.set(name, value);
  const parts = context.timings.map((timing) => `${timing.name};dur=${timing.milliseconds.toFixed(1)}`);
  parts.push(
    `total;dur=${milliseconds.toFixed(1)}`,
    `db;desc="${context.documentReads} reads, ${context.documentWrites} writes"`,
  );
  response.headers.set('server-timing', parts.join(', '));
  if (!response.headers.has('cache-control')) response.headers.set('cache-control', 'private, no-store');
  return response;
}

function single(value: string | string[] | undefined): string | null {
  return (Array.isArray(value) ? value[0] : value) ?? null;
}
