import { dashboardQuerySchema, performanceSchema } from '@/features/dashboard/schema';
import { DashboardService } from '@/features/dashboard/service';
import { route } from '@/server/route';

export const GET = route(
  {
    method: 'GET',
    path: '/api/dashboard/performance',
    summary: 'Results by day and channel, best posts, trends and days that stand out',
    description: 'Trends and anomalies come with the method they were found by.',
    tag: 'Dashboard',
    auth: 'member',
    permission: 'analytics.read',
    query: dashboardQuerySchema,
    response: performanceSchema,
    rateLimit: 'read',
  },
  ({ actor, query }) => DashboardService.getInstance().performance(actor, query),
);
