import {
  createTemplateSchema,
  listTemplatesQuery,
  templatePage,
  templateSchema,
} from '@/features/content/library-schema';
import { LibraryService } from '@/features/content/library-service';
import { route } from '@/server/route';

const shared = { path: '/api/templates', tag: 'Library', auth: 'member' } as const;

export const GET = route(
  {
    ...shared,
    method: 'GET',
    summary: 'List templates, signatures and groups of hashtags',
    permission: 'content.read',
    query: listTemplatesQuery,
    response: templatePage,
    rateLimit: 'read',
  },
  ({ actor, query }) => LibraryService.getInstance().templates(actor, query),
);

export const POST = route(
  {
    ...shared,
    method: 'POST',
    summary: 'Create a template, a signature or a group of hashtags',
    description: 'Places to fill stand in double braces: {{product}}.',
    permission: 'content.write',
    body: createTemplateSchema,
    response: templateSchema,
    status: 201,
    rateLimit: 'write',
    idempotency: true,
  },
  ({ actor, body }) => LibraryService.getInstance().createTemplate(actor, body),
);
