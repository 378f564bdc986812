import { fileResponse } from '@/features/content/media-response';
import { mediaIdParams, thumbQuerySchema } from '@/features/content/media-schema';
import { MediaService } from '@/features/content/media-service';
import { route } from '@/server/route';

export const GET = route(
  {
    method: 'GET',
    path: '/api/media/[id]/thumb',
    summary: 'A small preview of a picture',
    tag: 'Media',
    auth: 'member',
    permission: 'media.read',
    params: mediaIdParams,
    query: thumbQuerySchema,
    response: 'stream',
    rateLimit: 'read',
  },
  async ({ actor, params, query, request }) =>
    fileResponse(
      request,
      await MediaService.getInstance().openThumbnail(actor.organizationId, params.id, query.w),
    ),
);
