import { pageQuery } from '@/core/db/cursor';
import { voiceDetail, voicePage, voiceRequest } from '@/features/ai/prompt-schema';
import { PromptService } from '@/features/ai/prompt-service';
import { route } from '@/server/route';

export const GET = route(
  {
    method: 'GET',
    path: '/api/ai/brand-voices',
    summary: 'List brand voices',
    tag: 'AI',
    auth: 'member',
    permission: 'ai.read',
    query: pageQuery,
    response: voicePage,
    rateLimit: 'read',
  },
  ({ actor, query }) => PromptService.getInstance().listVoices(actor, query),
);

export const POST = route(
  {
    method: 'POST',
    path: '/api/ai/brand-voices',
    summary: 'Create a brand voice',
    description: 'The first version, as a draft. Publish it to use it.',
    tag: 'AI',
    auth: 'member',
    permission: 'ai.manage',
    body: voiceRequest,
    response: voiceDetail,
    status: 201,
    rateLimit: 'write',
    idempotency: true,
  },
  ({ actor, body }) => PromptService.getInstance().createVoice(actor, body),
);
