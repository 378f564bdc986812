import { checkAnswerSchema, feedIdParams } from '@/features/feeds/schema';
import { FeedService } from '@/features/feeds/service';
import { route } from '@/server/route';

export const POST = route(
  {
    method: 'POST',
    path: '/api/feeds/[id]/check',
    summary: 'Look at a feed now',
    tag: 'Feeds',
    auth: 'member',
    permission: 'content.write',
    params: feedIdParams,
    response: checkAnswerSchema,
    rateLimit: 'write',
    idempotency: true,
  },
  ({ actor, params }) => FeedService.getInstance().check(actor, params.id),
);
