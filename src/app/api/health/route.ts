import { livenessSchema } from '@/features/health/schema';
import { HealthService } from '@/features/health/service';
import { route } from '@/server/route';

export const GET = route(
  {
    method: 'GET',
    path: '/api/health',
    summary: 'Is this process alive?',
    tag: 'Operations',
    auth: 'public',
    rateLimit: 'read',
    response: livenessSchema,
  },
  async () => HealthService.getInstance().liveness(),
);
