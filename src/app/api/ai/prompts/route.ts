import { pageQuery } from '@/core/db/cursor';
import { promptDetail, promptPage, promptRequest } from '@/features/ai/prompt-schema';
import { PromptService } from '@/features/ai/prompt-service';
import { route } from '@/server/route';

export const GET = route(
  {
    method: 'GET',
    path: '/api/ai/prompts',
    summary: 'List prompt templates',
    tag: 'AI',
    auth: 'member',
    permission: 'ai.read',
    query: pageQuery,
    response: promptPage,
    rateLimit: 'read',
  },
  ({ actor, query }) => PromptService.getInstance().listPrompts(actor, query),
);

export const POST = route(
  {
    method: 'POST',
    path: '/api/ai/prompts',
    summary: 'Create a prompt template',
    description: 'The first version, as a draft. Publish it to use it.',
    tag: 'AI',
    auth: 'member',
    permission: 'ai.manage',
    body: promptRequest,
    response: promptDetail,
    status: 201,
    rateLimit: 'write',
    idempotency: true,
  },
  ({ actor, body }) => PromptService.getInstance().createPrompt(actor, body),
);
