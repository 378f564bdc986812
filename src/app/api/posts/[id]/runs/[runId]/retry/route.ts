import { runParamsSchema, runViewSchema } from '@/features/publishing/schema';
import { PublishingService } from '@/features/publishing/service';
import { route } from '@/server/route';

export const POST = route(
  {
    method: 'POST',
    path: '/api/posts/[id]/runs/[runId]/retry',
    summary: 'Try a failed or blocked run again',
    description:
      'Starts a run again that failed, is blocked, or is out only in part. Refused with 409 while nobody knows whether it is out.',
    tag: 'Publishing',
    auth: 'member',
    permission: 'content.publish',
    params: runParamsSchema,
    response: runViewSchema,
    rateLimit: 'publish',
    idempotency: true,
  },
  ({ actor, params }) => PublishingService.getInstance().retry(actor, params.id, params.runId),
);
