import { idParams, publishRequest, voiceDetail } from '@/features/ai/prompt-schema';
import { PromptService } from '@/features/ai/prompt-service';
import { route } from '@/server/route';

export const POST = route(
  {
    method: 'POST',
    path: '/api/ai/brand-voices/[id]/publish',
    summary: 'Publish a version of a brand voice',
    tag: 'AI',
    auth: 'member',
    permission: 'ai.manage',
    params: idParams,
    body: publishRequest,
    response: voiceDetail,
    rateLimit: 'write',
    idempotency: true,
  },
  ({ actor, params, body }) => PromptService.getInstance().publishVoice(actor, params.id, body.version),
);
