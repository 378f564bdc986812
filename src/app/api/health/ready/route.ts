import { readinessSchema } from '@/features/health/schema';
import { HealthService } from '@/features/health/service';
import { route } from '@/server/route';

export const GET = route(
  {
    method: 'GET',
    path: '/api/health/ready',
    summary: 'Is everything this process needs there?',
    description:
      'Answers 503 when something is missing without which nothing works. Looked at once per ten seconds.',
    tag: 'Operations',
    auth: 'public',
    rateLimit: 'read',
    response: readinessSchema,
  },
  async () => HealthService.getInstance().readinessResponse(),
);
