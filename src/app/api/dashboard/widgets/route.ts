import { layoutSchema, saveLayoutSchema } from '@/features/dashboard/schema';
import { DashboardService } from '@/features/dashboard/service';
import { route } from '@/server/route';

export const GET = route(
  {
    method: 'GET',
    path: '/api/dashboard/widgets',
    summary: 'Your dashboard layout in this organisation',
    tag: 'Dashboard',
    auth: 'member',
    permission: 'dashboard.read',
    response: layoutSchema,
    rateLimit: 'read',
  },
  ({ actor }) => DashboardService.getInstance().layout(actor),
);

export const PUT = route(
  {
    method: 'PUT',
    path: '/api/dashboard/widgets',
    summary: 'Save your dashboard layout',
    description:
      'Send the `version` you read; if the layout was saved elsewhere since, you get 409 stale_version.',
    tag: 'Dashboard',
    auth: 'member',
    permission: 'dashboard.write',
    body: saveLayoutSchema,
    response: layoutSchema,
    rateLimit: 'write',
    idempotency: true,
  },
  ({ actor, body }) => DashboardService.getInstance().saveLayout(actor, body),
);
