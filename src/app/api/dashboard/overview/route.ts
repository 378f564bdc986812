import { dashboardQuerySchema, overviewSchema } from '@/features/dashboard/schema';
import { DashboardService } from '@/features/dashboard/service';
import { route } from '@/server/route';

export const GET = route(
  {
    method: 'GET',
    path: '/api/dashboard/overview',
    summary: 'Headline figures with their change against the period before',
    description: 'A figure that no network reported is null, never 0. Days are UTC days, today included.',
    tag: 'Dashboard',
    auth: 'member',
    permission: 'dashboard.read',
    query: dashboardQuerySchema,
    response: overviewSchema,
    rateLimit: 'read',
  },
  ({ actor, query }) => DashboardService.getInstance().overview(actor, query),
);
