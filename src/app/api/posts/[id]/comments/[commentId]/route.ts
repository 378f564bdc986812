import { changeCommentSchema, commentParams, commentSchema } from '@/features/content/review-schema';
import { ReviewService } from '@/features/content/review-service';
import { route } from '@/server/route';

const shared = {
  path: '/api/posts/[id]/comments/[commentId]',
  tag: 'Review',
  auth: 'member',
  permission: 'content.write',
  params: commentParams,
  rateLimit: 'write',
} as const;

export const PATCH = route(
  {
    ...shared,
    method: 'PATCH',
    summary: 'Mark a comment as settled, or open it again',
    body: changeCommentSchema,
    response: commentSchema,
  },
  ({ actor, params, body }) =>
    ReviewService.getInstance().resolve(actor, params.id, params.commentId, body.resolved),
);

export const DELETE = route(
  { ...shared, method: 'DELETE', summary: 'Take a comment back', response: 'empty' },
  ({ actor, params }) => ReviewService.getInstance().deleteComment(actor, params.id, params.commentId),
);
