import { postIdParams } from '@/features/content/answer-schema';
import { commentPage, commentRequestSchema, commentSchema } from '@/features/content/review-schema';
import { ReviewService } from '@/features/content/review-service';
import { route } from '@/server/route';

const shared = {
  path: '/api/posts/[id]/comments',
  tag: 'Review',
  auth: 'member',
  params: postIdParams,
} as const;

export const GET = route(
  {
    ...shared,
    method: 'GET',
    summary: 'What was said and decided about a post',
    permission: 'content.read',
    response: commentPage,
    rateLimit: 'read',
  },
  ({ actor, params }) => ReviewService.getInstance().comments(actor, params.id),
);

export const POST = route(
  {
    ...shared,
    method: 'POST',
    summary: 'Comment on a post',
    permission: 'content.write',
    body: commentRequestSchema,
    response: commentSchema,
    status: 201,
    rateLimit: 'write',
    idempotency: true,
  },
  ({ actor, params, body }) => ReviewService.getInstance().comment(actor, params.id, body),
);
