import { postIdParams } from '@/features/content/answer-schema';
import { requestChangesSchema, reviewedPostSchema } from '@/features/content/review-schema';
import { ReviewService } from '@/features/content/review-service';
import { route } from '@/server/route';

export const POST = route(
  {
    method: 'POST',
    path: '/api/posts/[id]/request-changes',
    summary: 'Ask for changes',
    tag: 'Review',
    auth: 'member',
    permission: 'content.approve',
    params: postIdParams,
    body: requestChangesSchema,
    response: reviewedPostSchema,
    rateLimit: 'write',
    idempotency: true,
  },
  ({ actor, params, body }) => ReviewService.getInstance().requestChanges(actor, params.id, body),
);
