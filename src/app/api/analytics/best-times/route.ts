import { BestTimeService } from '@/features/analytics/best-time-service';
import { bestTimesQuerySchema, bestTimesSchema } from '@/features/analytics/schema';
import { route } from '@/server/route';

export const GET = route(
  {
    method: 'GET',
    path: '/api/analytics/best-times',
    summary: 'When a channel’s own posts did best',
    description:
      'Engagements by hour of the week over 90 days, drawn towards the channel’s mean. Under 20 measured posts it answers `enough: false` and no hours.',
    tag: 'Dashboard',
    auth: 'member',
    permission: 'analytics.read',
    query: bestTimesQuerySchema,
    response: bestTimesSchema,
    rateLimit: 'read',
  },
  ({ actor, query }) => BestTimeService.getInstance().bestTimes(actor, query),
);
