import { feedPreviewSchema, previewFeedBody } from '@/features/feeds/schema';
import { FeedService } from '@/features/feeds/service';
import { route } from '@/server/route';

export const POST = route(
  {
    method: 'POST',
    path: '/api/feeds/preview',
    summary: 'See what a feed would make',
    description: 'The address of the feed, or of a website that names one. Nothing is written.',
    tag: 'Feeds',
    auth: 'member',
    permission: 'content.write',
    body: previewFeedBody,
    response: feedPreviewSchema,
    rateLimit: 'write',
  },
  ({ body }) => FeedService.getInstance().preview(body),
);
