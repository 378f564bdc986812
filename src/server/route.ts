import 'server-only';
import { safeEqual } from '@/core/crypto/secrets';
import { createRoute } from '@/core/http/route';
import type { RouteDeps } from '@/core/http/route-definition';
import { metrics } from '@/core/telemetry/metrics';
import { AccessService } from '@/features/auth/access';
import { csrfTokenFor } from '@/features/auth/csrf';
import { AlertService } from '@/features/health/alert-service';
import type { Permission } from '@/features/organizations/permissions';
import { core } from './core';

/** Loaded apart from the routes: bundled into each of them, the composition root would be there a hundred times. */
let services: Promise<unknown> | undefined;

function ready(): Promise<unknown> {
  services ??= import('./services');
  return services;
}

let deps: RouteDeps<Permission> | undefined;

function routeDeps(): RouteDeps<Permission> {
  deps ??= {
    appUrl: core.env.APP_URL,
    cronSecret: core.env.CRON_SECRET,
    authenticate: (request) => AccessService.getInstance().authenticate(request),
    actor: (principal, organizationId) => AccessService.getInstance().actor(principal, organizationId),
    rateLimiter: { consume: (rateClass, key) => core.rateLimiter.consume(rateClass, key) },
    idempotency: core.idempotency,
    safeEqual,
    proxyHops: core.env.PROXY_HOPS,
    csrfToken: csrfTokenFor,
    observe(facts) {
      metrics.http(facts);
      AlertService.getInstance().noticeActivity();
    },
  };
  return deps;
}

/** `route(definition, handler)`: how every `app/api/**` file is written. See `core/http/route.ts` for the order of its steps. */
export const route = createRoute<Permission>(routeDeps, ready);
