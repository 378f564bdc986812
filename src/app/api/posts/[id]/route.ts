import {
  deleteAnswerSchema,
  deletePostQuery,
  postDetailSchema,
  postIdParams,
  savedPostSchema,
} from '@/features/content/answer-schema';
import { versionFrom } from '@/features/content/if-match';
import { updatePostRequestSchema } from '@/features/content/schema';
import { ContentService } from '@/features/content/service';
import { route } from '@/server/route';

const shared = { path: '/api/posts/[id]', tag: 'Posts', auth: 'member', params: postIdParams } as const;
const changes = { ...shared, permission: 'content.write', rateLimit: 'write', idempotency: true } as const;

export const GET = route(
  {
    ...shared,
    method: 'GET',
    summary: 'A post, its runs, attempts and numbers',
    permission: 'content.read',
    response: postDetailSchema,
    rateLimit: 'read',
  },
  ({ actor, params }) => ContentService.getInstance().get(actor, params.id),
);

export const PATCH = route(
  {
    ...changes,
    method: 'PATCH',
    summary: 'Change content, channels or time',
    body: updatePostRequestSchema,
    response: savedPostSchema,
    ifMatch: true,
  },
  ({ actor, params, body, request }) =>
    ContentService.getInstance().update(actor, params.id, versionFrom(request.headers.get('if-match')), body),
);

export const DELETE = route(
  {
    ...changes,
    method: 'DELETE',
    summary: 'Withdraw a post',
    query: deletePostQuery,
    response: deleteAnswerSchema,
    status: 202,
  },
  ({ actor, params, query }) => ContentService.getInstance().delete(actor, params.id, query.remote),
);
