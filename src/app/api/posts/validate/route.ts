import { validateAnswerSchema } from '@/features/content/answer-schema';
import { validateRequestSchema } from '@/features/content/schema';
import { ContentValidator } from '@/features/content/validation';
import { route } from '@/server/route';

export const POST = route(
  {
    method: 'POST',
    path: '/api/posts/validate',
    summary: 'Check a post against the rules of its networks',
    description: 'Nothing is stored. A channel may name a network in place of a connection.',
    tag: 'Posts',
    auth: 'member',
    permission: 'content.read',
    body: validateRequestSchema,
    response: validateAnswerSchema,
    rateLimit: 'read',
  },
  ({ actor, body }) => ContentValidator.getInstance().validate(actor.organizationId, body),
);
