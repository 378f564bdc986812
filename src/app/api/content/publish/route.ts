import { publishAnswerSchema } from '@/features/content/answer-schema';
import { publishQuerySchema, publishRequestSchema } from '@/features/content/schema';
import { ContentService } from '@/features/content/service';
import { route } from '@/server/route';

export const POST = route(
  {
    method: 'POST',
    path: '/api/content/publish',
    summary: 'Publish now: an existing post, or one given inline',
    description:
      'With `?wait=` (seconds, up to 30) the answer waits until every run is out, stopped, or asks for a person.',
    tag: 'Posts',
    auth: 'member',
    permission: 'content.publish',
    query: publishQuerySchema,
    body: publishRequestSchema,
    response: publishAnswerSchema,
    status: 202,
    rateLimit: 'publish',
    idempotency: true,
  },
  ({ actor, body, query, signal }) => ContentService.getInstance().publish(actor, body, query.wait, signal),
);
