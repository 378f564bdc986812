import 'server-only';
import { safeEqual } from '@/core/crypto/secrets';
import { ServiceUnavailableError, UnauthenticatedError } from '@/core/errors';
import { singleton } from '@/core/singletons';
import { logger } from '@/core/telemetry/logger';
import { renderMetrics } from '@/core/telemetry/metrics';
import type { Clock } from '@/core/time/clock';
import type { HealthCheck } from './checks';
import type { HealthState, Liveness, Readiness, ServiceHealth } from './schema';

export interface HealthSettings {
  version: string;
  metricsToken: string | undefined;
  /** How long one result serves everybody, so that asking often costs nothing. */
  cacheMs?: number;
  /** A check that takes longer has failed. */
  checkTimeoutMs?: number;
}

/** Is this process alive, and is what it needs there? */
export class HealthService {
  readonly #checks = new Map<string, HealthCheck>();
  readonly #startedAt: number;
  #cached: { until: number; result: Promise<Readiness> } | undefined;

  constructor(
    readonly clock: Clock,
    readonly settings: HealthSettings,
    checks: readonly HealthCheck[] = [],
  ) {
    this.#startedAt = clock.now().getTime();
    for (const check of checks) this.add(check);
  }

  static getInstance(): HealthService {
    return singleton<HealthService>('HealthService');
  }

  /** Rooms add what only they can judge. */
  add(check: HealthCheck): void {
    this.#checks.set(check.name, check);
  }

  /** The process answers; says nothing about anything else, so that an orchestrator does not restart it in vain. */
  liveness(): Liveness {
    const uptimeSeconds = Math.round((this.clock.now().getTime() - this.#startedAt) / 1000);
    return { status: 'healthy', version: this.settings.version, uptimeSeconds };
  }

  /** All checks, looked at once per ten seconds however often and however many ask. */
  readiness(): Promise<Readiness> {
    const now = this.clock.now().getTime();
    if (this.#cached && this.#cached.until > now) return this.#cached.result;
    const result = this.#checkAll();
    this.#cached = { until: now + (this.settings.cacheMs ?? 10_000), result };
    return result;
  }

  /** As an HTTP answer: 503 tells a load balancer to send nobody here. */
  async readinessResponse(): Promise<Response> {
    const readiness = await this.readiness();
    return Response.json(readiness, { status: readiness.status === 'unhealthy' ? 503 : 200 });
  }

  /**
   * Prometheus text for whoever shows the token.
   * @throws ServiceUnavailableError when no token is set: closed rather than open to all.
   */
  async metricsResponse(authorization: string | null): Promise<Response> {
    const { metricsToken } = this.settings;
    if (!metricsToken) throw new ServiceUnavailableError('Set METRICS_TOKEN to enable metrics.');
    if (!safeEqual(authorization ?? '', `Bearer ${metricsToken}`)) {
      throw new UnauthenticatedError('The metrics token is missing or wrong.');
    }
    const { contentType, body } = await renderMetrics();
    return new Response(body, { headers: { 'content-type': contentType } });
  }

  async #checkAll(): Promise<Readiness> {
    const checkedAt = this.clock.now().toISOString();
    const results = await Promise.all(
      [...this.#checks.values()].map(async (check) => [check, await this.#checkOne(check)] as const),
    );
    const services = Object.fromEntries(results.map(([check, result]) => [check.name, result]));
    return { status: overall(results), version: this.settings.version, checkedAt, services };
  }

  async #checkOne(check: HealthCheck): Promise<ServiceHealth> {
    const startedAt = performance.now();
    const spent = () => Math.round((performance.now() - startedAt) * 10) / 10;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(
        () => reject(new Error('The check took too long.')),
        this.settings.checkTimeoutMs ?? 3_000,
      );
    });
    try {
      return { ...(await Promise.race([check.check(), late])), milliseconds: spent() };
    } catch (error) {
      // The reason may hold addresses; it goes to the log, not to the caller.
      logger.warn({ err: error, check: check.name }, 'a health check failed');
      return { status: 'unhealthy', milliseconds: spent(), detail: 'It does not answer.' };
    } finally {
      clearTimeout(timer);
    }
  }
}

function overall(results: readonly (readonly [HealthCheck, ServiceHealth])[]): HealthState {
  if (results.some(([check, { status }]) => check.critical && status === 'unhealthy')) return 'unhealthy';
  return results.every(([, { status }]) => status === 'healthy') ? 'healthy' : 'degraded';
}
