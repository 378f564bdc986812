import { replayAnswer, replayBody } from '@/features/integrations/dead-letters/schema';
import { DeadLetterService } from '@/features/integrations/dead-letters/service';
import { route } from '@/server/route';

export const POST = route(
  {
    method: 'POST',
    path: '/api/dead-letters/replay',
    summary: 'Run failed work again',
    tag: 'Integrations',
    auth: 'member',
    permission: 'integrations.manage',
    body: replayBody,
    response: replayAnswer,
    rateLimit: 'write',
    idempotency: true,
  },
  ({ actor, body }) => DeadLetterService.getInstance().replay(actor, body),
);
