import 'server-only';
import type { z } from 'zod';
import { SystemError, ValidationError } from '@/core/errors';
import { logger } from '@/core/telemetry/logger';
import { DEFAULT_BODY_LIMIT, parseJson, readBody, requireJson } from './body';
import { newContext, type RequestContext, runInContext } from './context';
import type { IdempotencySlot, IdempotencyStore } from './idempotency';
import { faultsOf, toProblem } from './problem';
import { requestIdOf } from './request-facts';
import { access, limit } from './route-access';
import {
  type AnyRouteDefinition,
  MUTATING,
  type Output,
  type RouteAuth,
  type RouteContext,
  type RouteDefinition,
  type RouteDeps,
  type RouteHandler,
  type Schema,
} from './route-definition';

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
