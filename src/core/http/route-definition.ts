import type { z } from 'zod';
import type { Actor, Principal, UserPrincipal } from '@/core/auth/principal';
import type { IdempotencyStore } from './idempotency';
import type { RateClass } from './rate-classes';

/** What a route says of itself, what its handler gets, and what the wrapper needs. */

export type Method = 'GET' | 'HEAD' | 'OPTIONS' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
export type RouteAuth = 'public' | 'user' | 'member' | 'apiKey' | 'cron' | 'webhook';

export type Schema = z.ZodType | undefined;
export type Output<S extends Schema> = S extends z.ZodType ? z.output<S> : undefined;

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

export const MUTATING: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);
