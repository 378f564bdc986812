import { estimateRequest, estimateResponse } from '@/features/ai/estimate-schema';
import { AiService } from '@/features/ai/service';
import { route } from '@/server/route';

export const POST = route(
  {
    method: 'POST',
    path: '/api/ai/estimate',
    summary: 'What AI work would cost',
    description:
      'Takes the body of generate, completion, image or optimize and answers with the range of tokens. Asks no model and charges nothing.',
    tag: 'AI',
    auth: 'member',
    permission: 'ai.use',
    body: estimateRequest,
    response: estimateResponse,
    rateLimit: 'read',
    idempotency: true,
  },
  ({ actor, body, signal }) => AiService.getInstance().estimate(actor, body, signal),
);
