import { describe, expect, it } from 'vitest';
import type { CircuitReport } from '@/core/resilience/policy';
import { metrics } from '@/core/telemetry/metrics';
import { FixedClock } from '@/core/time/clock';
import {
  cacheCheck,
  circuitCheck,
  cpuCheck,
  databaseCheck,
  type HealthCheck,
  memoryCheck,
  queueCheck,
  redisCheck,
} from './checks';
import { HealthService } from './service';

const clock = () => new FixedClock('2026-01-01T00:00:00Z');
const check = (
  name: string,
  status: 'healthy' | 'degraded' | 'unhealthy',
  critical = false,
): HealthCheck => ({
  name,
  critical,
  check: async () => ({ status }),
});
const settings = { version: '1.2.3', metricsToken: 'a-token-of-sixteen' };

describe('readiness', () => {
  it.each([
    [[check('a', 'healthy', true), check('b', 'healthy')], 'healthy', 200],
    [[check('a', 'healthy', true), check('b', 'unhealthy')], 'degraded', 200],
    [[check('a', 'degraded', true)], 'degraded', 200],
    [[check('a', 'unhealthy', true), check('b', 'healthy')], 'unhealthy', 503],
  ])('%#: only what nothing works without makes it unhealthy', async (checks, status, httpStatus) => {
    const response = await new HealthService(clock(), settings, checks).readinessResponse();
    expect(response.status).toBe(httpStatus);
    expect(await response.json()).toMatchObject({
      status,
      version: '1.2.3',
      checkedAt: '2026-01-01T00:00:00.000Z',
    });
  });

  it('looks once per ten seconds, however many ask', async () => {
    const time = clock();
    let looks = 0;
    const counted: HealthCheck = {
      name: 'a',
      critical: true,
      check: async () => {
        looks += 1;
        return { status: 'healthy' };
      },
    };
    const service = new HealthService(time, settings, [counted]);
    await Promise.all(Array.from({ length: 100 }, () => service.readiness()));
    time.advance(9_999);
    await service.readiness();
    expect(looks).toBe(1);
    time.advance(1);
    await service.readiness();
    expect(looks).toBe(2);
  });

  it('counts a check that throws or hangs as failed, and says nothing of the reason', async () => {
    const broken = {
      name: 'broken',
      critical: false,
      check: () => Promise.reject(new Error('10.0.0.7 refused')),
    };
    const hanging = { name: 'hanging', critical: false, check: () => new Promise<never>(() => undefined) };
    const service = new HealthService(clock(), { ...settings, checkTimeoutMs: 50 }, [broken, hanging]);
    const { services } = await service.readiness();
    expect(services.broken).toMatchObject({ status: 'unhealthy', detail: 'It does not answer.' });
    expect(services.hanging).toMatchObject({ status: 'unhealthy' });
    expect(JSON.stringify(services)).not.toContain('10.0.0.7');
  });
});

describe('checks', () => {
  const circuit = (provider: string, state: CircuitReport['state']): CircuitReport => ({
    provider,
    credentialOwner: 'org_1',
    state,
    since: new Date(),
  });
  const queue = (due: number, oldestSeconds: number, dead = 0) =>
    queueCheck({ driver: 'firestore', stats: async () => ({ due, oldestSeconds, dead }) });
  const MIB = 1024 * 1024;
  const memory = (used: number) =>
    memoryCheck(() => ({ used: used * MIB, limit: 1000 * MIB, rss: used * MIB }));
  const circuits = (...all: CircuitReport[]) =>
    circuitCheck(
      'external',
      () => all,
      () => true,
    );

  it.each<[string, HealthCheck, string]>([
    ['Redis is not configured', redisCheck(null), 'healthy'],
    ['Redis answers', redisCheck(async () => 1), 'healthy'],
    ['Redis is away', redisCheck(async () => undefined), 'degraded'],
    ['Firestore answers', databaseCheck(async () => null), 'healthy'],
    ['the queue is short', queue(10, 5), 'healthy'],
    ['the queue is long', queue(1_001, 5), 'degraded'],
    ['nobody works', queue(1, 301), 'degraded'],
    ['dead letters wait', queue(0, 0, 3), 'healthy'],
    ['circuits are closed', circuits(circuit('x', 'closed')), 'healthy'],
    ['a circuit is open', circuits(circuit('x', 'closed'), circuit('hubspot', 'open')), 'degraded'],
    ['memory is fine', memory(500), 'healthy'],
    ['memory is tight', memory(900), 'degraded'],
    ['memory is gone', memory(960), 'unhealthy'],
    ['the CPU is free', cpuCheck(() => 5), 'healthy'],
    ['the CPU is busy', cpuCheck(() => 400), 'degraded'],
    ['all layers are up', cacheCheck({ status: () => [{ layer: 'memory', state: 'up' }] }), 'healthy'],
    ['a layer is down', cacheCheck({ status: () => [{ layer: 'redis', state: 'down' }] }), 'degraded'],
  ])('%s', async (_name, subject, status) => expect((await subject.check()).status).toBe(status));

  it('names the providers that fail', async () => {
    const { detail } = await circuits(
      circuit('x', 'open'),
      circuit('hubspot', 'half_open'),
      circuit('y', 'closed'),
    ).check();
    expect(detail).toBe('Calls fail: hubspot, x.');
  });
});

describe('metrics', () => {
  it('are closed when no token is set', async () => {
    const service = new HealthService(clock(), { ...settings, metricsToken: undefined });
    await expect(service.metricsResponse('Bearer undefined')).rejects.toMatchObject({ status: 503 });
  });

  it.each([null, '', 'a-token-of-sixteen', 'Bearer wrong', 'bearer a-token-of-sixteen'])(
    'refuse %j',
    async (header) => {
      await expect(new HealthService(clock(), settings).metricsResponse(header)).rejects.toMatchObject({
        status: 401,
      });
    },
  );

  it('carry the promised names', async () => {
    metrics.http({ method: 'GET', route: '/api/x', status: 200, seconds: 0.01 });
    metrics.ai({ provider: 'sandbox', task: 'caption', outcome: 'ok', seconds: 1.5 });
    metrics.query({ operation: 'get', table: 'posts', seconds: 0.003 });
    metrics.cache('memory', 'hit');
    metrics.circuits([{ provider: 'x', state: 'open' }]);
    metrics.publish('bluesky', 'published');
    metrics.webhookRefused('hubspot', 'signature');
    metrics.sync({ platform: 'hubspot', outcome: 'ok', seconds: 1, records: { created: 3 } });
    metrics.queue('firestore', { depth: 3, oldestSeconds: 1 });
    metrics.tokenHolds({ open: 1, tokens: 50 });
    const response = await new HealthService(clock(), settings).metricsResponse('Bearer a-token-of-sixteen');
    expect(response.headers.get('content-type')).toContain('text/plain');
    const text = await response.text();
    expect(text).toContain('http_requests_total{method="GET",route="/api/x",status_code="200"} 1');
    expect(text).toContain(
      'ai_processing_duration_seconds_bucket{le="2",provider="sandbox",task="caption",outcome="ok"} 1',
    );
    expect(text).toContain('database_query_duration_seconds_count{operation="get",table="posts"} 1');
    for (const name of [
      'http_request_duration_seconds',
      'cache_lookups_total',
      'job_queue_depth',
      'job_queue_oldest_age_seconds',
      'publish_outcomes_total',
      'sync_records_total',
      'webhook_verification_failures_total',
      'circuits',
      'token_holds_open',
    ]) {
      expect(text).toContain(name);
    }
  });
});
