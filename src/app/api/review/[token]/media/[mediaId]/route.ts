import { ClientReviewService } from '@/features/content/client-review';
import { fileResponse } from '@/features/content/media-response';
import { reviewMediaParams, reviewMediaQuery } from '@/features/content/review-schema';
import { route } from '@/server/route';

export const GET = route(
  {
    method: 'GET',
    path: '/api/review/[token]/media/[mediaId]',
    summary: 'A file of the post behind a review link',
    tag: 'Review',
    auth: 'public',
    params: reviewMediaParams,
    query: reviewMediaQuery,
    response: 'stream',
    rateLimit: 'read',
  },
  async ({ params: { token, mediaId }, query: { access, w }, request }) =>
    fileResponse(request, await ClientReviewService.getInstance().media(token, mediaId, access, w)),
);
