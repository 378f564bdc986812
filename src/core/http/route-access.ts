import 'server-only';
import type { Actor, Principal } from '@/core/auth/principal';
import {
  ForbiddenError,
  NotFoundError,
  RateLimitedError,
  ServiceUnavailableError,
  UnauthenticatedError,
} from '@/core/errors';
import type { RequestContext } from './context';
import { clientIp } from './request-facts';
import { type AnyRouteDefinition, MUTATING, type RouteDeps } from './route-definition';

/** Who calls, and whether they may: a stranger gets 404, a member without the permission 403. */
export async function access(
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

/** @throws RateLimitedError */
export async function limit(
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

function single(value: string | string[] | undefined): string | null {
  return (Array.isArray(value) ? value[0] : value) ?? null;
}
