import { resolveRequestSchema, runParamsSchema, runViewSchema } from '@/features/publishing/schema';
import { PublishingService } from '@/features/publishing/service';
import { route } from '@/server/route';

export const POST = route(
  {
    method: 'POST',
    path: '/api/posts/[id]/runs/[runId]/resolve',
    summary: 'Say whether an unconfirmed run is out',
    description:
      'A network that did not answer leaves a run unconfirmed. Say `published` with its link, `absent` with `resend: true` to send it again, or `absent` to leave it.',
    tag: 'Publishing',
    auth: 'member',
    permission: 'content.publish',
    params: runParamsSchema,
    body: resolveRequestSchema,
    response: runViewSchema,
    rateLimit: 'publish',
    idempotency: true,
  },
  ({ actor, params, body }) => PublishingService.getInstance().resolve(actor, params.id, params.runId, body),
);
