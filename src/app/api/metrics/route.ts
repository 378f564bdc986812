import { HealthService } from '@/features/health/service';
import { route } from '@/server/route';

export const GET = route(
  {
    method: 'GET',
    path: '/api/metrics',
    summary: 'Measurements for Prometheus',
    description: 'Text in the Prometheus format. Send `Authorization: Bearer METRICS_TOKEN`.',
    tag: 'Operations',
    auth: 'public',
    rateLimit: 'read',
    response: 'stream',
  },
  async ({ request }) => HealthService.getInstance().metricsResponse(request.headers.get('authorization')),
);
