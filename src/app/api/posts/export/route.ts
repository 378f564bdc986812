import { csvDownload } from '@/core/http/download';
import { ImportService } from '@/features/content/import-service';
import { exportPostsQuerySchema } from '@/features/content/schema';
import { route } from '@/server/route';

export const GET = route(
  {
    method: 'GET',
    path: '/api/posts/export',
    summary: 'Export posts as a table',
    description: 'A CSV that the import takes. Texts of single channels are not in it.',
    tag: 'Posts',
    auth: 'member',
    permission: 'content.read',
    query: exportPostsQuerySchema,
    response: 'stream',
    rateLimit: 'upload',
  },
  async ({ actor, query }) => csvDownload(ImportService.getInstance().export(actor, query), 'posts.csv'),
);
