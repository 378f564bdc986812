import { optimizeRequest, optimizeResponse } from '@/features/ai/optimize-schema';
import { AiService } from '@/features/ai/service';
import { route } from '@/server/route';

export const maxDuration = 70;

export const POST = route(
  {
    method: 'POST',
    path: '/api/ai/optimize',
    summary: 'Improve a text',
    description: 'A score, suggestions with the exact passage each is about, and the text rewritten.',
    tag: 'AI',
    auth: 'member',
    permission: 'ai.use',
    body: optimizeRequest,
    response: optimizeResponse,
    rateLimit: 'ai',
    idempotency: true,
  },
  ({ actor, body, signal }) => AiService.getInstance().optimize(actor, body, signal),
);
