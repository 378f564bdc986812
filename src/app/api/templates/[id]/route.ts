import { libraryIdParams, templateSchema, updateTemplateSchema } from '@/features/content/library-schema';
import { LibraryService } from '@/features/content/library-service';
import { route } from '@/server/route';

const shared = {
  path: '/api/templates/[id]',
  tag: 'Library',
  auth: 'member',
  permission: 'content.write',
  params: libraryIdParams,
  rateLimit: 'write',
} as const;

export const PATCH = route(
  {
    ...shared,
    method: 'PATCH',
    summary: 'Change a template',
    body: updateTemplateSchema,
    response: templateSchema,
    idempotency: true,
  },
  ({ actor, params, body }) => LibraryService.getInstance().changeTemplate(actor, params.id, body),
);

export const DELETE = route(
  { ...shared, method: 'DELETE', summary: 'Delete a template', response: 'empty' },
  ({ actor, params }) => LibraryService.getInstance().deleteTemplate(actor, params.id),
);
