import { versionFrom } from '@/features/content/if-match';
import {
  changeSeriesSchema,
  endSeriesQuery,
  seriesParams,
  seriesSchema,
} from '@/features/content/recurrence/schema';
import { RecurrenceService } from '@/features/content/recurrence/service';
import { route } from '@/server/route';

const shared = { path: '/api/recurrences/[id]', tag: 'Posts', auth: 'member', params: seriesParams } as const;
const changes = {
  ...shared,
  permission: 'content.publish',
  response: seriesSchema,
  rateLimit: 'write',
  idempotency: true,
  ifMatch: true,
} as const;
const service = () => RecurrenceService.getInstance();

export const GET = route(
  {
    ...shared,
    method: 'GET',
    summary: 'A series',
    permission: 'content.read',
    response: seriesSchema,
    rateLimit: 'read',
  },
  ({ actor, params }) => service().get(actor, params.id),
);

export const PATCH = route(
  {
    ...changes,
    method: 'PATCH',
    summary: 'Change a series: all that is to come, or from one occurrence on',
    description:
      'A new time, and a change of those that follow, end the series there and answer with the one that goes on.',
    body: changeSeriesSchema,
  },
  ({ actor, params, body, request }) =>
    service().change(actor, params.id, versionFrom(request.headers.get('if-match')), body),
);

export const DELETE = route(
  { ...changes, method: 'DELETE', summary: 'End a series', query: endSeriesQuery },
  ({ actor, params, query, request }) =>
    service().end(actor, params.id, versionFrom(request.headers.get('if-match')), query.from),
);
