import { postIdParams } from '@/features/content/answer-schema';
import { approveRequestSchema, reviewedPostSchema } from '@/features/content/review-schema';
import { ReviewService } from '@/features/content/review-service';
import { route } from '@/server/route';

export const POST = route(
  {
    method: 'POST',
    path: '/api/posts/[id]/approve',
    summary: 'Approve this version',
    tag: 'Review',
    auth: 'member',
    permission: 'content.approve',
    params: postIdParams,
    body: approveRequestSchema,
    response: reviewedPostSchema,
    rateLimit: 'write',
    idempotency: true,
  },
  ({ actor, params, body }) => ReviewService.getInstance().approve(actor, params.id, body),
);
