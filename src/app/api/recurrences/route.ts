import { listSeriesQuery, seriesPage } from '@/features/content/recurrence/schema';
import { RecurrenceService } from '@/features/content/recurrence/service';
import { route } from '@/server/route';

export const GET = route(
  {
    method: 'GET',
    path: '/api/recurrences',
    summary: 'List series of posts that repeat, newest first',
    description: 'A series begins with a post whose schedule has an `rrule`.',
    tag: 'Posts',
    auth: 'member',
    permission: 'content.read',
    query: listSeriesQuery,
    response: seriesPage,
    rateLimit: 'read',
  },
  ({ actor, query }) => RecurrenceService.getInstance().list(actor, query),
);
