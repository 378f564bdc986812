import { idParams, promptDetail, publishRequest } from '@/features/ai/prompt-schema';
import { PromptService } from '@/features/ai/prompt-service';
import { route } from '@/server/route';

export const POST = route(
  {
    method: 'POST',
    path: '/api/ai/prompts/[id]/publish',
    summary: 'Publish a version of a prompt template',
    tag: 'AI',
    auth: 'member',
    permission: 'ai.manage',
    params: idParams,
    body: publishRequest,
    response: promptDetail,
    rateLimit: 'write',
    idempotency: true,
  },
  ({ actor, params, body }) => PromptService.getInstance().publishPrompt(actor, params.id, body.version),
);
