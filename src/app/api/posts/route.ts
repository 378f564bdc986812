import { pageOf } from '@/core/db/cursor';
import { postSchema, savedPostSchema } from '@/features/content/answer-schema';
import { createPostRequestSchema, listPostsQuerySchema } from '@/features/content/schema';
import { ContentService } from '@/features/content/service';
import { route } from '@/server/route';

const shared = { path: '/api/posts', tag: 'Posts', auth: 'member' } as const;

export const GET = route(
  {
    ...shared,
    method: 'GET',
    summary: 'List posts, newest first',
    description:
      'Drafts of other people are listed for admins only. Filter by a channel, a campaign or a tag, by one of them at a time.',
    permission: 'content.read',
    query: listPostsQuerySchema,
    response: pageOf(postSchema),
    rateLimit: 'read',
  },
  ({ actor, query }) => ContentService.getInstance().list(actor, query),
);

export const POST = route(
  {
    ...shared,
    method: 'POST',
    summary: 'Write a post: a draft, now, or at a time',
    description:
      'Rules that are broken stop a planned post (400 `rules_violated`, with findings) and warn about a draft.',
    permission: 'content.write',
    body: createPostRequestSchema,
    response: savedPostSchema,
    status: 201,
    rateLimit: 'write',
    idempotency: true,
  },
  ({ actor, body }) => ContentService.getInstance().create(actor, body),
);
