import { ClientReviewService } from '@/features/content/client-review';
import { reviewTokenParams, unlockedSchema, unlockRequestSchema } from '@/features/content/review-schema';
import { route } from '@/server/route';

export const POST = route(
  {
    method: 'POST',
    path: '/api/review/[token]/unlock',
    summary: 'Enter the passcode of a review link',
    description: 'After five wrong ones the link is closed for a quarter of an hour.',
    tag: 'Review',
    auth: 'public',
    params: reviewTokenParams,
    body: unlockRequestSchema,
    response: unlockedSchema,
    rateLimit: 'auth',
  },
  ({ params, body }) => ClientReviewService.getInstance().unlock(params.token, body.passcode),
);
