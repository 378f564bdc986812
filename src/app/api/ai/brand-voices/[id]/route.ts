import { idParams, voiceDetail, voiceRequest } from '@/features/ai/prompt-schema';
import { PromptService } from '@/features/ai/prompt-service';
import { route } from '@/server/route';

const at = { path: '/api/ai/brand-voices/[id]', tag: 'AI', auth: 'member', params: idParams } as const;

export const GET = route(
  {
    ...at,
    method: 'GET',
    summary: 'One brand voice',
    permission: 'ai.read',
    response: voiceDetail,
    rateLimit: 'read',
  },
  ({ actor, params }) => PromptService.getInstance().getVoice(actor, params.id),
);

export const PUT = route(
  {
    ...at,
    method: 'PUT',
    summary: 'Write a new version of a brand voice',
    permission: 'ai.manage',
    body: voiceRequest,
    response: voiceDetail,
    rateLimit: 'write',
  },
  ({ actor, params, body }) => PromptService.getInstance().changeVoice(actor, params.id, body),
);

export const DELETE = route(
  {
    ...at,
    method: 'DELETE',
    summary: 'Archive a brand voice',
    permission: 'ai.manage',
    response: 'empty',
    rateLimit: 'write',
  },
  ({ actor, params }) => PromptService.getInstance().archiveVoice(actor, params.id),
);
