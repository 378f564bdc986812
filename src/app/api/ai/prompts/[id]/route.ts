import { idParams, promptDetail, promptRequest } from '@/features/ai/prompt-schema';
import { PromptService } from '@/features/ai/prompt-service';
import { route } from '@/server/route';

const at = { path: '/api/ai/prompts/[id]', tag: 'AI', auth: 'member', params: idParams } as const;

export const GET = route(
  {
    ...at,
    method: 'GET',
    summary: 'One prompt template',
    permission: 'ai.read',
    response: promptDetail,
    rateLimit: 'read',
  },
  ({ actor, params }) => PromptService.getInstance().getPrompt(actor, params.id),
);

export const PUT = route(
  {
    ...at,
    method: 'PUT',
    summary: 'Write a new version of a prompt template',
    permission: 'ai.manage',
    body: promptRequest,
    response: promptDetail,
    rateLimit: 'write',
  },
  ({ actor, params, body }) => PromptService.getInstance().changePrompt(actor, params.id, body),
);

export const DELETE = route(
  {
    ...at,
    method: 'DELETE',
    summary: 'Archive a prompt template',
    permission: 'ai.manage',
    response: 'empty',
    rateLimit: 'write',
  },
  ({ actor, params }) => PromptService.getInstance().archivePrompt(actor, params.id),
);
