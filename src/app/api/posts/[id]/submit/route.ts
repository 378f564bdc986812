import { postIdParams } from '@/features/content/answer-schema';
import { reviewedPostSchema, submitRequestSchema } from '@/features/content/review-schema';
import { ReviewService } from '@/features/content/review-service';
import { route } from '@/server/route';

export const POST = route(
  {
    method: 'POST',
    path: '/api/posts/[id]/submit',
    summary: 'Ask for a review',
    tag: 'Review',
    auth: 'member',
    permission: 'content.write',
    params: postIdParams,
    body: submitRequestSchema,
    response: reviewedPostSchema,
    rateLimit: 'write',
    idempotency: true,
  },
  ({ actor, params, body }) => ReviewService.getInstance().submit(actor, params.id, body),
);
