import { completionRequest, completionResponse } from '@/features/ai/schema';
import { AiService } from '@/features/ai/service';
import { streamedAnswer } from '@/features/ai/sse-answer';
import { route } from '@/server/route';

export const maxDuration = 70;

export const POST = route(
  {
    method: 'POST',
    path: '/api/ai/completion',
    summary: 'Ask a model',
    description:
      'A conversation with any model of your plan: tools, pictures, answers of a given shape. With `stream: true` the answer is server-sent events.',
    tag: 'AI',
    auth: 'member',
    permission: 'ai.use',
    body: completionRequest,
    response: completionResponse,
    rateLimit: 'ai',
    idempotency: true,
    bodyLimit: 40_000_000,
  },
  ({ actor, body, signal }) =>
    body.stream
      ? streamedAnswer((left) => AiService.getInstance().completeStream(actor, body, left), signal)
      : AiService.getInstance().complete(actor, body, signal),
);
