import { createFeedBody, feedPage, feedSchema, listFeedsQuery } from '@/features/feeds/schema';
import { FeedService } from '@/features/feeds/service';
import { route } from '@/server/route';

const shared = { path: '/api/feeds', tag: 'Feeds', auth: 'member' } as const;

export const GET = route(
  {
    ...shared,
    method: 'GET',
    summary: 'List feeds, newest first',
    permission: 'content.read',
    query: listFeedsQuery,
    response: feedPage,
    rateLimit: 'read',
  },
  ({ actor, query }) => FeedService.getInstance().list(actor, query),
);

export const POST = route(
  {
    ...shared,
    method: 'POST',
    summary: 'Follow a feed',
    description: 'What the feed shows today is only remembered; each item it adds later becomes a post.',
    permission: 'content.write',
    body: createFeedBody,
    response: feedSchema,
    status: 201,
    rateLimit: 'write',
    idempotency: true,
  },
  ({ actor, body }) => FeedService.getInstance().create(actor, body),
);
