import { generateRequest, generateResponse } from '@/features/ai/schema';
import { AiService } from '@/features/ai/service';
import { streamedAnswer } from '@/features/ai/sse-answer';
import { route } from '@/server/route';

/** Long texts take their time; the deadline of the longest text task is two minutes. */
export const maxDuration = 130;

export const POST = route(
  {
    method: 'POST',
    path: '/api/ai/generate',
    summary: 'Write texts with AI',
    description:
      'Posts, threads, articles, rewrites, hashtags, captions, replies, translations, summaries and scores. With `stream: true` the answer is server-sent events: `meta`, `delta`, `usage`, then `done` or `error`. Only what was delivered is charged.',
    tag: 'AI',
    auth: 'member',
    permission: 'ai.use',
    body: generateRequest,
    response: generateResponse,
    rateLimit: 'ai',
    idempotency: true,
    bodyLimit: 12_000_000,
  },
  ({ actor, body, signal }) =>
    body.stream
      ? streamedAnswer((left) => AiService.getInstance().generateStream(actor, body, left), signal)
      : AiService.getInstance().generate(actor, body, signal),
);
