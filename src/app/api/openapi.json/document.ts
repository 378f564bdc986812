import 'server-only';
import { buildOpenApi } from '@/core/http/openapi';
import type { AnyRouteDefinition, RouteHandler } from '@/core/http/route-definition';
import { core } from '@/server/core';
import { ROUTES } from './routes';

/** Definitions of every route, once each: GET and POST of a cron entry may share one handler. */
export function allDefinitions(): AnyRouteDefinition[] {
  return ROUTES.flatMap((module) =>
    Object.values(module).flatMap((exported) =>
      typeof exported === 'function' && 'definition' in exported
        ? [(exported as RouteHandler).definition]
        : [],
    ),
  );
}

export function openApiDocument(): Record<string, unknown> {
  return buildOpenApi(allDefinitions(), { version: '1.0.0', serverUrl: core.env.APP_URL });
}
