import { feedIdParams, feedSchema, updateFeedBody } from '@/features/feeds/schema';
import { FeedService } from '@/features/feeds/service';
import { route } from '@/server/route';

const shared = { path: '/api/feeds/[id]', tag: 'Feeds', auth: 'member', params: feedIdParams } as const;
const write = { ...shared, permission: 'content.write', rateLimit: 'write' } as const;

export const GET = route(
  {
    ...shared,
    method: 'GET',
    summary: 'Read a feed',
    permission: 'content.read',
    response: feedSchema,
    rateLimit: 'read',
  },
  ({ actor, params }) => FeedService.getInstance().get(actor, params.id),
);

export const PATCH = route(
  {
    ...write,
    method: 'PATCH',
    summary: 'Change a feed, pause or resume it',
    body: updateFeedBody,
    response: feedSchema,
    idempotency: true,
  },
  ({ actor, params, body }) => FeedService.getInstance().update(actor, params.id, body),
);

export const DELETE = route(
  { ...write, method: 'DELETE', summary: 'Delete a feed; its posts stay', response: 'empty' },
  ({ actor, params }) => FeedService.getInstance().delete(actor, params.id),
);
