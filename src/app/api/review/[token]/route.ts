import { ClientReviewService } from '@/features/content/client-review';
import {
  accessQuery,
  clientAnswerSchema,
  openedReviewSchema,
  reviewTokenParams,
} from '@/features/content/review-schema';
import { route } from '@/server/route';

const shared = {
  path: '/api/review/[token]',
  tag: 'Review',
  auth: 'public',
  params: reviewTokenParams,
  query: accessQuery,
  response: openedReviewSchema,
  rateLimit: 'public',
} as const;

export const GET = route(
  { ...shared, method: 'GET', summary: 'The post behind a review link' },
  ({ params, query }) => ClientReviewService.getInstance().open(params.token, query.access),
);

export const POST = route(
  {
    ...shared,
    method: 'POST',
    summary: 'Comment, approve or ask for changes through a review link',
    body: clientAnswerSchema,
  },
  ({ params, query, body }) => ClientReviewService.getInstance().answer(params.token, query.access, body),
);
