import { call } from '@tests/support/accounts';
import { describe, expect, it } from 'vitest';
import { GET as READY } from '@/app/api/health/ready/route';
import { GET as LIVE } from '@/app/api/health/route';
import { GET as METRICS } from '@/app/api/metrics/route';

describe('health', () => {
  it('says that the process lives', async () => {
    const answer = await call(LIVE, { path: '/api/health' });
    expect(answer.status).toBe(200);
    expect(answer.json).toMatchObject({ status: 'healthy' });
  });

  it('says how every service is', async () => {
    const answer = await call(READY, { path: '/api/health/ready' });
    expect(answer.status).toBe(200);
    const { services } = answer.json as {
      services: Record<string, { status: string; milliseconds: number }>;
    };
    expect(Object.keys(services)).toEqual(
      expect.arrayContaining(['firestore', 'redis', 'cache', 'queue', 'ai', 'external', 'memory', 'cpu']),
    );
    expect(services.firestore?.status).toBe('healthy');
    for (const { milliseconds } of Object.values(services)) expect(milliseconds).toBeGreaterThanOrEqual(0);
  });

  it('shows measurements to whoever has the token, and to nobody else', async () => {
    const ask = (authorization?: string) =>
      call(METRICS, { path: '/api/metrics', ...(authorization ? { headers: { authorization } } : {}) });
    expect((await ask()).status).toBe(401);
    expect((await ask('Bearer something-else-entirely')).status).toBe(401);
    const answer = await ask(`Bearer ${process.env.METRICS_TOKEN}`);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toContain('text/plain');
    const text = answer.text ?? '';
    expect(text).toContain('database_query_duration_seconds_count{operation="get",table="cron_runs"}');
    expect(text).toContain('http_requests_total{method="GET",route="/api/health",status_code="200"}');
    expect(text).toContain('job_queue_depth{queue="firestore"}');
  });
});
