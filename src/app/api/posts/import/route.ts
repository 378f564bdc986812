import { IMPORT_LIMITS, importAnswerSchema, importQuerySchema } from '@/features/content/import-schema';
import { ImportService } from '@/features/content/import-service';
import { route } from '@/server/route';

/** A thousand posts take their time. */
export const maxDuration = 300;

export const POST = route(
  {
    method: 'POST',
    path: '/api/posts/import',
    summary: 'Import posts from a table',
    description:
      'Send a CSV of up to 1 000 rows as `text/csv`. Rows that are right are imported, the others are reported by row and column. The same file again adds nothing. `from` and `to` import a part.',
    tag: 'Posts',
    auth: 'member',
    permission: 'content.write',
    query: importQuerySchema,
    bodyLimit: IMPORT_LIMITS.bytes,
    response: importAnswerSchema,
    rateLimit: 'write',
  },
  ({ actor, query, rawBody, request, signal }) =>
    ImportService.getInstance().run(
      actor,
      { bytes: rawBody, type: request.headers.get('content-type') },
      query,
      signal,
    ),
);
